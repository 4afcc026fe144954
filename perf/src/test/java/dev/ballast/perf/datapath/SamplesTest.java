package dev.ballast.perf.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class SamplesTest {
    private static Samples of(double... ns) {
        Samples samples = new Samples();
        DoubleStream.of(ns).forEach(samples::add);
        return samples;
    }

    @Test
    void the_least_and_the_median_do_not_depend_on_the_order() {
        Samples samples = of(5, 1, 4, 2, 3);

        assertThat(samples.min()).isEqualTo(1);
        assertThat(samples.median()).isEqualTo(3);
        assertThat(samples.count()).isEqualTo(5);
    }

    @Test
    void one_outlier_does_not_move_the_median() {
        assertThat(of(10, 11, 1000).median()).isEqualTo(11);
    }

    @Test
    void the_median_of_an_even_number_lies_between_the_middle_two() {
        assertThat(of(4, 1, 2, 3).median()).isEqualTo(2.5);
    }

    @Test
    void equal_samples_all_count() {
        assertThat(of(2, 2, 2, 7).median()).isEqualTo(2);
    }

    @Test
    void nothing_measured_has_no_median() {
        assertThatThrownBy(of()::median).isInstanceOf(IllegalStateException.class);
    }
}
