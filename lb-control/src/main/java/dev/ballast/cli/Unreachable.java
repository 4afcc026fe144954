package dev.ballast.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;

/** Finds out why a daemon cannot be reached, for the message that says what to do about it. */
final class Unreachable {
    private Unreachable() {}

    /** {@code instance} is the one whose daemon should listen on {@code socket}. */
    static CommandFailure diagnose(Path socket, String instance) {
        return new CommandFailure(
                ExitStatus.UNREACHABLE, "cannot reach the daemon at " + socket + ": " + cause(socket, instance));
    }

    private static String cause(Path socket, String instance) {
        String start = "start it (ballastd --instance " + instance + "), or name the socket of another with --socket";
        PosixFileAttributes file;
        try {
            file = Files.readAttributes(socket, PosixFileAttributes.class);
        } catch (NoSuchFileException e) {
            return "there is no such socket, so the daemon is not running; " + start;
        } catch (AccessDeniedException e) {
            return "user " + user() + " may not look into " + socket.getParent() + "; run as root";
        } catch (IOException e) {
            return e.getMessage() + "; name the socket with --socket";
        }
        if (!file.isOther()) {
            return "that is no socket; name the daemon's with --socket";
        }
        try {
            SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
            return "it takes connections but does not answer; is it ballastd, and does it hang? Its log, on"
                    + " its standard error, says more";
        } catch (ConnectException e) {
            return "nobody listens on it any more, the daemon has died; " + start;
        } catch (IOException e) {
            if (!Files.isWritable(socket)) {
                return "permission denied for user " + user() + " (it is "
                        + PosixFilePermissions.toString(file.permissions()) + " " + file.owner() + ":" + file.group()
                        + "); run as root" + (groupMayWrite(file) ? " or join group " + file.group() : "");
            }
            return e.getMessage() + "; " + start;
        }
    }

    private static boolean groupMayWrite(PosixFileAttributes file) {
        return file.permissions().contains(PosixFilePermission.GROUP_WRITE);
    }

    private static String user() {
        return System.getProperty("user.name", "?");
    }
}
