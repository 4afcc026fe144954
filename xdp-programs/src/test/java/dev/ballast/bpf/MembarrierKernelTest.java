package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A program copies a generation to an acknowledgement, reading it once at its start and once, after many rounds of work, at its
 * end. A writer that waits between two changes never lets one run see more than one of them.
 */
class MembarrierKernelTest {
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void no_program_that_ran_before_the_wait_still_runs_after_it(boolean fallback) throws Exception {
        VarHandle word = JAVA_LONG.varHandle();
        try (BpfObject object = TestObjects.load("grace");
                Arena arena = Arena.ofShared()) {
            BtfLayout layout = object.map("shared").valueLayout().orElseThrow();
            MemorySegment shared = object.map("shared").mmap(arena, true);
            long running = layout.field("running").offsetBytes();
            long published = layout.field("published").offsetBytes();
            long retired = layout.field("retired").offsetBytes();
            CompletableFuture<Void> readers = CompletableFuture.runAsync(() -> {
                while ((long) word.getAcquire(shared, published) < 200) {
                    object.program("read_slowly")
                            .testRun(TestRun.packet(new byte[64]).repeated(20));
                }
            });
            while (!readers.isDone() && (long) word.getAcquire(shared, running) == 0) {
                Thread.onSpinWait();
            }
            for (long generation = 1; generation <= 200; generation++) {
                word.setRelease(shared, published, generation);
                if (fallback) {
                    Membarrier.updateMapOfMaps();
                } else {
                    Membarrier.awaitGracePeriod();
                }
                // From here on no program may rely on an older generation: a run that does counts a violation.
                word.setRelease(shared, retired, generation);
            }
            readers.get();

            assertThat(layout.view(shared).get("runs")).isGreaterThan(200);
            assertThat(layout.view(shared).get("violations")).isZero();
        }
    }
}
