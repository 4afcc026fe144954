package dev.ballast.control.loop;

import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.ChangeRefusedException.Problem;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigEdit;
import dev.ballast.control.model.ConfigEditor;
import dev.ballast.control.model.ConfigError;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.model.MachineRules;
import dev.ballast.control.model.Node;
import dev.ballast.control.plan.Changes;
import dev.ballast.control.plan.NameHash;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.reconcile.Live;
import dev.ballast.control.reconcile.Reconciler;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a change is refused for before anything of it is durable; each check throws, or lets it go on. Loop thread only. */
final class Admission {
    private final Reconciler reconciler;
    private final Supplier<Set<Address>> localAddresses;
    /** The last one that was found to fit this machine, and its addresses then. */
    private Optional<Config> fits = Optional.empty();

    private Set<Address> fitsAddresses = Set.of();

    Admission(Reconciler reconciler, Supplier<Set<Address>> localAddresses) {
        this.reconciler = reconciler;
        this.localAddresses = localAddresses;
    }

    /** The configuration in a file's content. */
    static Config read(String fileName, byte[] yaml) {
        try {
            return ConfigReader.read(fileName, yaml);
        } catch (ConfigException e) {
            throw invalid(e);
        }
    }

    /** The running configuration with single places changed. */
    static Config edit(Config running, List<ConfigEdit> edits) {
        try {
            return ConfigEditor.edit(running, edits);
        } catch (ConfigException e) {
            throw invalid(e);
        }
    }

    private static ChangeRefusedException invalid(ConfigException refusal) {
        List<Problem> problems = new ArrayList<>(problems(refusal.errors()));
        if (refusal.omitted() > 0) {
            problems.add(Problem.of("and " + refusal.omitted() + " more"));
        }
        return new ChangeRefusedException(Kind.INVALID, problems);
    }

    private static List<Problem> problems(List<ConfigError> errors) {
        return errors.stream()
                .map(error -> new Problem(
                        error.path(),
                        error.line(),
                        error.column(),
                        error.given(),
                        error.allowed(),
                        error.cure(),
                        error.withoutPlace().toString()))
                .toList();
    }

    /** Whether its author knew what is current. */
    static void checkRevision(ChangeOptions options, long revision) {
        if (options.expectedRevision() != 0 && options.expectedRevision() != revision) {
            throw new ChangeRefusedException(
                    Kind.CONFLICT,
                    "revision %d is current, not %d: somebody else changed it; look at it with `ballast get` and repeat the change"
                            .formatted(revision, options.expectedRevision()));
        }
    }

    /** Whether it fits the addresses of this machine. */
    void checkMachine(Config wanted) {
        Set<Address> local = localAddresses.get();
        Optional<Config> known = fits.filter(_ -> local.equals(fitsAddresses));
        List<ConfigError> errors = MachineRules.check(wanted, local, known);
        if (!errors.isEmpty()) {
            throw new ChangeRefusedException(Kind.INVALID, problems(errors));
        }
        fits = Optional.of(wanted);
        fitsAddresses = local;
    }

    /** Tables change their size by being made anew, and that forgets every flow. */
    boolean needsNewTables(@Nullable Config running, Config wanted, Live live) {
        if (running == null || running.node().limits().equals(wanted.node().limits())) {
            return false;
        }
        if (live.total() > 0) {
            Node.Limits limits = running.node().limits();
            throw new ChangeRefusedException(
                    Kind.STATE,
                    "node.limits: the tables were made for flows %d, services %d, members %d, ringSlots %d, and new ones would forget the %d flows that are live; move the traffic to another balancer and repeat this when none is"
                            .formatted(
                                    limits.flows(),
                                    limits.services(),
                                    limits.members(),
                                    limits.ringSlots(),
                                    live.total()));
        }
        return true;
    }

    /** Whether the tables that run, if any do, are of the sizes that are wanted. */
    boolean fitsTables(Config wanted) {
        Node.Limits limits = wanted.node().limits();
        return reconciler
                .tableSizes()
                .filter(tables -> limits.services() != tables.services() || limits.members() != tables.members())
                .isEmpty();
    }

    /** Tables that were adopted without the state that goes with them may have other sizes than are wanted now. */
    void checkTables(Config wanted) {
        Node.Limits limits = wanted.node().limits();
        reconciler.tableSizes().ifPresent(tables -> {
            if (!fitsTables(wanted)) {
                throw new ChangeRefusedException(
                        Kind.STATE,
                        "node.limits: the tables that run were made for services %d, members %d, not services %d, members %d; write those, or move the traffic to another balancer, `ballast teardown`, and start anew"
                                .formatted(tables.services(), tables.members(), limits.services(), limits.members()));
            }
        });
    }

    /**
     * Rule 2 of the configuration: what carries connections is not taken away by a slip of the pen.
     *
     * @param running null: services run that no state goes with
     * @return what speaks against the change, if nobody has said that it is meant
     */
    Optional<Problem> deletions(@Nullable Config running, Plan plan, Candidate candidate, ChangeOptions options) {
        Set<Long> unknown = running == null ? servicesWithout(candidate.wanted(), plan) : Set.of();
        Live live = candidate.live();
        List<String> refused = new ArrayList<>();
        for (long nameHash : unknown) {
            Live.Flows flows = live.flows(plan.allocation(), each -> each == nameHash);
            if (flows.isAny()) {
                refused.add("a service that runs and is not in this configuration (%s)".formatted(flows));
            }
        }
        for (Changes.Deletion deletion : candidate.changes().deletions()) {
            boolean everything = deletion.service().isEmpty();
            long nameHash = NameHash.of(deletion.service());
            Live.Flows flows = live.flows(plan.allocation(), each -> everything || each == nameHash);
            if (deletion.always() || flows.isAny()) {
                refused.add("%s (%s)".formatted(deletion.what(), flows));
            }
        }
        return options.allowDelete() || refused.isEmpty()
                ? Optional.empty()
                : Optional.of(Problem.of("this would take away: " + MemberNames.listed(refused, "; ")
                        + ". Repeat it with --allow-delete if that is meant; nothing was changed"));
    }

    /** Services that were adopted although no state goes with them, and that would be removed. */
    private static Set<Long> servicesWithout(Config wanted, Plan plan) {
        Set<Long> without = new TreeSet<>(plan.allocation().blocks().keySet());
        wanted.services().keySet().forEach(name -> without.remove(NameHash.of(name)));
        return without;
    }
}
