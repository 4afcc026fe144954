package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.ChangeRefusedException.Problem;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Control.Preview;
import dev.ballast.control.model.Units;
import dev.ballast.control.plan.Certainty;
import dev.ballast.control.plan.DisruptionReport;
import dev.ballast.control.plan.Manner;
import dev.ballast.control.plan.SlotMoves;
import dev.ballast.control.plan.Stake;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.MemberState;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said beforehand of a change, and what may not be done without a word, beside what the kernel then holds. */
@Timeout(120)
class BudgetKernelTest extends WriterOverKernel {
    private static final ChangeOptions MEANT =
            new ChangeOptions(0, false, false, true, Optional.empty(), Control.Origin.DAEMON);

    private static String untracked(int... backends) {
        return web(backends) + "  flows: {track: false}\n";
    }

    private static String limited(String percent, String services) {
        return one(services).replace("defaults:", "fleet: {maxDisruption: " + percent + "}\ndefaults:");
    }

    private static ChangeOptions within(String percent) {
        return new ChangeOptions(
                0, false, false, true, Optional.of(Units.parsePercent(percent)), Control.Origin.DAEMON);
    }

    private static ChangeOptions dryRun(ChangeOptions options) {
        return new ChangeOptions(
                options.expectedRevision(),
                true,
                options.noWait(),
                options.allowDelete(),
                options.maxDisruption(),
                Control.Origin.DAEMON);
    }

    /** The members that the kernel's ring names, slot by slot. */
    private List<String> ringOfKernel() {
        Map<Integer, MemberRow> members = members();
        int base = kernel(tables -> tables.services().read(0).orElseThrow().memberBase());
        byte[] slots = slots(0);
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < slots.length; i += Short.BYTES) {
            int index = Byte.toUnsignedInt(slots[i]) | Byte.toUnsignedInt(slots[i + 1]) << 8;
            addresses.add(members.get(base + index).backend().getHostAddress());
        }
        return addresses;
    }

    private static SlotMoves only(DisruptionReport report) {
        assertThat(report.services()).hasSize(1);
        return report.services().getFirst().slots().orElseThrow();
    }

    private void assertMovedAsSaid(SlotMoves said, List<String> before) {
        List<String> after = ringOfKernel();
        assertThat(said.slots()).isEqualTo(before.size()).isEqualTo(after.size());
        assertThat(said.moved()).isPositive().isEqualTo((int) IntStream.range(0, after.size())
                .filter(slot -> !before.get(slot).equals(after.get(slot)))
                .count());
        assertThat(said.certainty()).isEqualTo(Certainty.EXACT);
    }

    private Problem refusedOf(Runnable change) {
        ChangeRefusedException refused = catchThrowableOfType(ChangeRefusedException.class, change::run);
        assertThat(refused.kind()).isEqualTo(Kind.STATE);
        assertThat(refused.problems()).hasSize(1);
        return refused.problems().getFirst();
    }

    @Test
    void the_slots_that_a_plan_names_are_those_that_then_differ_in_the_kernel() throws Exception {
        apply(one(web(11, 12, 13)));
        List<String> three = ringOfKernel();
        Preview less = plan(one(web(11, 13)), MEANT);
        assertThat(ringOfKernel()).as("a plan changes nothing").isEqualTo(three);
        Change removal = apply(one(web(11, 13)));
        assertMovedAsSaid(only(less.disruption()), three);
        assertThat(removal.disruption()).isEqualTo(less.disruption());
        assertThat(removal.effects()).isEqualTo(less.effects());

        awaitGraces();
        List<String> two = ringOfKernel();
        Preview more = plan(one(web(11, 13, 14, 15)), MEANT);
        Change addition = apply(one(web(11, 13, 14, 15)));
        assertMovedAsSaid(only(more.disruption()), two);
        assertThat(addition.disruption()).isEqualTo(more.disruption());

        awaitGraces();
        List<String> four = ringOfKernel();
        Change drain = drain("web/10.0.1.14", true);
        assertMovedAsSaid(only(drain.disruption()), four);
    }

    @Test
    void a_member_that_serves_only_when_its_checks_succeeded_is_foreseen_as_up() {
        String down = web(11, 12).replace("initial: up", "initial: down");
        apply(one(down));
        probing.pass(20);
        handle(new Event.HealthChanged());
        List<String> two = ringOfKernel();

        Change addition = apply(one(web(11, 12, 13).replace("initial: up", "initial: down")));
        assertThat(ringOfKernel()).as("not checked yet").isEqualTo(two);
        probing.pass(20);
        handle(new Event.HealthChanged());

        assertMovedAsSaid(only(addition.disruption()), two);
    }

    @Test
    void a_dry_run_and_a_plan_say_the_same() {
        apply(one(untracked(11, 12)));
        String wanted = one(untracked(11, 13) + "  encap: {type: gue}\n");

        Preview plan = plan(wanted, within("100%"));
        Change tried = apply(wanted, dryRun(within("100%")));

        assertThat(plan.disruption().manner()).isEqualTo(Manner.SWAP);
        assertThat(plan.obstacles()).isEmpty();
        assertThat(tried.disruption()).isEqualTo(plan.disruption());
        assertThat(tried.effects()).isEqualTo(plan.effects()).contains("program: swap with gue; connections stay");
        assertThat(tried.changed()).isFalse();
        assertThat(writer.snapshot().revision()).isEqualTo(1);
    }

    @Test
    void what_exceeds_the_budget_is_refused_with_the_share_and_the_cure_and_leaves_no_trace() throws Exception {
        apply(one(untracked(11, 12)));
        List<String> ring = ringOfKernel();
        Map<Integer, MemberRow> rows = members();
        byte[] durable = Files.readAllBytes(state.resolve("journal"));

        Problem problem = refusedOf(() -> apply(one(untracked(11)), within("2%")));
        Problem obstacle = plan(one(untracked(11)), within("2%")).obstacles().getFirst();

        Stake stake = plan(one(untracked(11)), MEANT)
                .disruption()
                .services()
                .getFirst()
                .stake();
        assertThat(problem.path()).isEqualTo("services.web");
        assertThat(problem.allowed()).isEqualTo("at most 2%");
        assertThat(problem.message())
                .isEqualTo(
                        ("service web: %d of 21821 slots (%s) change member, and its flows with them, and the budget is 2%%"
                                        + " (--max-disruption): change it with flows.track on, or repeat it with"
                                        + " --max-disruption %s if that is meant; nothing was changed")
                                .formatted(stake.disturbed(), stake.budgetNeeded(), stake.budgetNeeded()));
        assertThat(obstacle).isEqualTo(problem);
        assertThat(ringOfKernel()).isEqualTo(ring);
        assertThat(members()).isEqualTo(rows);
        assertThat(Files.readAllBytes(state.resolve("journal"))).isEqualTo(durable);
        assertThat(writer.snapshot().revision()).isEqualTo(1);

        assertThat(apply(one(untracked(11)), within(stake.budgetNeeded().toString()))
                        .changed())
                .isTrue();
    }

    @Test
    void the_budget_of_the_running_revision_counts_and_not_the_one_that_the_file_brings() {
        apply(limited("0%", untracked(11, 12)));

        Problem problem = refusedOf(() -> apply(limited("100%", untracked(11)), MEANT));
        assertThat(problem.message()).contains("the budget is 0% (fleet.maxDisruption of revision 1)");

        assertThat(apply(limited("100%", untracked(11, 12)), MEANT).effects())
                .containsExactly("fleet.maxDisruption: 100%, was 0%");
        assertThat(apply(one(untracked(11)), MEANT).changed()).isTrue();
        assertThat(apply(one(untracked(12)), MEANT).changed())
                .as("no budget at all")
                .isTrue();
    }

    @Test
    void a_drain_moves_the_flows_of_what_is_not_tracked_and_so_needs_the_budget_too() {
        apply(limited("0%", untracked(11, 12)));
        List<String> ring = ringOfKernel();

        Problem problem = refusedOf(() -> drain("web/10.0.1.11", true));
        assertThat(problem.message()).contains("of 21821 slots", "the budget is 0%");
        assertThat(ringOfKernel()).isEqualTo(ring);
        assertThat(writer.snapshot().revision()).isEqualTo(1);

        apply(limited("0%", web(11, 12)), MEANT);
        assertThat(drain("web/10.0.1.11", true).changed()).as("tracked").isTrue();
        assertThat(ringOfKernel()).containsOnly("10.0.1.12");
    }

    @Test
    void what_health_causes_needs_no_budget_and_is_not_held_against_a_change() {
        apply(limited("0%", untracked(11, 12, 13)));
        probing.kill(backend(11), 80);
        probing.pass(20);
        handle(new Event.HealthChanged());
        assertThat(members().get(id(11)).state()).isEqualTo(MemberState.DOWN);
        assertThat(ringOfKernel()).doesNotContain("10.0.1.11");

        Change removal = apply(limited("0%", untracked(12, 13)), MEANT);

        assertThat(removal.changed()).isTrue();
        assertThat(only(removal.disruption()).moved()).isZero();
    }

    @Test
    void a_plan_names_the_deletions_that_need_a_word() {
        apply(one(web(11, 12)));

        Preview plan = plan(one(web(13)), ChangeOptions.NONE);

        assertThat(plan.revision()).isEqualTo(1);
        assertThat(plan.obstacles())
                .extracting(Problem::message)
                .singleElement()
                .asString()
                .contains("2 of 2 members of service web", "--allow-delete");
        assertThat(plan(one(web(13)), MEANT).obstacles()).isEmpty();
        assertThat(plan(one(web(11, 12)), MEANT))
                .isEqualTo(new Preview(1, List.of(), List.of(), DisruptionReport.NONE, List.of()));
    }

    @Test
    void a_plan_of_a_first_configuration_has_nothing_to_disturb() {
        Preview plan = plan(one(web(11)), within("0%"));

        assertThat(plan.effects()).contains("service web: added, 203.0.113.10:80/tcp, 1 backend");
        assertThat(plan.disruption().services().getFirst().stake()).isEqualTo(Stake.NONE);
        assertThat(plan.obstacles()).isEmpty();
        assertThat(refusal(() -> plan(
                        one(web(11)),
                        new ChangeOptions(3, false, false, false, Optional.empty(), Control.Origin.DAEMON))))
                .isEqualTo(Kind.CONFLICT);
    }
}
