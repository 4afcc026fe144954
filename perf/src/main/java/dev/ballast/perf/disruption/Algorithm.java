package dev.ballast.perf.disruption;

import dev.ballast.ring.CalibratedRendezvous;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Maglev;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.util.Collection;
import java.util.Locale;

/** A way to build a ring. */
enum Algorithm {
    MAGLEV {
        @Override
        Ring build(Collection<RingMember> members, RingSize size, HashKey secret) {
            return Maglev.build(members, size, secret);
        }
    },
    RENDEZVOUS {
        @Override
        Ring build(Collection<RingMember> members, RingSize size, HashKey secret) {
            return CalibratedRendezvous.build(members, size, secret);
        }
    };

    abstract Ring build(Collection<RingMember> members, RingSize size, HashKey secret);

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
