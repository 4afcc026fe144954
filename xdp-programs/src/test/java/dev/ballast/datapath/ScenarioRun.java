package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.datapath.PacketText.Packet;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Plays a {@link Scenario} on a {@link Rig}. Whatever is forwarded is compared byte by byte: with the scenario's own
 * {@code out} line, else with what {@link Outer} says; a scenario that sends a packet has to say its verdict.
 */
final class ScenarioRun {
    private static final int MAX_REPEATS = 10_000;
    private static final int SHOWN_BYTES = 48;

    /** Sees what became of each packet. */
    interface Observer {
        /** {@code tunnelled}: it left with an outer header. */
        void left(Rig.Outcome outcome, boolean tunnelled);
    }

    private final Rig rig;
    private final Map<String, Integer> services = new HashMap<>();
    private final Map<String, Integer> members = new HashMap<>();
    private final Observer observer;

    private Optional<Packet> packet = Optional.empty();
    private Optional<Rig.Outcome> outcome = Optional.empty();
    private Optional<Integer> lastMember = Optional.empty();
    private boolean judged = true;
    private boolean seen = true;

    private ScenarioRun(Rig rig, Observer observer) {
        this.rig = rig;
        this.observer = observer;
    }

    /**
     * Runs it to its end; an {@link AssertionError} names the line that does not hold.
     *
     * @param observer is told of each packet
     */
    static void play(Scenario scenario, Rigs rigs, Rig.Engine engine, Observer observer) {
        new ScenarioRun(rigs.take(scenario.loads(), engine), observer).play(scenario);
    }

    /** Configures a rig as the scenario says, and does whatever else it does. */
    static void configure(Rig rig, Scenario scenario) {
        new ScenarioRun(rig, (outcome, tunnelled) -> {}).play(scenario);
    }

    private void play(Scenario scenario) {
        for (Scenario.Step step : scenario.steps()) {
            try {
                step(step);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        step.place() + ": " + step.verb() + " " + step.text() + "\n  " + e.getMessage(), e);
            }
        }
        requireJudged();
    }

    private void step(Scenario.Step step) {
        LayerWords words = new LayerWords(step.verb() + " " + step.text());
        switch (step.verb()) {
            case "load" -> {}
            case "service" -> service(words);
            case "vip" -> vip(words);
            case "unvip" -> removeVip(words);
            case "member" -> member(words);
            case "sources" -> sources(words);
            case "server-id" -> serverId(words);
            case "wait" -> await(words);
            case "repeat" -> repeat(words);
            case "state" -> rig.state(member(words.next("the member")), state(words.next("the state")));
            case "ring" -> ring(words);
            case "age" -> rig.age(duration(words.next("how long")));
            case "metadata" -> rig.metadata(words.nextNumber("how many bytes"));
            case "crowd" -> crowd(words);
            case "hand-over" -> handOver(words);
            case "packet" -> packet(step.text());
            case "code" -> code(words);
            case "expect" -> expect(words);
            case "out" -> out(step.text());
            case "flow" -> flow(words);
            default -> throw words.error("is no step");
        }
        if (!List.of("packet", "out", "load").contains(step.verb())) {
            words.requireAllTaken();
        }
    }

    // --- configuration
    // -------------------------------------------------------------------------------------------------

    private void service(LayerWords words) {
        String name = words.next("its name");
        services.putIfAbsent(name, services.size());
        boolean track = !words.flag("untracked");
        HashMode hash = words.option("hash")
                .map(word -> HashMode.valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_')))
                .orElse(HashMode.FIVE_TUPLE);
        int serverIdBytes = words.number("server-ids", 0);
        SourceFilter filter =
                words.flag("allow") ? SourceFilter.ALLOW : words.flag("deny") ? SourceFilter.DENY : SourceFilter.OFF;
        rig.service(
                service(name),
                row -> new ServiceRow(
                        row.nameHash(),
                        row.memberBase(),
                        row.memberCapacity(),
                        track,
                        row.tcpIdleTicks(),
                        row.udpIdleTicks(),
                        hash,
                        serverIdBytes,
                        filter));
    }

    /** By name, or {@code @INDEX}, which may be of no service at all. */
    private int service(String name) {
        if (name.startsWith("@")) {
            return Integer.parseInt(name.substring(1));
        }
        return Optional.ofNullable(services.get(name))
                .orElseThrow(() -> new IllegalArgumentException("no service '" + name + "'"));
    }

    private void vip(LayerWords words) {
        int service = service(words.next("the service"));
        rig.vip(vipKey(words), service);
    }

    private void removeVip(LayerWords words) {
        assertThat(rig.datapath().vips().remove(vipKey(words)))
                .as("it was there")
                .isTrue();
    }

    /** {@code ADDRESS[/LENGTH] PORT|any PROTOCOL}. */
    private static VipKey vipKey(LayerWords words) {
        SourcePrefix address = prefix(words.next("the address"));
        String port = words.next("the port");
        return new VipKey(
                address.address(),
                address.prefixLength(),
                port.equals("any") ? VipKey.ANY_PORT : Integer.parseInt(port),
                protocol(words.next("the protocol")));
    }

    private static SourcePrefix prefix(String word) {
        String[] parts = word.split("/", 2);
        InetAddress address = Frame.address(parts[0]);
        int bits = address.getAddress().length * Byte.SIZE;
        return new SourcePrefix(address, parts.length > 1 ? Integer.parseInt(parts[1]) : bits);
    }

    /** {@code sources SERVICE PREFIX...}: what its filter has. */
    private void sources(LayerWords words) {
        int service = service(words.next("the service"));
        do {
            rig.datapath().sources().add(service, List.of(prefix(words.next("a prefix"))));
        } while (words.hasMore());
    }

    /** {@code server-id MEMBER HEX}. */
    private void serverId(LayerWords words) {
        String member = words.next("the member");
        String hex = words.next("the id");
        ServerId id = new ServerId(HexFormat.fromHexDigitsToLong(hex), hex.length() / 2);
        rig.datapath().serverIds().put(new ServerIdTable.Place(service(member.split("/")[0]), id), member(member));
    }

    private static Protocol protocol(String word) {
        return Protocol.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private void member(LayerWords words) {
        String name = words.next("the member");
        String[] parts = name.split("/", 2);
        LayerWords.Ends ends = words.ends();
        MemberState state =
                words.flag("drain") ? MemberState.DRAIN : words.flag("down") ? MemberState.DOWN : MemberState.IN;
        NextHop hop = new NextHop(
                words.number("interface", Rig.SAME_INTERFACE),
                Rig.NEXT_HOP,
                Rig.OWN_MAC,
                words.number("vlan", 0),
                words.number("mtu", Rig.MTU));
        Optional<NextHop> resolved = words.flag("unresolved") ? Optional.empty() : Optional.of(hop);
        int guePort = words.number("gue", 0);
        Encap encap = words.flag("l2") ? Encap.L2 : guePort == 0 ? Encap.IPIP : Encap.GUE;
        int id = Rig.memberId(service(parts[0]), Integer.parseInt(parts[1]));
        members.put(name, id);
        rig.member(
                id,
                new MemberRow(
                        service(parts[0]),
                        state,
                        encap,
                        guePort,
                        words.number("source-bits", 0),
                        ends.fromAddress(),
                        ends.toAddress(),
                        resolved));
    }

    /** By name, or {@code @ID}, which may be nobody's. */
    private int member(String name) {
        if (name.startsWith("@")) {
            return Integer.parseInt(name.substring(1));
        }
        return Optional.ofNullable(members.get(name))
                .orElseThrow(() -> new IllegalArgumentException("no member '" + name + "'"));
    }

    private static MemberState state(String word) {
        return MemberState.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private void ring(LayerWords words) {
        int service = service(words.next("the service"));
        Optional<Duration> keep = words.option("keep").map(ScenarioRun::duration);
        List<Integer> ids = new ArrayList<>();
        if (!words.flag("empty")) {
            do {
                ids.add(Rig.memberId(service, words.nextNumber("a member's index")));
            } while (words.hasMore());
        }
        rig.ring(service, keep, ids.stream().mapToInt(Integer::intValue).toArray());
    }

    /** {@code 90s}, {@code 15m}. */
    private static Duration duration(String word) {
        return Duration.parse("PT" + word);
    }

    // --- packets -----------------------------------------------------------------------------------------------------

    private void packet(String text) {
        requireJudged();
        Packet sent = PacketText.parse(text);
        packet = Optional.of(sent);
        Rig.Outcome result = rig.send(sent.bytes());
        outcome = Optional.of(result);
        judged = false;
        seen = result.reason().verdictClass() != VerdictClass.ANSWERED;
        observer.left(result, result.member().map(this::isTunnel).orElse(false));
    }

    private boolean isTunnel(int memberId) {
        return rig.datapath().members().read(memberId).orElseThrow().encap() != Encap.L2;
    }

    private void requireJudged() {
        if (!judged) {
            throw new IllegalArgumentException("a packet lacks its 'expect'");
        }
        if (!seen) {
            throw new IllegalArgumentException("an answer lacks its 'out'");
        }
    }

    private Packet sent() {
        return packet.orElseThrow(() -> new IllegalArgumentException("no packet was sent yet"));
    }

    private Rig.Outcome result() {
        return outcome.orElseThrow(() -> new IllegalArgumentException("no packet was sent yet"));
    }

    /** {@code expect REASON [SERVICE[/INDEX] [same|other]]}: the member of the packet before, or another one. */
    private void expect(LayerWords words) {
        assertThat(result().reason().label()).as("reason").isEqualTo(words.next("the reason"));
        judged = true;
        if (words.hasMore()) {
            String[] parts = words.next("the service or member").split("/", 2);
            assertThat(result().service()).as("index of the service").contains(service(parts[0]));
            if (parts.length > 1) {
                assertThat(result().member())
                        .as("id of the member")
                        .contains(Rig.memberId(service(parts[0]), Integer.parseInt(parts[1])));
            }
        }
        if (words.flag("same")) {
            assertThat(result().member()).as("id of the member, as before").isEqualTo(lastMember);
        }
        if (words.flag("other")) {
            assertThat(result().member()).as("id of the member, not as before").isNotEqualTo(lastMember);
        }
        lastMember = result().member();
        if (result().reason().verdictClass() == VerdictClass.FORWARDED) {
            requireFrame(Outer.forwarded(rig, result().memberId(), sent()));
        }
    }

    /** {@code repeat until REASON}: the last packet comes again and again, with the same verdict, until there is that one. */
    private void repeat(LayerWords words) {
        if (!words.flag("until")) {
            throw words.error("lacks 'until'");
        }
        String last = words.next("the reason");
        for (int i = 0; i < MAX_REPEATS; i++) {
            VerdictReason reason = rig.send(sent().bytes()).reason();
            if (reason.label().equals(last)) {
                return;
            }
            assertThat(reason).as("reason at repetition %d", i + 1).isEqualTo(result().reason());
        }
        throw new AssertionError("not once " + last + " in " + MAX_REPEATS + " repetitions");
    }

    /** {@code wait window}: until limits per window of time begin anew. For a program that is told the time. */
    private void await(LayerWords words) {
        if (!words.flag("window")) {
            throw words.error("is not for a window");
        }
        rig.advance(1L << rig.datapath().clock().windowShift());
    }

    /** {@code code tx|redirect}: what the driver is told. */
    private void code(LayerWords words) {
        int code = switch (words.next("the code")) {
            case "tx" -> Rig.XdpCode.TX;
            case "redirect" -> Rig.XdpCode.REDIRECT;
            default -> throw words.error("is neither tx nor redirect");
        };
        assertThat(result().code()).as("XDP code").isEqualTo(code);
    }

    /** Without an {@code eth} layer: to the next hop, or, if it is an answer, to whom the packet came from. */
    private void out(String text) {
        int entropy = Outer.entropy(rig, sent());
        PacketText.Context context =
                new PacketText.Context(sent().ip(), entropy & Outer.FLOW_LABEL_MASK, Outer.guePort(entropy));
        boolean answer = result().reason().verdictClass() == VerdictClass.ANSWERED;
        requireFrame(PacketText.parse(
                        text,
                        context,
                        answer ? PacketText.OWN_MAC : Outer.OWN_MAC,
                        answer ? PacketText.CLIENT_MAC : Outer.NEXT_HOP_MAC)
                .bytes());
        seen = true;
    }

    private void requireFrame(byte[] expected) {
        byte[] left = result().frame();
        if (!Arrays.equals(expected, left)) {
            int at = Arrays.mismatch(expected, left);
            throw new AssertionError(
                    "what left differs from byte " + at + " on (expected " + expected.length + " bytes, " + left.length
                            + " left)\n  expected " + hex(expected, at) + "\n  left     " + hex(left, at));
        }
    }

    /** Around byte {@code at}, before which there is a mark. */
    private static String hex(byte[] bytes, int at) {
        int from = Math.max(0, at - SHOWN_BYTES);
        int to = Math.min(bytes.length, at + SHOWN_BYTES);
        HexFormat hex = HexFormat.of();
        return (from > 0 ? "..." : "") + hex.formatHex(bytes, from, Math.min(at, to)) + " >>> "
                + hex.formatHex(bytes, Math.min(at, to), to) + (to < bytes.length ? "..." : "");
    }

    // --- what else happens to tables ---

    /** {@code crowd home|both STATE MEMBER}: the sets of the last packet's flow are full of others. */
    private void crowd(LayerWords words) {
        boolean both = switch (words.next("home or both")) {
            case "home" -> false;
            case "both" -> true;
            default -> throw words.error("is neither home nor both");
        };
        FlowState state = flowState(words.next("the state"));
        rig.crowd(sent().tuple().orElseThrow(), both, state, member(words.next("the member")));
    }

    /** {@code hand-over MEMBER}: every entry of the flow tables names that member, which may be another service's. */
    private void handOver(LayerWords words) {
        int member = member(words.next("the member"));
        rig.editEntries(entry -> FlowEntry.withMember(entry, member));
    }

    private static FlowState flowState(String word) {
        return FlowState.valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    // --- flows -------------------------------------------------------------------------------------------------------

    /** {@code flow none} or {@code flow STATE [MEMBER] [left DURATION]}: what the tables have of the last packet's flow. */
    private void flow(LayerWords words) {
        FlowTuple tuple =
                sent().tuple().orElseThrow(() -> new IllegalArgumentException("the last packet is of no flow"));
        Optional<TrackedFlow> flow = rig.flow(tuple);
        if (words.flag("none")) {
            assertThat(flow).as("entry of " + tuple).isEmpty();
            return;
        }
        FlowState state = flowState(words.next("the state"));
        Optional<Duration> left = words.option("left").map(ScenarioRun::duration);
        TrackedFlow entry = flow.orElseThrow(() -> new AssertionError("no entry of " + tuple));
        assertThat(entry.state()).as("state").isEqualTo(state);
        if (words.hasMore()) {
            assertThat(entry.member()).as("member").isEqualTo(member(words.next("the member")));
        }
        left.ifPresent(duration -> {
            int ticks = rig.datapath().clock().ticks(duration);
            assertThat(entry.remainingTicks()).as("ticks left").isBetween(ticks - 1, ticks);
        });
    }
}
