package dev.ballast.control.loop;

import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.plan.Allocation;
import dev.ballast.control.plan.Hop;
import dev.ballast.control.plan.Intents;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.control.plan.NameHash;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.PlanException;
import dev.ballast.control.plan.Planner;
import dev.ballast.control.plan.ServiceIntent;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Plans by what the probes and the network say now. Loop thread only. */
final class Planning {
    /** The way to a backend that was not looked up yet: any; to a neighbour, so that every encapsulation gets there. */
    private static final Hop FORESEEN = new Hop(0, 0, 0, 0, 0, Address.parse("0.0.0.0"), true);

    private final HealthChecks health;
    private final NextHops hops;
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
    }

    /**
     * The tables for a configuration.
     *
     * @param running the configuration that {@code before} is of, for the names of members that left; null: not known
     * @throws ChangeRefusedException if it does not fit them
     */
    Plan plan(Config wanted, Set<MemberKey> drains, @Nullable Config running, Plan before) {
        Foreseen last = foreseen;
        foreseen = null; // it is asked for once, and holds every row
        if (last != null && isOf(last, wanted, drains, before)) {
            return last.plan();
        }
        return plan(Intents.of(wanted, drains, health::usable, hops::hop), wanted, running, before);
    }

    /**
     * The tables that a configuration comes to: members keep the health and the next hop that they have, those that nobody knows yet
     * count as up and reachable. For what a change disturbs, and to find out whether it fits; no row of it is ever written.
     *
     * @param running as for {@link #plan}
     * @throws ChangeRefusedException if it does not fit the tables
     */
    Plan foresee(Config wanted, Set<MemberKey> drains, @Nullable Config running, Plan before) {
        Set<Address> known = new HashSet<>();
        before.allocation().holders().values().forEach(holder -> known.add(holder.address()));
        boolean[] guessed = {
            running == null
                    || !running.services().keySet().equals(wanted.services().keySet())
        };
        List<ServiceIntent> intents = Intents.of(
                wanted,
                drains,
                member -> {
                    boolean knows = health.knows(member);
                    guessed[0] |= !knows;
                    return !knows || health.usable(member);
                },
                address -> {
                    boolean knows = known.contains(address);
                    guessed[0] |= !knows;
                    return knows ? hops.hop(address) : Optional.of(FORESEEN);
                });
        Plan plan = plan(intents, wanted, running, before);
        foreseen = guessed[0] ? null : new Foreseen(wanted, drains, before, health.version(), hops.version(), plan);
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

    private Plan plan(List<ServiceIntent> intents, Config wanted, @Nullable Config running, Plan before) {
        try {
            return Planner.plan(
                    intents,
                    before.allocation(),
                    rowsOfThoseThatLeft(running, before),
                    wanted.node().limits());
        } catch (PlanException e) {
            throw new ChangeRefusedException(Kind.STATE, String.valueOf(e.getMessage()));
        }
    }

    /** With the standing and next hop of now: they are still probed and still looked up. */
    private IntFunction<Plan.@Nullable MemberRow> rowsOfThoseThatLeft(@Nullable Config running, Plan before) {
        Map<Long, String> names = new HashMap<>();
        if (running != null) {
            running.services().keySet().forEach(name -> names.put(NameHash.of(name), name));
        }
        return id -> {
            Plan.MemberRow row = before.members().get(id);
            return row == null ? null : now(row, before.allocation().holders().get(id), names);
        };
    }

    private Plan.MemberRow now(Plan.MemberRow row, Allocation.@Nullable Holder holder, Map<Long, String> names) {
        String service = holder == null ? null : names.get(holder.nameHash());
        Standing standing = row.standing();
        if (service != null) {
            standing = health.usable(new MemberKey(service, row.address())) ? Standing.DRAIN : Standing.DOWN;
        }
        return new Plan.MemberRow(
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
