package dev.ballast.perf.fleet;

import java.util.Arrays;

/** How the routers in front of the fleet spread flows over the balancers that live. */
enum Ecmp {
    /**
     * A table of buckets; only those of a next hop that went away are given to others, and one that comes gets its share of buckets from
     * those that have most (Linux: Documentation/networking/nexthop-group-resilient.rst; its timers are left out).
     */
    RESILIENT {
        @Override
        int[] change(int[] buckets, boolean[] live) {
            int[] changed = buckets.clone();
            int[] counts = new int[live.length];
            for (int balancer : changed) {
                counts[balancer]++;
            }
            for (int i = 0; i < changed.length; i++) {
                int owner = changed[i];
                int least = least(counts, live);
                if (!live[owner] || counts[owner] > counts[least] + 1) {
                    counts[owner]--;
                    counts[least]++;
                    changed[i] = least;
                }
            }
            return changed;
        }
    },
    /** Hash modulo the number of next hops: nearly every flow moves when that number changes. */
    MODULO {
        @Override
        int[] change(int[] buckets, boolean[] live) {
            int count = 0;
            int[] hops = new int[live.length];
            for (int balancer = 0; balancer < live.length; balancer++) {
                if (live[balancer]) {
                    hops[count++] = balancer;
                }
            }
            return Arrays.copyOf(hops, count);
        }
    };

    private static final int BUCKETS = 1024;

    /** The table of a fleet in which all balancers live: from the flow's hash, modulo the length, to the balancer. */
    int[] start(int balancers) {
        boolean[] live = new boolean[balancers];
        Arrays.fill(live, true);
        int[] even = new int[BUCKETS];
        Arrays.setAll(even, bucket -> bucket % balancers);
        return change(even, live);
    }

    /** The table after the set of live balancers has changed; at least one lives. */
    abstract int[] change(int[] buckets, boolean[] live);

    private static int least(int[] counts, boolean[] live) {
        int least = -1;
        for (int balancer = 0; balancer < live.length; balancer++) {
            if (live[balancer] && (least < 0 || counts[balancer] < counts[least])) {
                least = balancer;
            }
        }
        return least;
    }
}
