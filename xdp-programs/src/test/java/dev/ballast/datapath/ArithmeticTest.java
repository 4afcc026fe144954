package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Hash, ring slot and checksum: the C of the datapath and the Java of this package say the same. */
final class ArithmeticTest {
    private static final int ROUNDS = 5;
    private static final int CASES_A_ROUND = 200_000;
    private static final long SEED = 20261122;

    /** 10^9 unless {@code -Dballast.pairs} says otherwise; a second a hundred million. */
    private static final long PAIRS = Long.getLong("ballast.pairs", 1_000_000_000L);

    private static final int QUESTION_BYTES = 96;
    private static final int ANSWER_BYTES = 40;

    private static final List<HashMode> MODES =
            List.of(HashMode.SOURCE, HashMode.DESTINATION_PORT, HashMode.SOURCE_DESTINATION);

    /** One set of numbers to compute with. */
    private record Question(
            FlowHash hash,
            InetAddress source,
            int ports,
            int seed,
            int setBits,
            int ringSize,
            HashMode mode,
            byte[] ip) {
        static Question random(SplittableRandom random) {
            byte[] secret = new byte[16];
            byte[] address = new byte[random.nextBoolean() ? 4 : 16];
            byte[] ip = new byte[Frame.IPV4_BYTES];
            random.nextBytes(secret);
            random.nextBytes(address);
            random.nextBytes(ip);
            address[0] = 0x20; // an IPv4-mapped address would be IPv4 to Java
            ip[10] = ip[11] = 0;
            return new Question(
                    FlowHash.of(secret),
                    Addresses.of(address),
                    random.nextInt(),
                    random.nextInt(),
                    16 + random.nextInt(9),
                    1 + random.nextInt(RingRange.MAX_SLOTS),
                    MODES.get(random.nextInt(MODES.size())),
                    ip);
        }

        void write(ByteBuffer to) {
            to.putLong(hash.multiplier());
            for (int i = 0; i < FlowHash.KEYS; i++) {
                to.putInt(hash.key(i));
            }
            ByteBuffer address =
                    ByteBuffer.allocate(16).put(source.getAddress()).flip().limit(16);
            for (int i = 0; i < 4; i++) {
                to.putInt(address.getInt());
            }
            to.putInt(ports).putInt(seed).putInt(source.getAddress().length == 4 ? 4 : 6);
            to.putInt(setBits).putInt(ringSize).putInt(mode.code()).put(ip).putInt(0);
        }

        /** As {@code struct answer} of arithmetic.c. */
        List<Long> answer() {
            long value = hash.of(source, ports, seed);
            int tag = FlowEntry.tagOfHash(value);
            int home = FlowEntry.homeSet(value, setBits);
            return List.of(
                    value,
                    (long) tag,
                    (long) home,
                    (long) FlowEntry.spillSet(home, tag, setBits),
                    (long) new RingRange(0, ringSize).slotOf(tag),
                    (long) (~Frame.sum(ip) & 0xffff),
                    (long) hash.fold(source, seed),
                    hash.slot(source, ports & 0xffff, mode));
        }
    }

    @Test
    void c_and_java_hash_fold_pick_slots_and_sum_a_million_flows_alike() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            assertAlike(random);
        }
    }

    private static void assertAlike(SplittableRandom random) throws IOException {
        List<Question> questions = new ArrayList<>();
        ByteBuffer asked = ByteBuffer.allocate(CASES_A_ROUND * QUESTION_BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < CASES_A_ROUND; i++) {
            Question question = Question.random(random);
            questions.add(question);
            question.write(asked);
        }

        ByteBuffer answers = ask(asked.array());

        for (Question question : questions) {
            List<Long> answer = new ArrayList<>(List.of(answers.getLong()));
            for (int i = 0; i < 4; i++) {
                answer.add((long) answers.getInt());
            }
            answer.add((long) Short.toUnsignedInt(Short.reverseBytes((short) answers.getInt())));
            answer.add((long) answers.getInt());
            answer.add(answers.getLong());
            assertThat(answer).as("%s, seed %d", question, SEED).isEqualTo(question.answer());
        }
    }

    private static ByteBuffer ask(byte[] questions) throws IOException {
        Process process = new ProcessBuilder(NativeBuild.program("arithmetic").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            Thread writer = Thread.ofVirtual().start(() -> {
                try (var to = process.getOutputStream()) {
                    to.write(questions);
                } catch (IOException e) {
                    process.destroy(); // the reader then finds too little
                }
            });
            byte[] answers = process.getInputStream().readAllBytes();
            writer.interrupt();
            assertThat(answers).hasSize(CASES_A_ROUND * ANSWER_BYTES);
            return ByteBuffer.wrap(answers).order(ByteOrder.nativeOrder());
        } finally {
            process.destroy();
        }
    }

    /**
     * By chance, one pair in 7 x 10^13 does. A multiply-xorshift chain without keys inside collides in one pair of thousands,
     * and whoever knows the difference fills a single set.
     */
    @Test
    void no_difference_between_two_packets_makes_their_flows_collide() {
        String found = HostCommand.run(
                NativeBuild.program("arithmetic").toString(), Long.toString(SEED), Long.toString(PAIRS));

        assertThat(found.strip())
                .as("collisions in %d pairs, seed %d", PAIRS, SEED)
                .isEqualTo("0");
    }
}
