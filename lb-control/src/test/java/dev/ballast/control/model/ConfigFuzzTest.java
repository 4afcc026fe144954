package dev.ballast.control.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A valid file, damaged at random: whatever comes of it is a configuration that can be written and read again, or
 * errors of one line each. The seed is in every failure; {@code -Dballast.seed=N} runs it again.
 */
class ConfigFuzzTest {
    private static final int ROUNDS = 12_000;

    /** What files are made of, and what other programs trip over. */
    private static final List<String> FRAGMENTS = List.of(
            "\n",
            " ",
            "  ",
            "\t",
            ":",
            ": ",
            "- ",
            ",",
            "[",
            "]",
            "{",
            "}",
            "\"",
            "'",
            "#",
            "&a ",
            "*a",
            "!!int ",
            "|\n",
            ">\n",
            "? ",
            "---\n",
            "...\n",
            "<<: ",
            "%YAML 1.1\n",
            "~",
            "null",
            "0",
            "-1",
            "99999999999",
            "0x",
            "1e9",
            "::",
            "/",
            "%",
            "\ufeff",
            "\u2028",
            "\u0085",
            "\uD83D\uDE80",
            "\\x",
            "any",
            "udp",
            "vips: []",
            "port: 1",
            "bgp: {}",
            "true",
            ".inf");

    @Test
    @Timeout(300) // a hang, not slowness: a round takes about a millisecond
    void a_damaged_file_is_read_or_refused_and_nothing_else() throws Exception {
        byte[] valid = Files.readAllBytes(Path.of("..", "packaging", "config", "example.yaml"));
        long seed = Long.getLong("ballast.seed", new Random().nextLong());
        Random random = new Random(seed);
        int read = 0;
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] damaged = valid;
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                damaged = damage(damaged, random);
            }
            try {
                if (isReadAgain(damaged)) {
                    read++;
                } else {
                    refused++;
                }
            } catch (Throwable e) {
                throw new AssertionError(
                        "seed " + seed + ", round " + round + ", file:\n" + new String(damaged, UTF_8), e);
            }
        }
        assertThat(read).as("files that are still valid, seed %d", seed).isGreaterThan(ROUNDS / 100);
        assertThat(refused)
                .as("files that are not valid any more, seed %d", seed)
                .isGreaterThan(ROUNDS / 4);
    }

    private static boolean isReadAgain(byte[] file) {
        Config config;
        try {
            config = ConfigReader.read("fuzz.yaml", file);
        } catch (ConfigException e) {
            assertThat(e.errors()).isNotEmpty().hasSizeLessThanOrEqualTo(20).allSatisfy(error -> {
                assertThat(error.line()).isPositive();
                assertThat(error.column()).isPositive();
                assertThat(error.toString()).matches("[^\\p{Cc}\\u2028\\u2029]+");
            });
            return false;
        }
        assertThat(Configs.read(ConfigWriter.toYaml(config))).isEqualTo(config);
        return true;
    }

    private static byte[] damage(byte[] file, Random random) {
        int at = random.nextInt(file.length + 1);
        int end = Math.min(file.length, at + 1 + random.nextInt(random.nextBoolean() ? 3 : 60));
        byte[] slice = Arrays.copyOfRange(file, at, end);
        return switch (random.nextInt(6)) {
            case 0 -> splice(file, at, end, new byte[0]);
            case 1 ->
                splice(
                        file,
                        at,
                        at,
                        FRAGMENTS.get(random.nextInt(FRAGMENTS.size())).getBytes(UTF_8));
            case 2 ->
                splice(
                        file,
                        at,
                        end,
                        FRAGMENTS.get(random.nextInt(FRAGMENTS.size())).getBytes(UTF_8));
            case 3 -> splice(file, at, Math.min(file.length, at + 1), new byte[] {(byte) random.nextInt(256)});
            case 4 -> {
                int to = random.nextInt(file.length + 1);
                yield splice(file, to, to, slice);
            }
            default -> {
                int digit = at;
                while (digit < file.length && !Character.isDigit(file[digit])) {
                    digit++;
                }
                byte[] another = {(byte) ('0' + random.nextInt(10))};
                yield digit == file.length ? file : splice(file, digit, digit + 1, another);
            }
        };
    }

    private static byte[] splice(byte[] file, int from, int to, byte[] replacement) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(file.length + replacement.length);
        out.write(file, 0, from);
        out.writeBytes(replacement);
        out.write(file, to, file.length - to);
        return out.toByteArray();
    }
}
