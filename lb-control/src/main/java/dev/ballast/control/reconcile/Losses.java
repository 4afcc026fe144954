package dev.ballast.control.reconcile;

import static dev.ballast.control.reconcile.ReconcileException.attempt;

import dev.ballast.attach.TransmitLosses;
import dev.ballast.bpf.BpfException;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.Netlink;
import dev.ballast.netlink.NetlinkException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Frames lost after the verdict. Forwarding does without this count: what keeps it from counting is logged, once. */
final class Losses implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Losses.class);

    private final Path directory;
    private final Netlink netlink;
    private @Nullable TransmitLosses counting;
    private boolean refused;

    /** Counts that are pinned in {@code directory}. */
    Losses(Path directory, Netlink netlink) {
        this.directory = directory;
        this.netlink = netlink;
    }

    /** Follows the frames that come in by these interfaces. */
    void watch(Set<Integer> interfaceIndexes) {
        if (refused) {
            return;
        }
        try {
            if (counting == null) {
                counting = TransmitLosses.open(directory, netlink);
                counting.absentTracepoints()
                        .forEach(
                                name -> LOG.atWarn()
                                        .addKeyValue("tracepoint", name)
                                        .log(
                                                "this kernel lacks it: of the frames lost there, those are shown that drivers count"));
            }
            counting.watch(interfaceIndexes);
        } catch (BpfException | NetlinkException | UncheckedIOException e) {
            refused = true;
            LOG.atWarn()
                    .addKeyValue("reason", e.getMessage())
                    .log(
                            "frames lost after the verdict are not counted; forwarding goes on, the next start tries again");
        }
    }

    /** By interface and cause. */
    List<Lost> list() {
        TransmitLosses present = counting;
        if (present == null) {
            return List.of();
        }
        return attempt(() -> present.read().stream()
                .map(loss -> new Lost(
                        netlink.link(loss.interfaceIndex())
                                .map(Link::name)
                                .orElse("interface " + loss.interfaceIndex()),
                        loss.cause().name().toLowerCase(Locale.ROOT),
                        loss.cause().words(),
                        loss.frames()))
                .toList());
    }

    /** Ends the counting, and forgets what was counted. */
    void teardown() {
        close();
        TransmitLosses.remove(directory);
    }

    /** Closes the handles; counting goes on. */
    @Override
    public void close() {
        if (counting != null) {
            counting.close();
            counting = null;
        }
    }
}
