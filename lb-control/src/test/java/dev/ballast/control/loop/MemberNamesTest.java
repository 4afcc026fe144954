package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MemberNamesTest {
    @Test
    void few_names_are_all_listed() {
        assertThat(MemberNames.listed(List.of("a", "b"), ", ")).isEqualTo("a, b");
    }

    @Test
    void of_many_names_the_first_are_listed_and_the_rest_is_counted() {
        List<String> names =
                IntStream.range(0, 10_000).mapToObj(Integer::toString).toList();

        assertThat(MemberNames.listed(names, ", ")).startsWith("0, 1, 2, ").endsWith(", 19, and 9980 more");
    }
}
