package dev.ballast.control.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.datapath.Census;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Maglev;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingKey;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Two configurations, who is down or drained, and who has how many flows: what a proposal is made of. For tests. */
final class ProposalFixture {
    static final HashKey KEY = new HashKey(0x0123456789abcdefL, 0x0fedcba987654321L);

    private static final Hop HOP =
            new Hop(3, 0x02_00_00_00_00_01L, 0x02_00_00_00_00_02L, 0, 1500, Address.parse("10.0.0.1"), true);
    private static final int IDS = 256;

    private final Config before;
    private final Plan running;
    private final Set<String> down;
    private final Set<MemberKey> drains;
    private final int[] flows = new int[IDS];
    private final int[] open = new int[IDS];
    private final Map<Long, FlowTags> tags = new HashMap<>();

    private ProposalFixture(String yaml, Set<String> down, Set<MemberKey> drains) {
        this.before = read(yaml);
        this.down = down;
        this.drains = drains;
        this.running = plan(before, drains, Plan.EMPTY);
    }

    /** This runs, with every member up. */
    static ProposalFixture running(String yaml) {
        return new ProposalFixture(yaml, Set.of(), Set.of());
    }

    /** The same, and a member of it is down. */
    static ProposalFixture runningWithoutHealthOf(String member, String yaml) {
        return new ProposalFixture(yaml, Set.of(member), Set.of());
    }

    /** The same, and an operator has drained a member of it. */
    static ProposalFixture runningDrained(String member, String yaml) {
        return new ProposalFixture(yaml, Set.of(), Set.of(MemberKey.parse(member)));
    }

    /** The same, and has so many open flows, and a few that close, on a member. */
    ProposalFixture flows(String member, int count) {
        open[id(member)] = count;
        flows[id(member)] = count + 3;
        return this;
    }

    /** The same, and these are its flows, by tag, as far as they are on members of the service. */
    ProposalFixture tags(String service, FlowTags of) {
        tags.put(NameHash.of(service), of);
        return this;
    }

    int id(String member) {
        MemberKey key = MemberKey.parse(member);
        return running.allocation()
                .currentId(NameHash.of(key.service()), key.address())
                .orElseThrow();
    }

    /** The ring that runs, by addresses. */
    List<String> ring(String service) {
        return slots(running, service);
    }

    /** What applying this would disturb. */
    DisruptionReport to(String yaml) {
        return to(yaml, Disruptions.Detail.ALL);
    }

    DisruptionReport to(String yaml, Disruptions.Detail detail) {
        Config after = read(yaml);
        return report(after, plan(after, drains, running), Changes.between(before, after), detail);
    }

    /** What a drain by command would disturb, or its end. */
    DisruptionReport drained(String member, boolean on) {
        Set<MemberKey> wanted = new HashSet<>(drains);
        MemberKey key = MemberKey.parse(member);
        if (on) {
            wanted.add(key);
        } else {
            wanted.remove(key);
        }
        return report(before, plan(before, wanted, running), Changes.ofDrain(Set.of(key), on), Disruptions.Detail.ALL);
    }

    /** By the ring of the configuration that would follow, by addresses. */
    List<String> ringAfter(String yaml, String service) {
        return slots(plan(read(yaml), drains, running), service);
    }

    private DisruptionReport report(Config after, Plan foreseen, Changes changes, Disruptions.Detail detail) {
        Census census = new Census(flows, open, Arrays.stream(flows).sum(), 0, 0, 0, 0);
        return new Disruptions(KEY)
                .of(new Proposal(before, running, after, foreseen, changes, false, Optional.of(census), tags), detail);
    }

    private static List<String> slots(Plan plan, String service) {
        Plan.RingSpec spec =
                plan.service(service).flatMap(ServicePlan::row).orElseThrow().ring();
        Map<Integer, RingKey> keys = new HashMap<>();
        List<RingMember> renumbered = new ArrayList<>();
        for (RingMember member : spec.members()) {
            keys.put(renumbered.size(), member.key());
            renumbered.add(new RingMember(renumbered.size(), member.key(), member.weight()));
        }
        Ring ring = Maglev.build(renumbered, new RingSize(spec.size()), KEY);
        List<String> slots = new ArrayList<>();
        for (int slot = 0; slot < spec.size(); slot++) {
            RingKey key = keys.get(ring.slot(slot));
            slots.add(key == null ? "none" : key.toString());
        }
        return slots;
    }

    private Plan plan(Config config, Set<MemberKey> drained, Plan from) {
        try {
            return Planner.plan(
                    Intents.of(config, drained, key -> !down.contains(key.toString()), _ -> Optional.of(HOP)),
                    from,
                    (_, row) -> row,
                    config.node().limits());
        } catch (PlanException e) {
            throw new AssertionError(e);
        }
    }

    static Config read(String yaml) {
        try {
            return ConfigReader.read("test.yaml", yaml.getBytes(UTF_8));
        } catch (ConfigException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }
}
