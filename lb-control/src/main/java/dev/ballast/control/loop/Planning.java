package dev.ballast.control.loop;

import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.model.Config;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.Plan.MemberRow;
import dev.ballast.control.plan.PlanException;
import dev.ballast.control.plan.Planner;
import dev.ballast.control.plan.ServiceIntent;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Plans by what the probes and the network say now. Loop thread only. */
final class Planning {
    private final HealthChecks health;
    private final NextHops hops;
    private final ServiceIntents intents;
    private @Nullable Foreseen foreseen;

    /**
     * What {@link #foresee} last said where it had nothing to guess: the plan that the same question gets, as long as health and hops
     * say what they said.
     */
    private record Foreseen(
            Config wanted, Set<MemberKey> drains, Plan before, long healthVersion, long hopsVersion, Plan plan) {}

    Planning(HealthChecks health, NextHops hops) {
        this.health = health;
        this.hops = hops;
        this.intents = new ServiceIntents(health, hops);
    }

    /**
     * The tables for a configuration.
     *
     * @throws ChangeRefusedException if it does not fit them
     */
    Plan plan(Config wanted, Set<MemberKey> drains, Plan before) {
        Foreseen last = foreseen;
        foreseen = null; // it is asked for once
        if (last != null && isOf(last, wanted, drains, before)) {
            return last.plan();
        }
        return plan(intents.of(wanted, drains), wanted, before);
    }

    /**
     * The tables that a configuration comes to: members keep the health and the next hop that they have, those that nobody knows yet
     * count as up and reachable. For what a change disturbs, and to find out whether it fits; where something had to be guessed, no row
     * of it is ever written.
     *
     * @throws ChangeRefusedException if it does not fit the tables
     */
    Plan foresee(Config wanted, Set<MemberKey> drains, Plan before) {
        ServiceIntents.Foreseen wants = intents.foreseen(wanted, drains);
        Plan plan = plan(wants.intents(), wanted, before);
        foreseen =
                wants.guessed() ? null : new Foreseen(wanted, drains, before, health.version(), hops.version(), plan);
        return plan;
    }

    @SuppressWarnings("ReferenceEquality") // what has to be compared by value would take as long as to plan
    private boolean isOf(Foreseen last, Config wanted, Set<MemberKey> drains, Plan before) {
        return last.wanted() == wanted
                && last.before() == before
                && last.drains().equals(drains)
                && last.healthVersion() == health.version()
                && last.hopsVersion() == hops.version();
    }

    private Plan plan(List<ServiceIntent> wants, Config wanted, Plan before) {
        try {
            return Planner.plan(wants, before, this::now, wanted.node().limits());
        } catch (PlanException e) {
            throw new ChangeRefusedException(Kind.STATE, String.valueOf(e.getMessage()));
        }
    }

    /** With the standing and next hop of now: members that left are still probed and still looked up. */
    private MemberRow now(Optional<String> service, MemberRow row) {
        Standing standing = service.map(name -> new MemberKey(name, row.address()))
                .filter(health::knows)
                .map(member -> health.usable(member) ? Standing.DRAIN : Standing.DOWN)
                .orElse(row.standing());
        return new MemberRow(
                row.service(),
                row.address(),
                standing,
                row.encap(),
                hops.hop(row.address()).or(row::hop),
                row.serverId(),
                row.configured(),
                row.current());
    }
}
