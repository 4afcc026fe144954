package dev.ballast.control.model;

import static dev.ballast.control.model.Configs.errors;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with the document itself: one message each. */
class YamlErrorsTest {
    @Test
    void an_empty_file_is_refused() {
        String message = "the file is empty; it needs at least version and node (line 1, column 1)";
        assertThat(errors("")).containsExactly(message);
        assertThat(errors("# nothing\n"))
                .containsExactly("the file is empty; it needs at least version and node (line 2, column 1)");
    }

    @Test
    void text_that_is_not_yaml_is_refused_where_it_breaks() {
        assertThat(errors("version: 1\nnode: {name: lb1\nservices: {}\n"))
                .containsExactly(
                        "not YAML: expected ',' or '}', but got :; close the bracket, and write a value that holds any of , : [ ] { } in quotes, as IPv6 addresses (line 3, column 9)");
        assertThat(errors("version: 1: 2\n"))
                .containsExactly(
                        "not YAML: a ':' too many, or one before it that is missing; write each key as `key: value`, and a value that holds ': ' in quotes (line 1, column 11)");
        assertThat(errors("version: 1\n*"))
                .containsExactly(
                        "not YAML: unexpected character found (0); look at the indentation, brackets and quotes up to this place (line 2, column 2)");
        assertThat(errors("version: \"1\n"))
                .containsExactly("not YAML: a text in quotes does not end; close the quotes (line 2, column 1)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\x", "\\x4", "\\u004", "\\U0000004", "\\xgg\"", "\\ud800\"", "\\U00110000\"", "\\q\""})
    void an_escape_that_is_no_character_is_refused(String escape) {
        assertThat(errors("version: \"" + escape)).singleElement().asString().contains("(line 1, column ");
    }

    @Test
    void an_escape_that_is_no_number_is_refused_where_it_stands() {
        String message = "the escape is no character; write the character itself (line 1, column 11)";
        assertThat(errors("version: \"\\x")).containsExactly(message);
        assertThat(errors("version: \"\\Uffffffff\"\n")).containsExactly(message);
    }

    @Test
    void prose_is_not_a_configuration() {
        assertThat(errors("Dear balancer, please balance.\n"))
                .containsExactly("text stands where a mapping (key: value) belongs (line 1, column 1)");
        assertThat(errors("- version\n- node\n"))
                .containsExactly("a list stands where a mapping (key: value) belongs (line 1, column 1)");
    }

    @Test
    void a_tab_cannot_indent() {
        assertThat(errors("version: 1\nnode:\n\tname: lb1\n"))
                .containsExactly("a tab cannot indent; indent with spaces (line 3, column 1)");
        assertThat(errors("version: 1\nnode:\n  name: lb1\n  \tlog: {}\n"))
                .containsExactly("a tab cannot indent; indent with spaces (line 4, column 3)");
    }

    @Test
    void a_duplicate_key_names_both_places() {
        assertThat(errors(Configs.NODE + "services: {}\nservices: {}\n"))
                .containsExactly(
                        "services: the key is already given at line 3, column 1; remove one of the two (line 4, column 1)");
        assertThat(errors("version: 1\nnode: {name: a, interfaces: [{name: eth0, \"name\": eth1}]}\n"))
                .containsExactly(
                        "node.interfaces[0].name: the key is already given at line 2, column 31; remove one of the two (line 2, column 43)");
    }

    @Test
    void a_second_document_is_refused() {
        assertThat(errors("version: 1\n---\nversion: 1\n"))
                .containsExactly("a second document begins; keep one document in the file (line 2, column 1)");
    }

    @Test
    void a_document_start_and_a_byte_order_mark_do_no_harm() {
        assertThat(errors("---\n" + Configs.NODE)).isEmpty();
        assertThat(errors("\ufeff" + Configs.NODE)).isEmpty();
        assertThat(errors(Configs.NODE.replace("\n", "\r\n"))).isEmpty();
    }

    @Test
    void anchors_aliases_and_merges_are_refused() {
        assertThat(errors("version: 1\nnode: &here {name: lb1}\n"))
                .containsExactly(
                        "node: anchors and aliases (& and *) are refused; write the value out (line 2, column 7)");
        assertThat(errors("version: 1\nnode: *here\n"))
                .containsExactly(
                        "node: anchors and aliases (& and *) are refused; write the value out (line 2, column 7)");
        assertThat(errors(Configs.NODE + "<<: {}\n"))
                .containsExactly("merge keys (<<) are refused; write the values out (line 3, column 1)");
    }

    @Test
    void an_alias_bomb_is_refused_at_its_first_anchor() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x]\n");
        for (int i = 1; i < 50; i++) {
            bomb.append("a%d: &a%d [*a%d, *a%d, *a%d]\n".formatted(i, i, i - 1, i - 1, i - 1));
        }
        assertThat(errors(bomb.toString()))
                .containsExactly(
                        "a0: anchors and aliases (& and *) are refused; write the value out (line 1, column 5)");
    }

    @Test
    void tags_are_refused() {
        assertThat(errors("version: !!int 1\n"))
                .containsExactly(
                        "version: tags are refused, here \"tag:yaml.org,2002:int\"; write the value alone (line 1, column 10)");
    }

    @Test
    void a_mapping_as_a_key_is_refused() {
        assertThat(errors("{version: 1}: 2\n"))
                .containsExactly("a list or mapping stands as a key; a key is plain text (line 1, column 1)");
    }

    @Test
    void deep_nesting_is_refused_and_harms_nobody() {
        String message = "nested more than 16 levels deep; look at the brackets (line 1, column 18)";
        assertThat(errors("[".repeat(1_000_000))).containsExactly(message);
        assertThat(errors("- ".repeat(100_000)))
                .containsExactly("nested more than 16 levels deep; look at the brackets (line 1, column 35)");
        assertThat(errors("{a: ".repeat(100_000)))
                .containsExactly("nested more than 16 levels deep; look at the brackets (line 1, column 66)");
    }

    @Test
    void what_is_not_utf_8_is_refused_at_its_byte() {
        assertThat(errors("version: 1\nnode: {name: käse}\n".getBytes(ISO_8859_1)))
                .containsExactly("byte 0xe4 is not UTF-8; save the file as UTF-8 (line 2, column 15)");
        assertThat(errors(new byte[] {'v', (byte) 0xe2, (byte) 0x82}))
                .containsExactly("byte 0xe2 is not UTF-8; save the file as UTF-8 (line 1, column 2)");
    }

    @Test
    void a_control_character_is_refused() {
        assertThat(errors("version: 1\nnode: \u0000\n"))
                .containsExactly(
                        "character U+0000 cannot stand in YAML; remove it; if there are many, this is UTF-16 or no text: save it as UTF-8 (line 2, column 7)");
    }

    @Test
    void a_file_of_16_mib_is_refused_and_one_below_is_read() {
        byte[] file = new byte[16 << 20];
        Arrays.fill(file, (byte) '#');
        byte[] start = Configs.NODE.getBytes(UTF_8);
        System.arraycopy(start, 0, file, 0, start.length);
        assertThat(errors(file))
                .containsExactly(
                        "the file has 16777216 bytes; allowed: less than 16 MiB; keep fewer services on one balancer (line 1, column 1)");
        assertThat(errors(Arrays.copyOf(file, file.length - 1))).isEmpty();
    }

    @Test
    void a_file_of_a_million_values_is_refused_before_it_fills_the_memory() {
        assertThat(errors("[" + "a,".repeat(1 << 20) + "]"))
                .containsExactly(
                        "the file has more than 1048576 values; keep fewer services on one balancer (line 1, column 2097152)");
    }

    @Test
    void columns_count_characters_not_bytes_or_chars() {
        assertThat(errors("version: 1\nnode: {\"\uD83D\uDE80ä\": 1, name: lb1, interfaces: [{name: eth0}]}\n"))
                .containsExactly(
                        "node.\"\uD83D\uDE80ä\": unknown key; allowed: name, source, interfaces, limits, api, http, log (line 2, column 8)");
        assertThat(errors("version: 1\nnode: {name: \"\uD83D\uDE80\", interfaces: [{nme: eth0}]}\n"))
                .containsExactly(
                        "node.name: \"\uD83D\uDE80\" is not a name; allowed: 1 to 63 of a-z, 0-9 and -, no - at either end (line 2, column 14)",
                        "node.interfaces[0].nme: unknown key; allowed: name, generic; did you mean name? (line 2, column 33)");
    }
}
