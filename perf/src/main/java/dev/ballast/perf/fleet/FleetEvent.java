package dev.ballast.perf.fleet;

/** Something that happens to the service or to the fleet. Backends and balancers are numbers from 0. */
sealed interface FleetEvent {
    /** Changes the members of the service, and so the ring. */
    sealed interface OfBackend extends FleetEvent {
        /** Which one. */
        int backend();

        /** What becomes of the members. */
        Membership apply(Membership before);
    }

    /** A new backend, or one that comes back from a drain or from the dead. */
    record BackendAdded(int backend) implements OfBackend {
        @Override
        public Membership apply(Membership before) {
            return before.with(backend, Membership.WEIGHT, true);
        }
    }

    /** No new connections; it serves those that it has. A backend that is taken out of the configuration does the same. */
    record BackendDrained(int backend) implements OfBackend {
        @Override
        public Membership apply(Membership before) {
            return before.with(backend, 0, true);
        }
    }

    /** Dead, with all its connections; the balancers see it at once. */
    record BackendDied(int backend) implements OfBackend {
        @Override
        public Membership apply(Membership before) {
            return before.with(backend, 0, false);
        }
    }

    /** Another weight. */
    record WeightChanged(int backend, int weight) implements OfBackend {
        @Override
        public Membership apply(Membership before) {
            return before.with(backend, weight, true);
        }
    }

    /** A balancer is gone, with its flow table; the routers notice at once. */
    record BalancerDied(int balancer) implements FleetEvent {}

    /** It is back, with an empty flow table and the current ring, without a previous one. */
    record BalancerReturned(int balancer) implements FleetEvent {}
}
