package dev.ballast.perf.fleet;

import static dev.ballast.perf.fleet.KeepPrevious.NONE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.perf.fleet.KeepPrevious.RingChange;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeepPreviousTest {
    /** At 0 s from version 0 to 1, at 30 s to 2, at 100 s to 3. */
    private static final List<RingChange> CHANGES =
            List.of(new RingChange(0, 0, 1), new RingChange(30, 1, 2), new RingChange(100, 2, 3));

    /** Flows below a quarter of all hashes are on backend 0 in version 0 only, the others always on backend 9. */
    private static Census census(FlowLengths lengths) {
        Placement first = hash -> hash >>> 62 == 0 ? 0 : 9;
        Placement later = hash -> hash >>> 62 == 0 ? 1 : 9;
        return new Census(new Placement[] {first, later, later, later}, lengths, 1);
    }

    private static int version(KeepPrevious rule, int changes, double nowS) {
        return rule.version(CHANGES.subList(0, changes), nowS, census(FlowLengths.WEB));
    }

    @Test
    void withoutAChangeOrWithNoTimeThereIsNone() {
        assertThat(version(KeepPrevious.ALWAYS, 0, 5)).isEqualTo(NONE);
        assertThat(version(KeepPrevious.NEVER, 1, 0)).isEqualTo(NONE);
    }

    @Test
    void theFirstOfSeveralChangesCountsUntilItsTimeIsOver() {
        KeepPrevious minute = KeepPrevious.within(60);
        assertThat(version(minute, 1, 0)).isZero();
        assertThat(version(minute, 2, 59)).isZero();
        assertThat(version(minute, 2, 60)).isEqualTo(NONE);
        assertThat(version(minute, 3, 100)).isEqualTo(2);
    }

    @Test
    void theNewestReplacesWhatIsKept() {
        KeepPrevious newest = KeepPrevious.newestWithin(60);
        assertThat(version(newest, 2, 30)).isEqualTo(1);
        assertThat(version(newest, 2, 89)).isEqualTo(1);
        assertThat(version(newest, 2, 90)).isEqualTo(NONE);
    }

    @Test
    void aRingThatWasInForceForLessThanTenSecondsIsNotKept() {
        List<RingChange> changes = List.of(new RingChange(0, 0, 1), new RingChange(70, 1, 2), new RingChange(79, 2, 3));
        KeepPrevious brief = KeepPrevious.within(5);
        assertThat(brief.version(changes.subList(0, 2), 71, census(FlowLengths.WEB)))
                .isEqualTo(1);
        assertThat(brief.version(changes, 80, census(FlowLengths.WEB))).isEqualTo(NONE);
    }

    @Test
    void theFlowTableEndsARingOnceMoreFlowsAreOfAfterTheChange() {
        KeepPrevious hour = KeepPrevious.votedWithin(3600);
        double medianS = LiveAges.of(FlowLengths.WEB, 1).medianS();
        assertThat(version(hour, 1, medianS - 6)).isZero();
        assertThat(version(hour, 1, medianS + 6)).isEqualTo(NONE);
        assertThat(hour.version(CHANGES.subList(0, 1), medianS + 6, census(FlowLengths.LONG)))
                .isZero();
    }
}
