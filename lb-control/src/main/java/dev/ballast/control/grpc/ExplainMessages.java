package dev.ballast.control.grpc;

import dev.ballast.control.inspect.Inspector.Explained;
import dev.ballast.control.inspect.Inspector.NamedMember;
import dev.ballast.control.inspect.Steps;
import dev.ballast.control.inspect.TcpFlag;
import dev.ballast.control.model.Address;
import dev.ballast.datapath.Explanation;
import dev.ballast.datapath.FlowTuple;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.Probe;
import dev.ballast.datapath.Protocol;
import dev.ballast.v1.ExplainReply;
import dev.ballast.v1.ExplainRequest;
import dev.ballast.v1.ExplainedFlow;
import dev.ballast.v1.ExplainedMember;
import dev.ballast.v1.ExplainedRing;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The packet that an {@link ExplainRequest} means, and the reply to it. */
final class ExplainMessages {
    private static final Pattern ENDPOINT = Pattern.compile("([0-9.]+|\\[[0-9a-fA-F:.]+])(?::([0-9]{1,5}))");
    private static final int SHORTEST_FRAME = 64;
    private static final int LONGEST_FRAME = 9_216;
    private static final int MAX_PORT = 65_535;

    private ExplainMessages() {}

    /** @throws io.grpc.StatusRuntimeException if there is no such packet */
    static Probe probe(ExplainRequest request) {
        Protocol protocol = word("protocol", request.getProtocol(), Protocol.class);
        FlowTuple source = half("source", request.getSource(), protocol);
        FlowTuple destination = half("destination", request.getDestination(), protocol);
        if (source.source().getClass() != destination.source().getClass()) {
            throw Failures.invalid(
                    "source",
                    request.getSource(),
                    "an address of the destination's family",
                    "source " + request.getSource() + " and destination " + request.getDestination()
                            + " are not of one family: give two IPv4 or two IPv6 addresses");
        }
        int flags = 0;
        for (String flag : request.getTcpFlagsList()) {
            flags |= word("tcp_flags", flag, TcpFlag.class).bit();
        }
        if (protocol == Protocol.UDP && flags != 0) {
            throw Failures.invalid("tcp_flags", "", "none", "UDP has no flags: leave them out");
        }
        int length = request.getLength() == 0 ? SHORTEST_FRAME : request.getLength();
        if (length < SHORTEST_FRAME || length > LONGEST_FRAME) {
            String given = Integer.toUnsignedString(length);
            String allowed = SHORTEST_FRAME + " to " + LONGEST_FRAME + " bytes";
            throw Failures.invalid("length", given, allowed, "a frame of " + given + " bytes: give " + allowed);
        }
        return new Probe(
                new FlowTuple(
                        source.source(), source.sourcePort(), destination.source(), destination.sourcePort(), protocol),
                protocol == Protocol.TCP && flags == 0 ? Probe.ACK : flags,
                length);
    }

    private static <E extends Enum<E>> E word(String path, String given, Class<E> words) {
        return Arrays.stream(words.getEnumConstants())
                .filter(each -> each.name().equalsIgnoreCase(given))
                .findFirst()
                .orElseThrow(() -> {
                    String allowed = Arrays.stream(words.getEnumConstants())
                            .map(each -> each.name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "));
                    return Failures.invalid(
                            path, given, allowed, "%s is \"%s\": give one of %s".formatted(path, given, allowed));
                });
    }

    /** One end, as both ends of a flow. */
    private static FlowTuple half(String path, String given, Protocol protocol) {
        Matcher matcher = ENDPOINT.matcher(given);
        try {
            if (matcher.matches() && Integer.parseInt(matcher.group(2)) <= MAX_PORT) {
                InetAddress address = Address.parse(matcher.group(1).replaceAll("[\\[\\]]", ""))
                        .toInetAddress();
                int port = Integer.parseInt(matcher.group(2));
                return new FlowTuple(address, port, address, port, protocol);
            }
        } catch (IllegalArgumentException e) {
            // As any other that is no address.
        }
        String allowed = "an address and a port, such as 203.0.113.10:443 or [2001:db8::10]:443";
        throw Failures.invalid(path, given, allowed, "%s \"%s\" is not %s".formatted(path, given, allowed));
    }

    static ExplainReply reply(Probe probe, Explained explained) {
        Explanation explanation = explained.explanation();
        ExplainReply.Builder reply = ExplainReply.newBuilder()
                .setClass_(explanation.outcome().reason().verdictClass().label())
                .setReason(explanation.outcome().reason().label())
                .setExplanation(Steps.words(explanation.outcome().reason()))
                .setProgramTag(explained.tag())
                .setRevision(explained.revision())
                .setService(explained.service())
                .addAllSteps(Steps.of(probe, explained));
        explanation.vip().ifPresent(vip -> reply.setVip(Steps.vip(vip)));
        explanation.flow().ifPresent(flow -> reply.setFlow(flow(explained, flow)));
        explanation.ring().ifPresent(ring -> reply.setRing(ring(explained, ring)));
        explanation.member().ifPresent(member -> reply.setMember(member(explained, member)));
        return reply.build();
    }

    private static ExplainedFlow flow(Explained explained, Explanation.Flow flow) {
        return ExplainedFlow.newBuilder()
                .setTable(flow.halfOpen() ? "half-open" : "main")
                .setState(flow.entry().state().name().toLowerCase(Locale.ROOT))
                .setMember(explained.name(flow.entry().member()))
                .setExpiresS(Math.toIntExact(flow.remainingS()))
                .setUsed(explained.explanation().followsFlow())
                .build();
    }

    private static ExplainedRing ring(Explained explained, Explanation.Ring ring) {
        return ExplainedRing.newBuilder()
                .setSize(ring.slots())
                .setGeneration(ring.generation())
                .setSlot(ring.slot())
                .setMember(explained.name(ring.member()))
                .setPreviousMember(explained.name(ring.previous()))
                .build();
    }

    private static ExplainedMember member(Explained explained, MemberRow row) {
        Optional<NamedMember> named = explained.explanation().outcome().member().stream()
                .mapToObj(id -> Optional.ofNullable(explained.members().get(id)))
                .flatMap(Optional::stream)
                .findFirst();
        ExplainedMember.Builder member = ExplainedMember.newBuilder()
                .setName(named.map(NamedMember::name).orElse(""))
                .setAddress(Address.of(row.backend()).toString())
                .setState(row.state().name().toLowerCase(Locale.ROOT))
                .setHealth(named.map(NamedMember::health).orElse(""))
                .setAdmin(named.map(NamedMember::admin).orElse(""))
                .setChosenBy(Steps.chosenBy(explained.explanation()))
                .setEncap(row.encap().name().toLowerCase(Locale.ROOT))
                .setNextHop(Steps.nextHop(row));
        Steps.outerSource(explained.explanation()).ifPresent(source -> member.setOuterSource(source.toString()));
        return member.setOuterDestination(Address.of(row.backend()).toString()).build();
    }
}
