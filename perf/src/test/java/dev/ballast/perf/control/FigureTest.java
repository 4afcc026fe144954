package dev.ballast.perf.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class FigureTest {
    @Test
    void a_percentile_is_a_value_that_was_measured() {
        List<Double> values =
                DoubleStream.iterate(100, value -> value - 1).limit(100).boxed().toList();

        assertThat(Figure.percentile(values, 0.5)).isEqualTo(50);
        assertThat(Figure.percentile(values, 0.99)).isEqualTo(99);
        assertThat(Figure.percentile(values, 1)).isEqualTo(100);
        assertThat(Figure.percentile(List.of(7.0), 0.99)).isEqualTo(7);
    }

    @Test
    void a_figure_is_one_object_with_its_aim_if_it_has_one() {
        assertThat(Figure.of("apply", "ms", 12.5, 5_000).json())
                .isEqualTo("{\"name\":\"apply\",\"unit\":\"ms\",\"value\":12.500,\"aim\":5000.000}");
        assertThat(Figure.of("apply", "ms", 12.5).json())
                .isEqualTo("{\"name\":\"apply\",\"unit\":\"ms\",\"value\":12.500}");
    }
}
