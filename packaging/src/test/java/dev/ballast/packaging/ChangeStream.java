package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.lab.Subnet;
import dev.ballast.v1.ApplyRequest;
import dev.ballast.v1.ChangeOptions;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.ConfigGrpc;
import dev.ballast.v1.DrainRequest;
import dev.ballast.v1.Edit;
import dev.ballast.v1.EditRequest;
import dev.ballast.v1.HistoryRequest;
import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.OperationGrpc;
import dev.ballast.v1.Progress;
import dev.ballast.v1.Revision;
import dev.ballast.v1.StatusReply;
import io.grpc.StatusRuntimeException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A client that changes the service {@code web} again and again, by file, by edit, by drain, until nobody answers any more; it knows
 * what was acknowledged, as which revision, and which change is in doubt. One thread.
 */
final class ChangeStream {
    private static final int CALL_LIMIT_S = 60;
    private static final int FEWEST_MEMBERS = 3;

    /** Weights by the number of the backend, and which of them are drained by command. */
    private record State(SortedMap<Integer, Integer> weights, SortedSet<Integer> drained) {
        State copy() {
            return new State(new TreeMap<>(weights), new TreeSet<>(drained));
        }
    }

    /**
     * A change.
     *
     * @param after what it leads to
     */
    private record Asked(String requestId, State after, Function<ChangeOptions, ChangeReply> call) {}

    private final ProductLab product;
    private final int backends;
    private final Random random;
    private final NavigableMap<Long, Asked> acknowledged = new TreeMap<>();
    private State state = new State(new TreeMap<>(), new TreeSet<>());
    private Optional<Asked> inDoubt = Optional.empty();
    private int requests;

    ChangeStream(ProductLab product, int backends, Random random) {
        this.product = product;
        this.backends = backends;
        this.random = random;
    }

    /** Changes until the daemon is gone; answers with how many changes were acknowledged. */
    int run() {
        int before = acknowledged.size();
        while (true) {
            Asked next = next();
            try {
                note(next, call(next));
            } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode()).as(e.toString()).isEqualTo(io.grpc.Status.Code.UNAVAILABLE);
                inDoubt = Optional.of(next);
                return acknowledged.size() - before;
            }
        }
    }

    private static ChangeReply call(Asked asked) {
        return asked.call.apply(ChangeOptions.newBuilder()
                .setAllowDelete(true)
                .setRequestId(asked.requestId)
                .build());
    }

    private void note(Asked asked, ChangeReply reply) {
        assertThat(reply.getProgress()).as(reply.toString()).isEqualTo(Progress.DONE);
        if (!acknowledged.isEmpty()) {
            assertThat(reply.getRevision())
                    .as("the revision of the next change")
                    .isEqualTo(acknowledged.lastKey() + 1);
        }
        acknowledged.put(reply.getRevision(), asked);
        state = asked.after;
    }

    // --- what is asked for ---------------------------------------------------------------------------------------

    private Asked next() {
        String id = "request-" + ++requests;
        State after = state.copy();
        if (after.weights.isEmpty() || random.nextInt(4) == 0) {
            return apply(id, after);
        }
        List<Integer> members = List.copyOf(after.weights.keySet());
        int one = members.get(random.nextInt(members.size()));
        return random.nextBoolean() ? edit(id, after, one) : drain(id, after, one);
    }

    /** Half of the backends at least, all with other weights. */
    private Asked apply(String id, State after) {
        SortedMap<Integer, Integer> before = new TreeMap<>(after.weights);
        after.weights.clear();
        for (int number = 1; number <= backends; number++) {
            if (number <= FEWEST_MEMBERS || random.nextBoolean()) {
                after.weights.put(number, otherWeight(before.getOrDefault(number, 0)));
            }
        }
        after.drained.retainAll(after.weights.keySet());
        List<String> members = after.weights.entrySet().stream()
                .map(each -> "{address: \"%s\", weight: %d}".formatted(address(each.getKey()), each.getValue()))
                .toList();
        ConfigText file = ConfigText.empty().with("web", product.webVips(), members, "health: {initial: up}");
        return new Asked(
                id,
                after,
                options -> config().apply(ApplyRequest.newBuilder()
                        .setYaml(ByteString.copyFromUtf8(file.toString()))
                        .setFileName("stream.yaml")
                        .setOptions(options)
                        .build()));
    }

    private Asked edit(String id, State after, int one) {
        int weight = otherWeight(after.weights.get(one));
        after.weights.put(one, weight);
        return new Asked(
                id,
                after,
                options -> config().edit(EditRequest.newBuilder()
                        .addEdits(Edit.newBuilder()
                                .setPath("services.web.backends[%s].weight".formatted(address(one)))
                                .setValue(String.valueOf(weight)))
                        .setOptions(options)
                        .build()));
    }

    /** Never the last one that is not drained. */
    private Asked drain(String id, State after, int one) {
        boolean undrain = after.drained.remove(one);
        if (!undrain && after.drained.size() + 1 == after.weights.size()) {
            return edit(id, after, one);
        }
        if (!undrain) {
            after.drained.add(one);
        }
        return new Asked(id, after, options -> {
            DrainRequest request = DrainRequest.newBuilder()
                    .setMember(product.member(one))
                    .setOptions(options)
                    .build();
            return undrain ? operation().undrain(request) : operation().drain(request);
        });
    }

    private int otherWeight(int than) {
        int weight = 1 + random.nextInt(99);
        return weight < than ? weight : weight + 1;
    }

    private String address(int number) {
        return Subnet.text(product.lab().backend(number).address4());
    }

    private ConfigGrpc.ConfigBlockingStub config() {
        return ConfigGrpc.newBlockingStub(product.balancer().channel())
                .withDeadlineAfter(CALL_LIMIT_S, TimeUnit.SECONDS);
    }

    private OperationGrpc.OperationBlockingStub operation() {
        return OperationGrpc.newBlockingStub(product.balancer().channel())
                .withDeadlineAfter(CALL_LIMIT_S, TimeUnit.SECONDS);
    }

    // --- what has to be there ------------------------------------------------------------------------------------

    /**
     * The running daemon, started after one that was killed, is at the last change that was acknowledged or, as a whole, at the one
     * in doubt; asked for that once more, it has it once.
     */
    void assertNothingLost(String when) {
        long last = acknowledged.lastKey();
        Asked unanswered = inDoubt.orElseThrow();
        StatusReply restored = product.balancer()
                .await(status -> status.getProgress() == Progress.DONE, "is in sync with what it restored");
        assertThat(restored.getRevision()).as("the revision, %s", when).isBetween(last, last + 1);
        assertInForce(restored, restored.getRevision() == last ? state : unanswered.after, when);

        note(unanswered, call(unanswered));
        inDoubt = Optional.empty();
        assertInForce(product.status(), state, "asked again, " + when);
        assertThat(history()).as("the ids of all revisions, %s", when).containsAllEntriesOf(acknowledgedIds());
    }

    private Map<Long, String> acknowledgedIds() {
        return acknowledged.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue().requestId));
    }

    private Map<Long, String> history() {
        return config().history(HistoryRequest.newBuilder().setLimit(1_000).build()).getRevisionsList().stream()
                .collect(Collectors.toMap(Revision::getRevision, Revision::getRequestId));
    }

    private void assertInForce(StatusReply status, State wanted, String when) {
        List<String> members = new ArrayList<>();
        for (MemberStatus member : ProductLab.service(status, "web").getMembersList()) {
            if (!member.getAdmin().equals("leaving")) {
                members.add("%s %d %s".formatted(member.getAddress(), member.getWeight(), member.getAdmin()));
            }
        }
        assertThat(members)
                .as("members, %s", when)
                .containsExactlyInAnyOrderElementsOf(wanted.weights.entrySet().stream()
                        .map(each -> "%s %d %s"
                                .formatted(
                                        address(each.getKey()),
                                        each.getValue(),
                                        wanted.drained.contains(each.getKey()) ? "drain" : "in"))
                        .toList());

        SortedMap<Integer, Integer> inRing = new TreeMap<>(wanted.weights);
        inRing.keySet().removeAll(wanted.drained);
        double total = inRing.values().stream().mapToInt(Integer::intValue).sum();
        Map<InetAddress, Integer> slots = slots();
        int size = slots.values().stream().mapToInt(Integer::intValue).sum();
        assertThat(slots.keySet())
                .as("members in the pinned ring, %s", when)
                .containsExactlyInAnyOrderElementsOf(inRing.keySet().stream()
                        .map(number -> product.lab().backend(number).address4())
                        .toList());
        inRing.forEach((number, weight) -> assertThat(
                        slots.get(product.lab().backend(number).address4()).doubleValue())
                .as("slots of backend %d in the pinned ring, %s", number, when)
                .isBetween(Math.floor(size * weight / total) - 1, Math.ceil(size * weight / total) + 1));
    }

    /** How many slots each backend has, by the maps themselves. */
    private Map<InetAddress, Integer> slots() {
        Map<InetAddress, Integer> slots = new HashMap<>();
        try (Datapath tables = product.tables()) {
            int service = tables.services().used().getFirst();
            ServiceRow row = tables.services().read(service).orElseThrow();
            Map<Integer, MemberRow> members = tables.members().list();
            MemorySegment ring =
                    tables.rings().slots(tables.services().ring(service).range().orElseThrow());
            for (short local : ring.toArray(ValueLayout.JAVA_SHORT)) {
                int id = row.memberBase() + Short.toUnsignedInt(local);
                slots.merge(members.get(id).backend(), 1, Integer::sum);
            }
        }
        return slots;
    }
}
