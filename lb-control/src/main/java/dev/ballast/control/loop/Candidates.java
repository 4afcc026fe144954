package dev.ballast.control.loop;

import dev.ballast.control.model.Config;
import dev.ballast.control.model.Service;
import dev.ballast.control.plan.Changes;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.control.plan.NameHash;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.Proposal;
import dev.ballast.control.reconcile.Live;
import dev.ballast.control.reconcile.Reconciler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Candidate} of what somebody wants, or refuses it for what nobody can wave through. What comes in by one door is
 * looked at in one way: {@code plan}, a dry run and the change itself.
 *
 * <p>Loop thread only. It reads tables and network, loads the program that would be needed and lets go of it again, and counts the
 * live flows once, in 1 to 3 ms a million ways; it builds no ring.
 */
final class Candidates {
    private final Reconciler reconciler;
    private final Admission admission;
    private final Planning planning;

    Candidates(Reconciler reconciler, Admission admission, Planning planning) {
        this.reconciler = reconciler;
        this.admission = admission;
        this.planning = planning;
    }

    /**
     * Another configuration; drains by command stay with the members that stay.
     *
     * @param running null: none
     * @throws ChangeRefusedException if it does not fit
     */
    Candidate ofConfig(Config wanted, @Nullable Config running, SortedSet<MemberKey> drains, Plan plan) {
        admission.checkMachine(wanted);
        Live live = reconciler.census();
        boolean newTables = admission.needsNewTables(running, wanted, live);
        if (!newTables) {
            admission.checkTables(wanted);
        }
        reconciler.preflight(wanted.node());
        SortedSet<MemberKey> keptDrains = new TreeSet<>(drains);
        keptDrains.removeIf(member -> !MemberNames.has(wanted, member));
        Plan foreseen = planning.foresee(wanted, keptDrains, plan);
        Optional<String> swap = newTables ? Optional.empty() : reconciler.trySwap(wanted);
        Changes changes = running == null ? Changes.first(wanted) : Changes.between(running, wanted);
        List<String> effects = new ArrayList<>(changes.effects());
        swap.ifPresent(effects::add);
        Config before = running == null ? wanted.withoutServices() : running;
        return new Candidate(
                wanted,
                keptDrains,
                newTables,
                effects,
                new Proposal(
                        before,
                        plan,
                        wanted,
                        foreseen,
                        changes,
                        swap.isPresent(),
                        live.census(),
                        reconciler.flowTags(plan, untracked(before, wanted))),
                live);
    }

    /** Name hashes of the services that shall not be tracked any more. */
    private static Set<Long> untracked(Config before, Config after) {
        return after.otherwiseIn(before).stream()
                .filter(name -> tracks(before, name) && after.services().containsKey(name) && !tracks(after, name))
                .map(NameHash::of)
                .collect(Collectors.toSet());
    }

    private static boolean tracks(Config config, String name) {
        Service service = config.services().get(name);
        return service != null && service.flows().track();
    }

    /**
     * A drain by command, or its end.
     *
     * @param changing members that are not drained by command yet, or are still
     * @throws ChangeRefusedException if it does not fit
     */
    Candidate ofDrain(Config running, Set<MemberKey> changing, boolean on, SortedSet<MemberKey> drains, Plan plan) {
        SortedSet<MemberKey> wanted = new TreeSet<>(drains);
        if (on) {
            wanted.addAll(changing);
        } else {
            wanted.removeAll(changing);
        }
        Live live = reconciler.census();
        Changes changes = Changes.ofDrain(changing, on);
        return new Candidate(
                running,
                wanted,
                false,
                changes.effects(),
                new Proposal(
                        running,
                        plan,
                        running,
                        planning.foresee(running, wanted, plan),
                        changes,
                        false,
                        live.census(),
                        Map.of()),
                live);
    }
}
