package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** On logs that Linux 6.18 wrote for the programs of rejected.bpf.c. */
class VerifierLogTest {
    private static String captured(String program) {
        try (InputStream in = VerifierLogTest.class.getResourceAsStream("/verifier/" + program + ".log")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_missing_bounds_check_is_its_source_line_its_instruction_and_the_error() {
        assertThat(VerifierLog.digest(captured("no_bounds_check")))
                .isEqualTo("""
                  ; return data[12]; @ rejected.bpf.c:25
                  1: (71) r0 = *(u8 *)(r1 +12)
                  invalid access to packet, off=12 size=1, R1(id=0,off=12,r=0)
                  R1 offset is outside of the packet
                  … 4 lines left out""".indent(2).stripTrailing());
    }

    @Test
    void a_missing_null_check_likewise() {
        assertThat(VerifierLog.digest(captured("no_null_check")))
                .isEqualTo("""
                  ; *value += 1; @ rejected.bpf.c:35
                  7: (79) r1 = *(u64 *)(r0 +0)
                  R0 invalid mem access 'map_value_or_null'
                  … 12 lines left out""".indent(2).stripTrailing());
    }

    @Test
    void an_error_that_looks_like_a_register_state_is_an_error() {
        assertThat(VerifierLog.digest(captured("wrong_argument")))
                .contains("; return bpf_map_lookup_elem(&table, ctx)")
                .contains("\n  R2 type=ctx expected=fp, pkt,");
    }

    @Test
    void an_error_of_several_lines_is_kept_whole() {
        assertThat(VerifierLog.digest(captured("endless")))
                .contains("infinite loop detected at insn 4\n  cur state: R1=0")
                .doesNotContain("processed 15 insns");
    }

    @Test
    void the_error_of_a_global_function_is_not_taken_for_progress() {
        assertThat(VerifierLog.digest("""
                Func#1 ('slow_path') is global and assumed valid.
                Validating slow_path() func#1...
                Global function slow_path() doesn't return scalar. Only those are supported.
                processed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
                """)).isEqualTo("""
                  Global function slow_path() doesn't return scalar. Only those are supported.
                  … 3 lines left out""".indent(2).stripTrailing());
    }

    @Test
    void a_long_statement_is_cut_to_its_last_instructions_and_keeps_its_source_line() {
        StringBuilder log = new StringBuilder("; sum += a_macro_of_many_instructions();\n");
        for (int i = 0; i < 40; i++) {
            log.append(i).append(": (07) r1 += 1\n").append(i + 1).append(": R1_w=scalar() R10=fp0\n");
        }
        log.append("math between pkt pointer and register with unbounded min value is not allowed\n");

        assertThat(VerifierLog.digest(log.toString()).lines())
                .hasSize(11)
                .startsWith("  ; sum += a_macro_of_many_instructions();", "  32: (07) r1 += 1")
                .endsWith("  … 72 lines left out");
    }

    @Test
    void an_empty_log_and_a_log_of_nothing_but_an_error_are_shown_as_they_are() {
        assertThat(VerifierLog.digest("")).isEqualTo("  (it wrote no log)");
        assertThat(VerifierLog.digest("BPF_EXIT instruction missing\n")).isEqualTo("  BPF_EXIT instruction missing");
    }
}
