package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class BpfObjectKernelTest {
    private static final byte[] PACKET = new byte[64];
    private static final int XDP_DROP = 1;
    private static final int XDP_PASS = 2;

    @Test
    void globals_of_all_three_sections_reach_the_program() {
        try (BpfObject object = TestObjects.open("maps");
                Arena arena = Arena.ofConfined()) {
            byte[] secret = new byte[16];
            secret[3] = 23;
            object.setGlobal("verdict", XDP_DROP);
            object.setGlobal("switched_on", 1);
            object.setGlobal("secret", secret);
            object.setGlobal("first_value", 50);
            object.setGlobal("small", -8);
            object.load();

            assertThat(object.program("count_and_return").testRun(PACKET).returnValue())
                    .isEqualTo(XDP_DROP);
            MemorySegment entry = arena.allocate(object.map("entries").valueBytes(), 8);
            assertThat(object.map("entries").get(arena.allocateFrom(ValueLayout.JAVA_INT, 0), entry))
                    .isTrue();
            BtfView view = object.map("entries").valueLayout().orElseThrow().view(entry);
            assertThat(view.get("packets")).isEqualTo(123);
            byte[] argument = new byte[16];
            TestRun.Result result = object.program("add").testRun(TestRun.argument(argument));
            assertThat(result.returnValue()).isEqualTo(7);
            assertThat(result.context()[8]).isEqualTo((byte) 42);
        }
    }

    @Test
    void an_object_with_untouched_globals_loads_with_those_of_its_source() {
        try (BpfObject object = TestObjects.load("maps")) {
            assertThat(object.program("count_and_return").testRun(PACKET).returnValue())
                    .isEqualTo(XDP_PASS);
        }
    }
}
