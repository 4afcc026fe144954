package dev.ballast.netlink;

import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;

/**
 * Which of several paths an address takes: highest random weight (Thaler and Ravishankar, 1998), in the weighted form of Schindelhauer
 * and Schomaker (2005). Each path gets its share of many addresses, and when one goes or comes, only those move that it had or gets.
 * Pure: address and paths decide alone, not their order. Any thread.
 */
final class Rendezvous {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final int FRACTION_BITS = 53;

    private Rendezvous() {}

    /** One of the paths, of which there is at least one. */
    static RoutePath choose(InetAddress address, List<RoutePath> paths) {
        return paths.stream()
                .max(Comparator.comparingDouble(path -> score(address, path)))
                .orElseThrow();
    }

    /** weight / -ln(u), u in (0, 1) from the hash: the chance of being the highest is the share of the weight. */
    private static double score(InetAddress address, RoutePath path) {
        long hash = add(FNV_OFFSET, address.getAddress());
        InetAddress gateway = path.gateway();
        if (gateway != null) {
            hash = add(hash, gateway.getAddress());
        }
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            hash = add(hash, (byte) (path.outInterface() >> shift));
        }
        double u = ((mix(hash) >>> (Long.SIZE - FRACTION_BITS)) + 0.5) / (1L << FRACTION_BITS);
        return path.weight() / -StrictMath.log(u);
    }

    private static long add(long hash, byte... bytes) {
        long result = hash;
        for (byte each : bytes) {
            result = (result ^ Byte.toUnsignedLong(each)) * FNV_PRIME;
        }
        return result;
    }

    /** The finaliser of MurmurHash3: FNV leaves the high bits of short inputs too alike. */
    private static long mix(long hash) {
        long mixed = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }
}
