package dev.ballast.control.inspect;

import java.net.NetworkInterface;
import java.net.SocketException;

/** Names of interfaces of the daemon's network namespace. */
final class InterfaceNames {
    private InterfaceNames() {}

    /** The name; where the interface is gone, its index in words. */
    static String of(int index) {
        try {
            NetworkInterface found = NetworkInterface.getByIndex(index);
            return found == null ? "interface " + index + ", which is gone" : found.getName();
        } catch (SocketException e) {
            return "interface " + index;
        }
    }
}
