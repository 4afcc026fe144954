package dev.ballast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OwnerTest {
    @Test
    void isReadBackAsItWasWritten() {
        assertThat(Owner.parse(Owner.thisProcess().line() + "\n")).contains(Owner.thisProcess());
        assertThat(Owner.parse(Owner.nobody().line())).contains(Owner.nobody());
    }

    @Test
    void thisProcessIsAlive() {
        assertThat(Owner.thisProcess().alive()).isTrue();
    }

    @Test
    void anotherProcessOfTheSameIdIsNotTheOwner() {
        Owner.OfProcess self = (Owner.OfProcess) Owner.thisProcess();
        assertThat(new Owner.OfProcess(self.boot(), self.pid(), self.startTicks() - 1).alive())
                .isFalse();
    }

    @Test
    void nothingOutlivesTheBoot() {
        Owner.OfProcess self = (Owner.OfProcess) Owner.thisProcess();
        assertThat(new Owner.OfProcess("another-boot", self.pid(), self.startTicks()).alive())
                .isFalse();
        assertThat(new Owner.Kept("another-boot").alive()).isFalse();
        assertThat(Owner.nobody().alive()).isTrue();
    }

    @Test
    void aLineThatWasNeverFinishedNamesNobody() {
        assertThat(Owner.parse("")).isEmpty();
        assertThat(Owner.parse("boot 12 x")).isEmpty();
    }
}
