package dev.ballast.perf.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.datapath.Feature;
import dev.ballast.datapath.VerdictReason;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final Result EMPTY = Result.floor("empty", "nothing", 12, 12.5, 9, 9_000_000);
    private static final Result FLOWS = new Result(
            "flows-64k",
            "many flows",
            "0123456789abcdef",
            Set.of(Feature.GUE, Feature.IPV6),
            61,
            66.125,
            40,
            9,
            9_000_000,
            4 << 20,
            1 << 16,
            Optional.of(VerdictReason.FORWARDED_FLOW),
            Map.of(
                    VerdictReason.FORWARDED_UNTRACKED,
                    0.0000025,
                    VerdictReason.FORWARDED_NEW_FLOW,
                    0.000001,
                    VerdictReason.FORWARDED_FLOW,
                    0.9999965),
            OptionalDouble.of(1e-6),
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
                                + "\"object\":\"0123456789abcdef\",\"features\":[\"ipv6\",\"gue\"],\"floorMinNs\":40.00,"
                                + "\"tableFlows\":4194304,\"flows\":65536,\"hitRate\":0.9999965,\"untrackedShare\":3.5E-6,\"untrackedAim\":1.0E-6,"
                                + "\"verdicts\":{\"forwarded_flow\":0.9999965,\"forwarded_new_flow\":1.0E-6,"
                                + "\"forwarded_untracked\":2.5E-6},"
                                + "\"katranNs\":122.00,\"katranRatio\":0.500,\"aimRatio\":0.450,\"comparable\":false}");
    }

    @Test
    void where_flows_are_new_none_is_untracked_for_having_been_unknown() {
        Result flood = new Result(
                "flood",
                "",
                "0123456789abcdef",
                Set.of(),
                50,
                51,
                40,
                9,
                9_000_000,
                4 << 20,
                1L << 32,
                Optional.of(VerdictReason.FORWARDED_NEW_FLOW),
                Map.of(VerdictReason.FORWARDED_NEW_FLOW, 1.0),
                OptionalDouble.empty(),
                Optional.empty());

        assertThat(flood.untrackedShare()).isEmpty();
        assertThat(Report.json(List.of(EMPTY, flood)).getLast()).doesNotContain("untrackedShare");
    }

    @Test
    void a_share_of_untracked_packets_above_its_aim_is_marked() {
        assertThat(Report.table(List.of(EMPTY, FLOWS)).get(2)).contains(" 3.5e-06! ");
    }

    @Test
    void on_another_machine_the_table_ends_by_saying_what_the_ratios_are_not() {
        Result likeTheirs = Result.floor("empty", "nothing", 6.5, 6.6, 9, 9_000_000);

        assertThat(Report.table(List.of(EMPTY, FLOWS)).getLast()).contains("`empty` costs 12.0 ns here and 6 on");
        assertThat(Report.table(List.of(likeTheirs, FLOWS)).getLast()).contains("flows-64k");
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
                FLOWS.features(),
                50,
                51,
                40,
                9,
                9_000_000,
                4 << 20,
                1 << 16,
                FLOWS.expected(),
                FLOWS.shares(),
                FLOWS.untrackedAim(),
                Optional.empty());

        assertThat(Report.table(List.of(EMPTY, FLOWS)).get(2)).endsWith("many flows");
        assertThat(Report.table(List.of(EMPTY, FLOWS, other)).get(3)).endsWith("fedcba9876543210");
    }
}
