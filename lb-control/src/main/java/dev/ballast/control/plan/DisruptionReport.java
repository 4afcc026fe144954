package dev.ballast.control.plan;

import dev.ballast.control.model.Percent;
import java.util.List;

/**
 * What a change would disturb, said before it is made.
 *
 * @param services those that change or are disturbed, by name
 * @param unchanged how many running services neither change nor are disturbed
 * @param general what changes beside them, a line each
 * @param manner how all of it comes into force
 * @param liveFlows of all tracked services that run
 */
public record DisruptionReport(
        List<ServiceDisruption> services, int unchanged, List<String> general, Manner manner, long liveFlows) {
    /** Nothing changes. */
    public static final DisruptionReport NONE = new DisruptionReport(List.of(), 0, List.of(), Manner.HOT, 0);

    /** Copies the lists. */
    public DisruptionReport {
        services = List.copyOf(services);
        general = List.copyOf(general);
    }

    /** Live flows on members that leave, and those that would get another member at once. */
    public long disturbedFlows() {
        return services.stream()
                .mapToLong(service -> service.flows().disturbed())
                .sum();
    }

    /** The services of which it disturbs more than that. */
    public List<ServiceDisruption> over(Percent budget) {
        return services.stream()
                .filter(service -> service.stake().exceeds(budget))
                .toList();
    }
}
