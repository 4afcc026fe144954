package dev.ballast.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a fleet in mid-upgrade depends on: a later version that built other rings from the same members would move flows. If this fails,
 * rings were changed incompatibly; golden-rings.txt is not to be written anew.
 */
class GoldenRingTest {
    static List<String> lines() throws IOException {
        try (InputStream file = GoldenRingTest.class.getResourceAsStream("golden-rings.txt")) {
            String text = new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
            return text.lines().filter(line -> !line.startsWith("#")).toList();
        }
    }

    private static int weight(String weights, int number) {
        return switch (weights) {
            case "equal" -> 100;
            case "different" -> 100 + number;
            case "mixed" -> new int[] {50, 100, 100, 100, 200, 400}[number % 6];
            case "skewed" -> number == 0 ? 10_000 : number < 10 ? 1_000 : 10 + number % 5;
            default -> throw new IllegalArgumentException(weights);
        };
    }

    private static RingKey key(String addresses, int number) {
        boolean v6 = addresses.equals("v6") || addresses.equals("both") && number % 2 == 1;
        return v6 ? new RingKey(0x2001_0db8L << 32, number, 16) : Members.key(number);
    }

    static String line(Ring ring, String described) {
        ByteBuffer slots = ByteBuffer.allocate(2 * ring.size().slots()).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.range(0, ring.size().slots()).forEach(slot -> slots.putShort((short) ring.slot(slot)));
        return described
                + " %016x ".formatted(SipHash.hash(Members.SECRET, slots.array()))
                + IntStream.range(0, 16)
                        .mapToObj(slot -> String.valueOf(ring.slot(slot)))
                        .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void aKnownSetHasTheRingThatItHadInTheFirstVersion(String line) {
        String[] words = line.split(" ");
        List<RingMember> members = IntStream.range(0, Integer.parseInt(words[1]))
                .mapToObj(number -> new RingMember(number, key(words[3], number), weight(words[2], number)))
                .toList();
        Ring ring = Maglev.build(members, new RingSize(Integer.parseInt(words[0])), Members.SECRET);
        assertThat(line(ring, String.join(" ", List.of(words).subList(0, 4)))).isEqualTo(line);
    }

    @Test
    void theRingOfAKnownSetNeverChanges() {
        Ring ring = Maglev.build(Members.weighted(5, number -> 100 + 50 * number), RingSize.DEFAULT, Members.SECRET);
        assertThat(line(ring, ""))
                .isEqualTo(" %016x 1 4 3 1 4 3 4 0 2 4 3 4 4 3 1 1".formatted(-3_104_598_480_822_685_499L));
    }

    @Test
    void theFileHasEachSizeThatMatters() throws IOException {
        assertThat(lines().stream().map(line -> line.split(" ")[0])).contains("251", "65537", "655373");
    }
}
