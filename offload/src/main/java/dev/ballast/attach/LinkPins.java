package dev.ballast.attach;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.XdpLink;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.XdpState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where attachments are pinned: by the names of their interfaces, in one directory. */
final class LinkPins {
    private final Path directory;

    LinkPins(Path directory) {
        this.directory = directory.toAbsolutePath();
    }

    Path directory() {
        return directory;
    }

    /** All pins, by name; none if there is no such directory. */
    List<Path> list() {
        return list(directory);
    }

    /** Whether that program is on the interface, as far as netlink tells. */
    static boolean carries(Link link, int programId) {
        return link.xdp().programId() == programId || link.xdp().mode() == XdpState.Mode.MULTIPLE;
    }

    /** Moves the pin of an interface that was renamed since. */
    Path follow(XdpLink link, Path pin, String name) {
        Path now = of(name);
        if (!now.equals(pin)) {
            link.pin(now);
            link.unpin(pin);
        }
        return now;
    }

    /** A pin that was not adopted although its interface name is free of programs can only be of an interface that is gone. */
    static void removeStale(String name, Path pin) {
        try (XdpLink stale = XdpLink.openPinned(pin)) {
            if (stale.ifindex() != 0) {
                throw new AttachException(
                        "attach",
                        name,
                        "the link pinned at " + pin + " is of another interface that still runs a program; adopt first",
                        null);
            }
            stale.unpin(pin);
        }
    }

    /**
     * Another instance's directory of links, if its pin of this interface name leads to the program that is there. Instances pin side by
     * side: {@code PINS/../OTHER/links}.
     */
    Optional<Path> otherInstance(List<Link> links, String name) {
        Path own = directory.getParent();
        Path instances = own == null ? null : own.getParent();
        if (own == null || instances == null) {
            return Optional.empty();
        }
        for (Path instance : list(instances)) {
            Path theirs = instance.resolve("links");
            Path pin = theirs.resolve(pinName(name));
            if (!instance.equals(own) && Files.exists(pin) && leadsTo(pin, links, name)) {
                return Optional.of(theirs);
            }
        }
        return Optional.empty();
    }

    private static boolean leadsTo(Path pin, List<Link> links, String name) {
        try (XdpLink other = XdpLink.openPinned(pin)) {
            int index = other.ifindex();
            int programId = other.programId();
            return links.stream()
                    .anyMatch(link -> link.name().equals(name) && link.index() == index && carries(link, programId));
        } catch (BpfException e) {
            // Not a link, or not ours to open: then it does not say whose the program is.
            return false;
        }
    }

    private static List<Path> list(Path directory) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            List<Path> pins = new ArrayList<>();
            entries.forEach(pins::add);
            pins.sort(null);
            return pins;
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + directory + "; see its owner and mode, or run as root", e);
        }
    }

    Path of(String name) {
        return directory.resolve(pinName(name));
    }

    private static String pinName(String interfaceName) {
        return interfaceName.replace('.', ':');
    }

    static String interfaceName(Path pin) {
        return String.valueOf(pin.getFileName()).replace(':', '.');
    }
}
