package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.cli.Table.Column;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TableTest {
    private static final String LONG_ADDRESS = "2001:db8:1234:5678:9abc:def0:1234:5678";

    @Test
    void a_key_too_long_for_the_terminal_stands_on_its_own_line() {
        Table table = table("10.0.0.1", LONG_ADDRESS);

        assertThat(table.render(50, false))
                .containsExactly(
                        "  KEY                           MIDDLE       RIGHT",
                        "  10.0.0.1                      middle  1234567890",
                        "  " + LONG_ADDRESS,
                        "                                middle  1234567890");
    }

    @Test
    void the_least_needed_column_is_left_out_first() {
        assertThat(table("10.0.0.100").render(30, false))
                .containsExactly("  KEY              RIGHT", "  10.0.0.100  1234567890");
    }

    @Test
    void notes_are_wrapped_below_their_row() {
        Table table = new Table("", List.of(Column.left("KEY", 1), Column.left("VALUE", 1)));
        table.add(List.of(Text.plain("a"), Text.plain("b")), List.of(Text.plain("one two three four")));

        assertThat(table.render(12, false)).containsExactly("KEY  VALUE", "a    b", "  one two", "  three four");
    }

    @Test
    void colour_does_not_move_the_columns() {
        Table table = new Table("", List.of(Column.left("KEY", 1), Column.left("VALUE", 1)));
        table.add(List.of(new Text("a", Text.Style.RED), Text.plain("b")), List.of());

        assertThat(table.render(80, true).getLast()).isEqualTo("\033[31ma\033[0m    b");
    }

    @Property
    void no_line_is_wider_than_the_terminal_but_for_a_key_alone(@ForAll @IntRange(min = 30, max = 120) int width) {
        assertThat(table("10.0.0.1", LONG_ADDRESS).render(width, false))
                .allSatisfy(line -> assertThat(line.length())
                        .isLessThanOrEqualTo(line.strip().equals(LONG_ADDRESS) ? LONG_ADDRESS.length() + 2 : width));
    }

    private static Table table(String... keys) {
        Table table =
                new Table("  ", List.of(Column.left("KEY", 9), Column.left("MIDDLE", 1), Column.right("RIGHT", 2)));
        for (String key : keys) {
            table.add(List.of(Text.plain(key), Text.plain("middle"), Text.plain("1234567890")), List.of());
        }
        return table;
    }
}
