package dev.ballast.control.inspect;

import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.plan.NameHash;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Names of services by the hashes that the tables have, looked up anew when a hash is not known. One thread. */
final class ServiceNames {
    private final Supplier<Snapshot> snapshots;
    private long seenRevision = -1;
    private Map<Long, String> names = Map.of();

    ServiceNames(Supplier<Snapshot> snapshots) {
        this.snapshots = snapshots;
    }

    /** Empty for a service that has left. */
    String of(long hash) {
        String name = names.get(hash);
        if (name == null) {
            Snapshot snapshot = snapshots.get();
            if (snapshot.revision() != seenRevision) {
                seenRevision = snapshot.revision();
                names = snapshot.services().stream()
                        .map(Snapshot.Service::name)
                        .collect(Collectors.toMap(NameHash::of, each -> each, (one, _) -> one));
                name = names.get(hash);
            }
        }
        return name == null ? "" : name;
    }
}
