package dev.ballast.control.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ballast.control.model.Shape.Keys;
import dev.ballast.control.model.Shape.SchemaKey;
import dev.ballast.control.model.Shape.Whole;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The schema and its readers cannot part: a reader that asks for more or less than is described does not get far. */
class SectionTest {
    private static final Keys KEYS = Keys.of(
            SchemaKey.of("port", new Whole(1, 9), "A port"), SchemaKey.later("mark", new Whole(1, 9), "A mark"));

    private final Findings findings = new Findings();
    private final Section section = Section.of(
            findings,
            "web",
            Position.START,
            new YamlNode.Mapping(
                    Position.START,
                    Map.of("port", new YamlNode.Entry(Position.START, new YamlNode.Scalar(Position.START, "7", true)))),
            KEYS);

    @Test
    void a_key_that_is_not_described_cannot_be_read() {
        assertThatIllegalStateException()
                .isThrownBy(() -> section.value("weight"))
                .withMessage("the schema has no web.weight");
    }

    @Test
    void a_key_that_is_described_cannot_be_forgotten() {
        assertThatIllegalStateException().isThrownBy(section::close).withMessage("of [port] at web, only [] are read");
    }

    @Test
    void a_value_is_read_as_what_is_described() {
        Value port = section.value("port").orElseThrow();
        assertThat(port.integer()).contains(7);
        assertThatIllegalStateException().isThrownBy(port::duration).withMessageContaining("not a duration");
        assertThatIllegalStateException().isThrownBy(() -> section.sections("port"));
        section.close();
        assertThat(findings.isEmpty()).isTrue();
    }
}
