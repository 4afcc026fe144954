package dev.ballast.attach;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfMapType;
import dev.ballast.netlink.Ethtool;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.Netlink;
import dev.ballast.netlink.NetlinkException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Switches off what takes VLAN tags out of frames before a program sees them, and on again when the program is gone. On which
 * interfaces it did so is kept in a map pinned beside the attachments, {@code PINS/rxvlan}: it has to outlive the process as they do.
 * Not thread-safe.
 */
final class TagStripping implements AutoCloseable {
    private static final int INTERFACES_MAX = 256;

    private final Path pin;
    private final Netlink netlink;
    private @Nullable BpfMap switchedOff;

    TagStripping(Path pin, Netlink netlink) {
        this.pin = pin;
        this.netlink = netlink;
    }

    /** Whether tags are taken out there, and whether that can be changed; empty where the driver knows no such thing. */
    Optional<Ethtool.Feature> of(Link link) {
        try {
            return netlink.ethtool().feature(link.name(), Ethtool.RX_VLAN_STRIPPING);
        } catch (NetlinkException e) {
            // Gone, or a device without ethtool; then it takes out nothing.
            return Optional.empty();
        }
    }

    /**
     * Switches it off if it is on and can be switched off.
     *
     * @return whether it was switched
     * @throws NetlinkException if the driver refuses after all
     */
    boolean switchOff(Link link) {
        if (of(link).filter(found -> found.active() && found.changeable()).isEmpty()) {
            return false;
        }
        // Remembered first: a crash in between restores what was never changed, which changes nothing.
        try (Arena arena = Arena.ofConfined()) {
            map().put(arena.allocateFrom(ValueLayout.JAVA_INT, link.index()), arena.allocate(ValueLayout.JAVA_INT));
        }
        netlink.ethtool().setFeature(link.name(), Ethtool.RX_VLAN_STRIPPING, false);
        return true;
    }

    /** The indexes of the interfaces on which it was switched off. */
    Set<Integer> switchedOff() {
        Set<Integer> indexes = new TreeSet<>();
        if (switchedOff != null || Files.exists(pin)) {
            map().forEach((key, _) -> indexes.add(key.get(ValueLayout.JAVA_INT, 0)));
        }
        return indexes;
    }

    /**
     * Switches it on again where it was switched off here.
     *
     * @return the name of the interface; empty if it was not switched off here, or is gone
     */
    Optional<String> restore(int index) {
        if (!switchedOff().contains(index)) {
            return Optional.empty();
        }
        Optional<String> name = netlink.link(index).map(Link::name);
        name.ifPresent(present -> netlink.ethtool().setFeature(present, Ethtool.RX_VLAN_STRIPPING, true));
        try (Arena arena = Arena.ofConfined()) {
            map().delete(arena.allocateFrom(ValueLayout.JAVA_INT, index));
        }
        if (switchedOff().isEmpty()) {
            close();
            BpfFs.unpin(pin);
        }
        return name;
    }

    /**
     * Has it off on the links that are wanted so, and restores it on those that are not, or are gone.
     *
     * @return what was changed, in words
     * @throws AttachException if a driver refuses
     */
    List<String> tend(List<Link> links, Predicate<Link> wantedOff) {
        List<String> changes = new ArrayList<>();
        Set<Integer> gone = switchedOff();
        for (Link link : links) {
            gone.remove(link.index());
            try {
                if (!wantedOff.test(link)) {
                    restore(link.index())
                            .ifPresent(
                                    name -> changes.add("switched rxvlan of " + name + " on again, as it was before"));
                } else if (switchOff(link)) {
                    changes.add("switched off rxvlan of " + link.name()
                            + ": with it the program would not see the VLAN tags of its frames");
                }
            } catch (NetlinkException | BpfException e) {
                throw new AttachException("switch rxvlan of", link.name(), String.valueOf(e.getMessage()), e);
            }
        }
        gone.forEach(this::restore);
        return changes;
    }

    private BpfMap map() {
        BpfMap present = switchedOff;
        if (present == null) {
            if (Files.exists(pin)) {
                present = BpfMap.openPinned(pin);
            } else {
                present = BpfMap.create(BpfMapType.HASH, "rxvlan", Integer.BYTES, Integer.BYTES, INTERFACES_MAX, 0);
                present.pin(pin);
            }
            switchedOff = present;
        }
        return present;
    }

    /** Closes the handle; what is pinned stays. */
    @Override
    public void close() {
        if (switchedOff != null) {
            switchedOff.close();
            switchedOff = null;
        }
    }
}
