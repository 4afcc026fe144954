package dev.ballast.perf.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.datapath.VerdictReason;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final Result EMPTY = Result.floor("empty", "nothing", 12, 12.5, 9, 9_000_000);
    private static final Result FLOWS = new Result(
            "flows-64k",
            "many flows",
            "0123456789abcdef",
            61,
            66.125,
            40,
            9,
            9_000_000,
            4 << 20,
            1 << 16,
            Map.of(VerdictReason.FORWARDED_UNTRACKED, 0.0000025, VerdictReason.FORWARDED_FLOW, 0.9999975),
            Optional.of(new Reference(122, 0.45)));

    private final Locale locale = Locale.getDefault();

    @AfterEach
    void restoreLocale() {
        Locale.setDefault(locale);
    }

    @Test
    void json_has_one_object_a_line_with_the_figures_and_what_they_are_of() {
        assertThat(Report.json(List.of(EMPTY, FLOWS)))
                .containsExactly(
                        "{\"name\":\"empty\",\"netMinNs\":12.00,\"netMedianNs\":12.50,\"runs\":9,\"packets\":9000000}",
                        "{\"name\":\"flows-64k\",\"netMinNs\":61.00,\"netMedianNs\":66.13,\"runs\":9,\"packets\":9000000,"
                                + "\"object\":\"0123456789abcdef\",\"floorMinNs\":40.00,\"tableFlows\":4194304,\"flows\":65536,"
                                + "\"hitRate\":0.9999975,\"untrackedShare\":2.5E-6,"
                                + "\"verdicts\":{\"forwarded_flow\":0.9999975,\"forwarded_untracked\":2.5E-6},"
                                + "\"katranNs\":122.00,\"katranRatio\":0.500,\"scaledRatio\":0.250,\"aimRatio\":0.450}");
    }

    @Test
    void numbers_have_a_point_whatever_the_locale() {
        Locale.setDefault(Locale.GERMANY);

        assertThat(Report.json(List.of(EMPTY, FLOWS))).noneMatch(line -> line.contains("12,5"));
        assertThat(Report.table(List.of(EMPTY, FLOWS))).anyMatch(line -> line.contains("66.13"));
    }

    @Test
    void the_table_says_what_a_line_is_or_which_object_when_there_are_two() {
        Result other = new Result(
                FLOWS.name(),
                FLOWS.what(),
                "fedcba9876543210",
                50,
                51,
                40,
                9,
                9_000_000,
                4 << 20,
                1 << 16,
                FLOWS.shares(),
                Optional.empty());

        assertThat(Report.table(List.of(EMPTY, FLOWS)).getLast()).endsWith("many flows");
        assertThat(Report.table(List.of(EMPTY, FLOWS, other)).getLast()).endsWith("fedcba9876543210");
    }
}
