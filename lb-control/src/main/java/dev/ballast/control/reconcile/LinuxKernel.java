package dev.ballast.control.reconcile;

import dev.ballast.control.model.Node;
import dev.ballast.control.plan.NameHash;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.datapath.DatapathOptions;
import dev.ballast.datapath.Feature;
import dev.ballast.datapath.Grace;
import dev.ballast.datapath.LiveSamples;
import dev.ballast.datapath.Sampling;
import dev.ballast.datapath.Tables;
import dev.ballast.datapath.TwinSource;
import dev.ballast.datapath.Variant;
import dev.ballast.netlink.Netlink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running kernel: a pinned {@link Datapath} on the interfaces of this network namespace. Owns both. */
final class LinuxKernel implements Kernel {
    private static final Logger LOG = LoggerFactory.getLogger(LinuxKernel.class);

    private final Path pins;
    private final ObjectStore objects;
    private final Attachments attachments;
    private final Losses losses;
    private @Nullable Datapath datapath;

    /** What is sampled, and for whom; empty and null: nothing is. */
    private Optional<Sampling> sampling = Optional.empty();

    private @Nullable LiveSamples samples;

    /** What is pinned under {@code pins}; {@link #adopt} looks. */
    LinuxKernel(Path pins, ObjectStore objects, Netlink netlink) {
        this.pins = pins;
        this.objects = objects;
        this.attachments = new Attachments(pins.resolve("links"), netlink);
        this.losses = new Losses(pins.resolve("losses"), netlink);
    }

    @Override
    public Optional<Tables> adopt() {
        Optional<Datapath> adopted = Datapath.adopt(pins);
        if (adopted.isPresent()) {
            datapath = adopted.get();
            attachments.adopt();
        }
        return adopted.map(Tables.class::cast);
    }

    @Override
    public Tables load(DatapathOptions options) {
        letGoOfSamples();
        Datapath loaded = Datapath.create(pins, DatapathObjects.balancer(), options);
        datapath = loaded;
        objects.keep(loaded.tag(), DatapathObjects.balancer());
        return loaded;
    }

    @Override
    public List<String> teardown() {
        letGoOfSamples();
        List<String> removed = new ArrayList<>();
        attachments.teardown().forEach(name -> removed.add("program on interface " + name));
        losses.teardown();
        if (datapath != null) {
            datapath.destroy();
            datapath = null;
            removed.add("maps and program pinned in " + pins);
        }
        return removed;
    }

    private Datapath running() {
        if (datapath == null) {
            throw new ReconcileException("no datapath is loaded; `ballast apply -f FILE` loads it");
        }
        return datapath;
    }

    private ProgramSwap programSwap() {
        return new ProgramSwap(running(), attachments, objects, sampling);
    }

    @Override
    public void finishUnfinishedSwap() {
        programSwap().finishUnfinished();
    }

    @Override
    public String tag() {
        return running().tag();
    }

    @Override
    public Variant variant() {
        return running().variant();
    }

    @Override
    public TwinSource twinSource() {
        return running().twinSource(programSwap().runningObject());
    }

    @Override
    public LiveSamples beginSamples(String service, Sampling outcomes) {
        Datapath sampled = running();
        letGoOfSamples();
        LiveSamples opened = sampled.liveSamples();
        samples = opened;
        sampling = Optional.of(service.isEmpty() ? outcomes : outcomes.ofService(index(sampled, service)));
        try {
            programSwap().sample();
        } catch (RuntimeException e) {
            letGoOfSamples();
            throw e;
        }
        return opened;
    }

    private static int index(Datapath datapath, String service) {
        Integer index = datapath.services().byNameHash().get(NameHash.of(service));
        if (index == null) {
            throw new ReconcileException("service " + service
                    + " is not in the tables yet; `ballast status` says why, or capture without a service");
        }
        return index;
    }

    @Override
    public void endSamples(LiveSamples ended) {
        if (samples == ended) {
            letGoOfSamples();
            programSwap().sample();
        }
    }

    /** Its reader is told at its next look. */
    private void letGoOfSamples() {
        if (samples != null) {
            samples.close();
            samples = null;
        }
        sampling = Optional.empty();
    }

    @Override
    public SwapResult swap(byte[] object, boolean dryRun) {
        return programSwap().swap(object, dryRun);
    }

    @Override
    public Optional<String> trySwap(Set<Feature> wanted) {
        return programSwap().trial(wanted);
    }

    @Override
    public Optional<String> addFeatures(Set<Feature> wanted) {
        return programSwap().add(wanted);
    }

    @Override
    public Optional<String> reduceFeatures(Set<Feature> wanted) {
        return programSwap().reduceTo(wanted);
    }

    @Override
    public void preflight(Node node) {
        attachments.preflight(node);
    }

    @Override
    public Set<Feature> features(Node node) {
        return attachments.features(node);
    }

    @Override
    public List<String> carry(Node node, Set<Integer> egressIndexes) {
        List<String> refusals = attachments.carry(running().program(), node, egressIndexes);
        losses.watch(attachments.receivingIndexes());
        return refusals;
    }

    @Override
    public void look() {
        attachments.look();
    }

    @Override
    public boolean drifted(Node node) {
        return attachments.drifted(node) || !missingPins().isEmpty();
    }

    private List<Path> missingPins() {
        List<Path> missing = new ArrayList<>(attachments.missingPins());
        if (datapath != null) {
            missing.addAll(datapath.missingPins());
        }
        return missing;
    }

    @Override
    public void restorePins() {
        List<Path> missing = missingPins();
        if (missing.isEmpty()) {
            return;
        }
        running().restorePins();
        attachments.restorePins();
        missing.forEach(pin -> LOG.atWarn()
                .addKeyValue("pin", pin)
                .log("somebody removed this pin, without which the next start finds no datapath; it was pinned again"));
    }

    @Override
    public List<Attachment> attached() {
        return attachments.list(datapath == null ? 0 : datapath.program().id());
    }

    @Override
    public List<String> egressWarnings() {
        return attachments.egressWarnings();
    }

    @Override
    public List<Lost> lost() {
        return losses.list();
    }

    @Override
    public void awaitGrace(Grace grace, Runnable ended) {
        Thread.ofPlatform().name("ballast-grace").daemon().start(() -> {
            try {
                grace.await();
                ended.run();
            } catch (RuntimeException e) {
                LOG.atError()
                        .addKeyValue("reason", e)
                        .log("ring areas and VIP ways that went out of use cannot be used again");
            }
        });
    }

    @Override
    public void close() {
        letGoOfSamples(); // the program that takes them goes with the next daemon's first round
        attachments.close();
        losses.close();
        if (datapath != null) {
            datapath.close();
            datapath = null;
        }
    }
}
