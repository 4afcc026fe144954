package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs that the verifier of the running kernel rejects, each for its own reason. */
class VerifierKernelTest {
    private static VerifierException reject(String program) {
        try (BpfObject object = TestObjects.open("rejected")) {
            object.programNames().forEach(name -> object.autoload(name, name.equals(program) || name.equals("fine")));
            return catchThrowableOfType(VerifierException.class, object::load);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no_bounds_check | invalid access to packet | return data[12];",
                "no_null_check   | invalid mem access 'map_value_or_null' | *value += 1;",
                "wrong_argument  | R2 type=ctx expected= | bpf_map_lookup_elem(&table, ctx)",
                "deep_error      | invalid access to packet | return sum + data[300];",
            })
    void a_rejection_shows_the_error_and_the_source_line_it_is_about(String program, String error, String source) {
        VerifierException e = reject(program);

        assertThat(e)
                .hasMessageStartingWith("load program '" + program + "' of object 'rejected': EACCES")
                .hasMessageContaining(error)
                .hasMessageContaining(source);
        assertThat(e.program()).isEqualTo(program);
        assertThat(e.getMessage().lines()).hasSizeLessThan(30);
    }

    @Test
    void a_long_log_is_kept_whole_beside_the_digest_which_counts_what_it_left_out() {
        VerifierException e = reject("deep_error");

        assertThat(e.log().lines()).hasSizeGreaterThan(600);
        assertThat(e.getMessage()).containsPattern("… \\d{3,} lines left out");
    }

    @Test
    void a_program_that_does_not_end_is_rejected() {
        assertThat(reject("endless").getMessage()).containsAnyOf("infinite loop", "program is too large", "back-edge");
    }

    @Test
    void a_load_without_the_bad_ones_succeeds() {
        try (BpfObject object = TestObjects.open("rejected")) {
            object.programNames().forEach(name -> object.autoload(name, name.equals("fine")));
            object.load();
            assertThat(object.program("fine").testRun(new byte[60]).returnValue())
                    .isEqualTo(2);
        }
    }
}
