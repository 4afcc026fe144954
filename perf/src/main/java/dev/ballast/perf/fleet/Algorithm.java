package dev.ballast.perf.fleet;

import dev.ballast.ring.HashKey;
import dev.ballast.ring.Maglev;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingKey;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.util.List;
import java.util.stream.IntStream;

/** The ways to place flows that are compared. Each takes the same flow hash. */
enum Algorithm {
    /** The product's own ring, of the default size. */
    MAGLEV {
        @Override
        Placement place(Membership membership) {
            List<RingMember> members = inService(membership)
                    .mapToObj(backend -> new RingMember(
                            backend,
                            new RingKey(0, FIRST_ADDRESS + backend, 4),
                            membership.weights().get(backend)))
                    .toList();
            Ring ring = Maglev.build(members, RingSize.DEFAULT, SECRET);
            long slots = ring.size().slots();
            return flowHash -> ring.slot((int) (((flowHash >>> 32) * slots) >>> 32));
        }
    },
    /** Highest random weight: D. Thaler and C. Ravishankar, "Using name-based mappings to increase hit rates", 1998. */
    RENDEZVOUS {
        @Override
        Placement place(Membership membership) {
            return new Rendezvous(membership);
        }
    },
    /** Consistent hashing with 160 points a backend of the default weight, as ketama and its heirs have them. */
    RING_HASH {
        @Override
        Placement place(Membership membership) {
            return new RingHash(membership);
        }
    },
    /** Jump consistent hash over the list of backends. */
    JUMP {
        @Override
        Placement place(Membership membership) {
            return new JumpHash(membership);
        }
    };

    private static final HashKey SECRET = new HashKey(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    private static final long FIRST_ADDRESS = 10L << 24;

    /** The placement of a membership: a pure function of it. At least one backend has a weight. */
    abstract Placement place(Membership membership);

    /** The numbers of the backends that have a weight, in ascending order. */
    static IntStream inService(Membership membership) {
        return IntStream.range(0, membership.weights().size())
                .filter(backend -> membership.weights().get(backend) > 0);
    }
}
