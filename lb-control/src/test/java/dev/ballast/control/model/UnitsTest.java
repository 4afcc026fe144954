package dev.ballast.control.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
    @ParameterizedTest
    @CsvSource({"250ms, 250", "2s, 2000", "15m, 900000", "1h, 3600000", "0s, 0", "007s, 7000"})
    void a_duration_is_a_whole_number_and_a_unit(String text, long ms) {
        assertThat(Units.parseDuration(text)).isEqualTo(Duration.ofMillis(ms));
    }

    @ParameterizedTest
    @CsvSource({"1000, 1s", "1500, 1500ms", "90000, 90s", "60000, 1m", "7200000, 2h", "0, 0s"})
    void a_duration_prints_in_its_largest_whole_unit(long ms, String text) {
        assertThat(Units.printDuration(Duration.ofMillis(ms))).isEqualTo(text);
    }

    @Property
    void a_duration_prints_to_what_reads_back(@ForAll @LongRange(max = 10_000_000_000L) long ms) {
        Duration duration = Duration.ofMillis(ms);
        assertThat(Units.parseDuration(Units.printDuration(duration))).isEqualTo(duration);
    }

    @Property
    void a_size_prints_to_what_reads_back(@ForAll @LongRange(max = 1L << 40) long kibi) {
        assertThat(Units.parseSize(Units.printSize(kibi * 1024))).isEqualTo(kibi * 1024);
    }

    @Property
    void a_share_prints_to_what_reads_back(@ForAll @IntRange(max = 10_000) int basisPoints) {
        Percent percent = new Percent(basisPoints);
        assertThat(Units.parsePercent(percent.toString())).isEqualTo(percent);
    }

    @ParameterizedTest
    @CsvSource({"64Ki, 65536", "4Mi, 4194304", "1Gi, 1073741824"})
    void a_size_is_a_whole_number_and_a_binary_unit(String text, long size) {
        assertThat(Units.parseSize(text)).isEqualTo(size);
        assertThat(Units.printSize(size)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0%, 0", "10%, 1000", "0.1%, 10", "0.05%, 5", "0.25%, 25", "100%, 10000"})
    void a_share_has_up_to_two_decimals(String text, int basisPoints) {
        assertThat(Units.parsePercent(text)).isEqualTo(new Percent(basisPoints));
        assertThat(new Percent(basisPoints)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"15", "0", "1.5"})
    void a_bare_number_has_no_unit(String text) {
        assertThatThrownBy(() -> Units.parseDuration(text)).hasMessage("has no unit");
        assertThatThrownBy(() -> Units.parseSize(text)).hasMessage("has no unit");
        assertThatThrownBy(() -> Units.parsePercent(text)).hasMessage("has no unit");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "-1s", "1.5s", "1 s", "1S", "1d", "1h30m", "ms1", "4Mi", "٣s"})
    void what_is_no_duration_is_refused(String text) {
        assertThatThrownBy(() -> Units.parseDuration(text)).hasMessage("is not a duration");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Mi", "4M", "4mi", "4MiB", "-4Mi", "0.5Gi", "4 Mi", "15m"})
    void what_is_no_size_is_refused(String text) {
        assertThatThrownBy(() -> Units.parseSize(text)).hasMessage("is not a size");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "%", "-1%", "1.%", ".1%", "0.123%", "1 %", "1%%", "1000%"})
    void what_is_no_share_is_refused(String text) {
        assertThatThrownBy(() -> Units.parsePercent(text)).hasMessage("is not a percentage");
    }

    @ParameterizedTest
    @ValueSource(strings = {"999999999999999h", "999999999999999Gi"})
    void what_does_not_fit_is_too_large(String text) {
        assertThatThrownBy(() -> {
                    if (text.endsWith("h")) {
                        Units.parseDuration(text);
                    } else {
                        Units.parseSize(text);
                    }
                })
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("is too large");
    }

    @ParameterizedTest
    @ValueSource(strings = {"100.01%", "101%", "999%"})
    void a_share_is_at_most_all(String text) {
        assertThatThrownBy(() -> Units.parsePercent(text)).hasMessage("is more than 100%");
    }
}
