package dev.ballast.control.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class LogfmtEncoderTest {
    private static final String HEAD = "ts=2026-01-01T00:00:00Z level=warn logger=Writer ";

    private static String line(String message, Throwable error, KeyValuePair... pairs) {
        LoggingEvent event = new LoggingEvent(
                "", new LoggerContext().getLogger("dev.ballast.control.loop.Writer"), Level.WARN, message, error, null);
        event.setTimeStamp(1_767_225_600_000L);
        event.setKeyValuePairs(List.of(pairs));
        return new String(new LogfmtEncoder().encode(event), UTF_8);
    }

    @Test
    void a_line_has_time_level_logger_and_message_and_then_the_pairs_in_their_order() {
        assertThat(line("refused", null, new KeyValuePair("revision", 7), new KeyValuePair("file", "a.yaml")))
                .isEqualTo(HEAD + "msg=refused revision=7 file=a.yaml\n");
    }

    @Test
    void values_with_blanks_quotes_equals_or_nothing_are_quoted() {
        assertThat(line("a b", null, new KeyValuePair("k", "x=y"))).isEqualTo(HEAD + "msg=\"a b\" k=\"x=y\"\n");
        assertThat(line("say \"no\"", null)).isEqualTo(HEAD + "msg=\"say \\\"no\\\"\"\n");
        assertThat(line("a\\b", null)).isEqualTo(HEAD + "msg=\"a\\\\b\"\n");
        assertThat(line("", null)).isEqualTo(HEAD + "msg=\"\"\n");
    }

    @Test
    void no_value_can_begin_a_line_of_its_own() {
        String forged = line(
                "one\nts=2026 level=info msg=forged\r\n", null, new KeyValuePair("k", "a\u0000\u001b[31mb\u2028c"));
        assertThat(forged.strip()).doesNotContain("\n", "\r", "\u001b", "\u0000", "\u2028");
    }

    @Test
    void letters_of_any_script_are_kept() {
        assertThat(line("grün", null)).isEqualTo(HEAD + "msg=grün\n");
    }

    @Test
    void a_value_that_is_null_is_written_as_such() {
        assertThat(line("m", null, new KeyValuePair("k", null))).isEqualTo(HEAD + "msg=m k=null\n");
    }

    @Test
    void an_exception_is_part_of_the_same_line() {
        String line = line("m", new IllegalStateException("first\nsecond"));
        assertThat(line).startsWith(HEAD + "msg=m error=\"java.lang.IllegalStateException: first\\nsecond");
        assertThat(line.lines()).hasSize(1);
    }
}
