package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.loop.HealthChecks.Status;
import dev.ballast.control.loop.HealthChecks.Wanted;
import dev.ballast.control.model.Backend;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.model.Service;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.health.Health;
import dev.ballast.health.schedule.ProbeScheduler;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The real scheduler and its machine; only clock and network are the test's. */
class HealthChecksTest {
    private static final MemberKey ONE = MemberKey.parse("web/10.0.1.11");
    private static final int VIP_PORT = 443;
    private static final int OTHER_PORT = 8080;
    private static final String BOTH = "checks: [{type: tcp}, {type: tcp, port: 8080}]";

    private final FakeProbing probing = new FakeProbing();
    private long unixMs = 1_000;
    private int signals;
    private final HealthChecks checks =
            new HealthChecks(new ProbeScheduler(probing, probing, new Random(1), 100), () -> signals++, () -> unixMs);

    /** A service of one backend; by default checked on its VIP's port each 2 s, rise 2, fall 3. */
    private static Service service(String lines) {
        try {
            return ConfigReader.read("test.yaml", ("""
                            version: 1
                            node: {name: lb1, interfaces: [{name: eth0}]}
                            services:
                              web:
                                vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                                backends: [{address: 10.0.1.11}]
                            """ + lines.indent(4)).getBytes(UTF_8))
                    .services()
                    .get("web");
        } catch (ConfigException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    private void want(String lines, Health seed) {
        Service service = service(lines);
        checks.want(
                Map.of(ONE, new Wanted(service, Optional.of(service.backends().getFirst()), seed)));
    }

    /** Lets probes be made and takes what they found. */
    private boolean pass(long seconds) {
        probing.pass(seconds);
        unixMs += seconds * 1000;
        return checks.takeTransitions();
    }

    private void kill(int port) {
        probing.kill(ONE.address().toInetAddress(), port);
    }

    private void revive(int port) {
        probing.revive(ONE.address().toInetAddress(), port);
    }

    private Health health() {
        return checks.status(ONE).health();
    }

    @Test
    void a_new_member_serves_when_its_probes_have_succeeded() {
        want("", Health.UNKNOWN);
        assertThat(checks.usable(ONE)).isFalse();
        assertThat(checks.status(ONE)).isEqualTo(new Status(Health.UNKNOWN, "not probed yet", 1_000));

        assertThat(pass(6)).isTrue();

        assertThat(checks.usable(ONE)).isTrue();
        assertThat(signals).isEqualTo(1);
        assertThat(checks.status(ONE).sinceUnixMs()).isEqualTo(7_000);
    }

    @Test
    void a_member_whose_service_trusts_new_ones_serves_at_once() {
        want("health: {initial: up}", Health.UNKNOWN);
        assertThat(checks.usable(ONE)).isTrue();
    }

    @Test
    void a_member_goes_down_with_the_words_of_its_last_probe_and_comes_back() {
        want("", Health.UP);
        kill(VIP_PORT);
        assertThat(pass(10)).isTrue();
        assertThat(checks.usable(ONE)).isFalse();
        assertThat(checks.status(ONE).reason())
                .startsWith("tcp 10.0.1.11:443: ")
                .contains("connection refused");

        revive(VIP_PORT);
        assertThat(pass(6)).isTrue();
        assertThat(checks.usable(ONE)).isTrue();
    }

    @Test
    void a_suspect_member_serves_on_and_nothing_has_to_be_planned_anew() {
        want("", Health.UP);
        kill(VIP_PORT);
        assertThat(pass(2)).isFalse();
        assertThat(health()).isEqualTo(Health.SUSPECT);
        assertThat(checks.usable(ONE)).isTrue();
    }

    @Test
    void after_a_restart_health_goes_on_from_what_the_rows_say() {
        want("", Health.DOWN);
        assertThat(checks.usable(ONE)).isFalse();
        assertThat(pass(6)).isTrue();
        assertThat(health()).isEqualTo(Health.UP);
    }

    @Test
    void every_check_has_to_be_good_and_the_one_that_is_not_is_named() {
        want(BOTH, Health.UP);
        kill(OTHER_PORT);
        pass(10);
        assertThat(checks.usable(ONE)).isFalse();
        assertThat(checks.status(ONE).reason()).startsWith("tcp 10.0.1.11:8080: ");
    }

    @Test
    void the_reason_follows_when_another_check_is_the_bad_one() {
        want(BOTH, Health.UP);
        kill(OTHER_PORT);
        pass(10);
        kill(VIP_PORT);
        pass(10);
        revive(OTHER_PORT);
        pass(10);
        assertThat(health()).isEqualTo(Health.DOWN);
        assertThat(checks.status(ONE).reason()).startsWith("tcp 10.0.1.11:443: ");
    }

    @Test
    void a_bad_check_that_is_taken_away_takes_its_verdict_along() {
        want(BOTH, Health.UP);
        kill(OTHER_PORT);
        pass(10);
        want("", Health.UNKNOWN);
        assertThat(checks.usable(ONE)).isTrue();
    }

    @Test
    void a_check_that_changed_begins_with_the_health_of_the_member() {
        want("", Health.UNKNOWN);
        pass(6);
        want("checks: [{type: tcp, fall: 5, interval: 7s}]", Health.UNKNOWN);
        assertThat(health()).isEqualTo(Health.UP);
        pass(60);
        assertThat(health()).isEqualTo(Health.UP);
    }

    @Test
    void a_member_without_checks_is_trusted() {
        want("checks: []", Health.UNKNOWN);
        pass(60);
        assertThat(checks.usable(ONE)).isTrue();
        assertThat(checks.status(ONE).reason()).isEqualTo("not checked: counts as healthy");
        assertThat(probing.probed).isEmpty();
    }

    @Test
    void each_check_tells_what_its_latest_probe_saw_and_how_often_in_a_row() {
        want("checks: [{type: tcp, interval: 3s, port: 8080}]", Health.UNKNOWN);
        assertThat(checks.checks("web").get("web/10.0.1.11")).singleElement().satisfies(check -> {
            assertThat(check.check()).isEqualTo("tcp 10.0.1.11:8080 each 3s");
            assertThat(check.probedUnixMs()).isZero();
            assertThat(check.reason()).isEqualTo("not probed yet");
        });

        kill(8080);
        pass(60);

        assertThat(checks.checks("").get("web/10.0.1.11")).singleElement().satisfies(check -> {
            assertThat(check.health()).isEqualTo("down");
            assertThat(check.reason()).isEqualTo("connection refused");
            assertThat(check.inARow()).isBetween(18, 22);
            assertThat(check.probedUnixMs()).isBetween(unixMs - 4_000, unixMs);
        });
        assertThat(checks.checks("dns")).isEmpty();
    }

    @Test
    void the_first_check_of_a_service_that_served_without_does_not_interrupt_it() {
        want("checks: []", Health.UNKNOWN);
        want("", Health.UNKNOWN);
        assertThat(checks.usable(ONE)).isTrue();
        kill(VIP_PORT);
        pass(10);
        assertThat(checks.usable(ONE)).isFalse();
    }

    @Test
    void a_member_is_probed_on_its_own_port_where_it_has_one_and_still_when_it_left() {
        Service service = service("");
        Backend listed = service.backends().getFirst();
        Backend other = new Backend(listed.address(), 100, false, Optional.of(OTHER_PORT), Optional.empty());
        checks.want(Map.of(ONE, new Wanted(service, Optional.of(other), Health.UP)));
        kill(OTHER_PORT);
        assertThat(pass(10)).isTrue();
        assertThat(checks.status(ONE).reason()).startsWith("tcp 10.0.1.11:8080: ");

        checks.want(Map.of(ONE, new Wanted(service, Optional.empty(), Health.UP)));
        pass(10);
        assertThat(health()).isEqualTo(Health.DOWN);

        checks.want(Map.of(ONE, new Wanted(service, Optional.of(listed), Health.UP)));
        pass(10);
        assertThat(health()).isEqualTo(Health.UP);
    }

    @Test
    void what_a_removed_member_still_reports_is_ignored_and_it_is_not_probed_any_more() {
        want("", Health.UP);
        kill(VIP_PORT);
        probing.pass(10);
        checks.want(Map.of());
        assertThat(checks.takeTransitions()).isFalse();
        assertThat(checks.usable(ONE)).isFalse();
        probing.probed.clear();
        probing.pass(60);
        assertThat(probing.probed).isEmpty();
    }
}
