package dev.ballast.control.grpc;

import dev.ballast.control.journal.Revision;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.loop.Snapshot.Flows;
import dev.ballast.control.loop.Snapshot.Interface;
import dev.ballast.control.loop.Snapshot.Member;
import dev.ballast.control.loop.Snapshot.Progress;
import dev.ballast.control.loop.Snapshot.Service;
import dev.ballast.control.loop.Snapshot.Traffic;
import dev.ballast.control.loop.Snapshot.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** States for tests, with something in each field. */
public final class Snapshots {
    /** 2026-11-22T12:00:00Z. */
    public static final long NOW_UNIX_MS = 1_795_348_800_000L;

    public static final String CONFIG_YAML = "version: 1\nnode:\n  name: lb1 # Zürich\n";

    private Snapshots() {}

    /** The newest one of the sample. */
    public static final Revision REVISION = revision(7);

    private static Revision revision(long number) {
        return new Revision(
                number,
                number - 1,
                NOW_UNIX_MS,
                "uid:1000",
                "drain",
                "web/10.0.1.12",
                "3f2a",
                "",
                List.of("service web: 10.0.1.12 is drained"),
                "0123456789abcdef");
    }

    public static Snapshot sample() {
        return at(7, 0, sampleMembers());
    }

    /** The sample {@code seconds} later, when each member got 1,000 packets more a second. */
    public static Snapshot at(long revision, int seconds, List<Member> members) {
        Traffic forwarded = new Traffic(1_500_000 + seconds * 2_000L, 90_000_000 + seconds * 120_000L);
        List<Member> moved = members.stream()
                .map(member -> withPackets(member, member.forwarded().packets() + seconds * 1_000L))
                .toList();
        return new Snapshot(
                "lb1",
                "default",
                "0.1.0",
                4242,
                NOW_UNIX_MS - 11_520_000,
                NOW_UNIX_MS + seconds * 1_000L,
                NOW_UNIX_MS + seconds * 1_000L,
                revision,
                Progress.DONE,
                "",
                CONFIG_YAML,
                "{\"version\":1,\"node\":{\"name\":\"lb1\"}}",
                "3b185187f1855c4c",
                "90e31b5af1c0d2ee",
                List.of("ipv6", "gue"),
                List.of(
                        new Interface("eth0", 2, "native", "/sys/fs/bpf/ballast/default/links/eth0"),
                        new Interface("eth1", 3, "generic", "/sys/fs/bpf/ballast/default/links/eth1")),
                List.of(
                        new Service(
                                "web",
                                List.of("203.0.113.10:443/tcp", "[2001:db8:1::10]:443/tcp"),
                                "ipip",
                                "source",
                                "deny 198.51.100.0/24",
                                Progress.DONE,
                                "",
                                65537,
                                3,
                                NOW_UNIX_MS + 185_000,
                                moved,
                                forwarded,
                                Traffic.NONE,
                                Traffic.NONE,
                                new Traffic(12, 720),
                                4_000,
                                0,
                                2),
                        new Service(
                                "dns",
                                List.of("203.0.113.64/28:any/udp"),
                                "gue port 6080",
                                "5-tuple",
                                "everybody",
                                Progress.PENDING,
                                "waiting for the neighbour 10.0.1.21",
                                65537,
                                0,
                                0,
                                List.of(),
                                Traffic.NONE,
                                Traffic.NONE,
                                Traffic.NONE,
                                Traffic.NONE,
                                0,
                                0,
                                0)),
                List.of(
                        new Verdict("forwarded", "flow_hit", forwarded),
                        new Verdict("passed", "not_vip", new Traffic(99, 9_900)),
                        new Verdict("dropped", "no_member", new Traffic(12, 720)),
                        new Verdict("dropped", "too_big", Traffic.NONE)),
                List.of(new Snapshot.TransmitLoss("eth0", "queue_full", "the transmit queue was full", 7)),
                new Flows(4_194_304, 3_998, 12, NOW_UNIX_MS - 2_000),
                List.of("eth1 runs in generic mode: its driver has no native XDP; expect a tenth of the packet rate"),
                new Snapshot.Journal(3, 5, 4_096, "", Optional.of(revision(revision))),
                "file",
                new Snapshot.Digests("0123456789abcdef", () -> "fedcba9876543210"));
    }

    public static List<Member> sampleMembers() {
        return List.of(
                member("web/10.0.1.11", "in", "up", "", true, 0.6667),
                member("web/10.0.1.12", "in", "down", "connect: Connection refused", false, 0),
                member("web/2001:db8:2::13", "drain", "up", "", false, 0));
    }

    public static Member member(
            String name, String admin, String health, String reason, boolean inRing, double ringShare) {
        return new Member(
                name,
                name.substring(name.indexOf('/') + 1),
                100,
                admin,
                health,
                reason,
                NOW_UNIX_MS - 12_000,
                inRing,
                ringShare,
                "10.0.1.11 via 02:00:00:00:00:0b dev eth0",
                new Traffic(750_000, 45_000_000),
                1_999);
    }

    /** A state of a few megabytes, larger than the buffers of a socket and of HTTP/2. */
    public static Snapshot large(long revision) {
        return at(
                revision,
                0,
                IntStream.range(0, 10_000)
                        .mapToObj(i ->
                                member("web/10.1." + i / 250 + "." + i % 250, "in", "down", "x".repeat(200), false, 0))
                        .toList());
    }

    private static Member withPackets(Member member, long packets) {
        return new Member(
                member.name(),
                member.address(),
                member.weight(),
                member.admin(),
                member.health(),
                member.healthReason(),
                member.healthSinceUnixMs(),
                member.inRing(),
                member.ringShare(),
                member.nextHop(),
                new Traffic(packets, packets * 60),
                member.flows());
    }
}
