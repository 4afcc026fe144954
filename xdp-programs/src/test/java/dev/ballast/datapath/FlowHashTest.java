package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class FlowHashTest {
    private static final byte[] SECRET = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** Balancers of one fleet may run different releases: these must never change. */
    @Test
    void the_hash_of_a_secret_is_the_same_in_every_release() {
        FlowHash hash = FlowHash.of(SECRET);
        VipSeeds seeds = VipSeeds.of(SECRET);
        int seed4 = seeds.seed(Frame.address("203.0.113.10"), 32, Protocol.TCP.number());
        int seed6 = seeds.seed(Frame.address("2001:db8:1::10"), 128, Protocol.UDP.number());

        assertThat(new long[] {
                    seed4,
                    seed6,
                    hash.of(Frame.address("198.51.100.7"), 40000 << 16 | 443, seed4),
                    hash.of(Frame.address("2001:db8:9::7"), 40000 << 16 | 443, seed6)
                })
                .containsExactly(-1136817434, -747048314, -8588769227064038763L, 6112316418232899072L);
    }

    @Test
    void another_secret_or_seed_gives_another_hash() {
        FlowHash hash = FlowHash.of(SECRET);
        FlowHash other = FlowHash.of("0123456789abcdeg".getBytes(StandardCharsets.US_ASCII));

        assertThat(hash.of4(1, 2, 3)).isNotEqualTo(other.of4(1, 2, 3)).isNotEqualTo(hash.of4(1, 2, 4));
        assertThat(hash.of6(1, 2, 3, 4)).isNotEqualTo(other.of6(1, 2, 3, 4)).isNotEqualTo(hash.of6(1, 2, 3, 5));
    }

    @Test
    void a_short_secret_is_refused() {
        assertThatThrownBy(() -> FlowHash.of(new byte[15])).hasMessageContaining("at least 16");
    }

    /**
     * Pairs that differ by one fixed amount must not collide more often than chance: in what an entry keeps (46 bits) not once
     * in 2 million. A multiply-xorshift chain collides here once in some thousand.
     */
    @Test
    void no_difference_between_two_packets_makes_them_collide() {
        SplittableRandom random = new SplittableRandom(11);
        int[][] differences = {
            {1, 1}, {1, 0}, {0, 1}, {0x8000_0000, 0x8000_0000}, {1 << 16, 1}, {-1, 1}, {0x8000_0000, 0}, {0x1_0001, -1}
        };
        for (int[] difference : differences) {
            for (int round = 0; round < 250_000; round++) {
                FlowHash hash = round % 1000 == 0 ? randomHash(random) : current;
                current = hash;
                int source = random.nextInt();
                int ports = random.nextInt();
                long one = hash.of4(source, ports, 5);
                long two = hash.of4(source ^ difference[0], ports ^ difference[1], 5);
                assertThat(one >>> FlowEntry.HASH_TAG_SHIFT).isNotEqualTo(two >>> FlowEntry.HASH_TAG_SHIFT);
            }
        }
    }

    private FlowHash current = FlowHash.of(SECRET);

    private static FlowHash randomHash(SplittableRandom random) {
        byte[] secret = new byte[16];
        random.nextBytes(secret);
        return FlowHash.of(secret);
    }

    /** Consecutive ports, as one client uses them, spread over sets and ring slots like random ones. */
    @Test
    void the_flows_of_one_client_spread_evenly() {
        FlowHash hash = FlowHash.of(SECRET);
        int[] sets = new int[1 << 8];
        int[] slots = new int[100];
        int flows = 1 << 16;
        for (int port = 0; port < flows; port++) {
            long value = hash.of4(0xc6336407, port << 16 | 443, 77);
            sets[FlowEntry.homeSet(value, 8)]++;
            slots[(int) ((long) FlowEntry.tagOfHash(value) * slots.length >>> FlowEntry.TAG_BITS)]++;
        }
        assertThat(chiSquare(sets, flows)).isLessThan(256 + 6 * Math.sqrt(2 * 256));
        assertThat(chiSquare(slots, flows)).isLessThan(100 + 6 * Math.sqrt(2 * 100));
    }

    private static double chiSquare(int[] counts, int total) {
        double expected = (double) total / counts.length;
        double sum = 0;
        for (int count : counts) {
            sum += (count - expected) * (count - expected) / expected;
        }
        return sum;
    }
}
