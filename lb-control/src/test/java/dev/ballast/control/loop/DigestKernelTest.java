package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The digests that readers see, of what the writer has put into a real datapath. */
@Timeout(120)
class DigestKernelTest extends WriterOverKernel {
    private String configured() {
        return writer.snapshot().digests().configured();
    }

    private String effective() {
        return writer.snapshot().digests().effective().get();
    }

    @Test
    void a_drain_changes_both_digests_and_its_end_brings_them_back() {
        apply(one(web(11, 12)));
        String configured = configured();
        String effective = effective();
        assertThat(configured).matches("[0-9a-f]{16}");
        assertThat(effective).matches("[0-9a-f]{16}");

        drain("web/10.0.1.12", true);
        assertThat(configured()).isNotEqualTo(configured);
        assertThat(effective()).isNotEqualTo(effective);

        drain("web/10.0.1.12", false);
        assertThat(configured()).isEqualTo(configured);
        assertThat(effective()).isEqualTo(effective);
    }

    @Test
    void health_changes_the_effective_digest_only() {
        apply(one(web(11, 12)));
        String configured = configured();
        String effective = effective();

        probing.kill(backend(11), 80);
        probing.pass(20);
        handle(new Event.HealthChanged());

        assertThat(configured()).isEqualTo(configured);
        assertThat(effective()).isNotEqualTo(effective);
    }

    @Test
    void another_order_another_way_and_a_restart_lead_to_the_same_digests() throws Exception {
        apply(one(service("dns", "203.0.113.53", 21, 22) + web(11, 12)));
        String configured = configured();
        String effective = effective();

        apply(one(web(13)));
        assertThat(configured()).isNotEqualTo(configured);
        apply(one(web(12, 11) + service("dns", "203.0.113.53", 22, 21)));
        assertThat(configured()).isEqualTo(configured);
        assertThat(effective()).isEqualTo(effective);

        restart();
        assertThat(configured()).isEqualTo(configured);
        assertThat(effective()).isEqualTo(effective);
    }

    @Test
    void a_tick_that_changes_nothing_makes_no_digest_anew() {
        apply(one(web(11, 12)));
        String effective = effective();

        ticks(1);

        assertThat(effective()).isSameAs(effective);
    }
}
