package dev.ballast.control.model;

import static dev.ballast.control.model.Configs.errors;
import static dev.ballast.control.model.Configs.readService;
import static dev.ballast.control.model.Configs.service;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The rules of checks, and where a check gets its port from. */
class CheckRulesTest {
    private static final String TCP = "vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]";
    private static final String UDP = "vips: [{address: 203.0.113.10, port: 53, protocol: udp}]";
    private static final String CURE = "write checks: [{type: tcp, port: N}], or checks: [] for none";

    @Test
    void a_check_tries_the_port_of_the_tcp_vip() {
        assertThat(readService(service(TCP)).checks()).containsExactly(Check.DEFAULT.withPort(443));
        assertThat(readService(
                                service(
                                        "vips: [{address: 203.0.113.10, port: 443, protocol: udp}, {address: 203.0.113.10, port: 80, protocol: tcp}]"))
                        .checks())
                .containsExactly(Check.DEFAULT.withPort(80));
    }

    @Test
    void a_udp_service_says_what_to_check() {
        assertThat(errors(service(UDP)))
                .containsExactly("services.web.checks: missing: a tcp check has no port to try where every VIP is udp; "
                        + CURE + " (line 4, column 3)");
        assertThat(errors(service(UDP, "checks: [{type: tcp, interval: 5s}]")))
                .containsExactly(
                        "services.web.checks[0].port: missing: a tcp check has no port to try where every VIP is udp; "
                                + CURE + " (line 6, column 14)");
        assertThat(readService(service(UDP, "checks: [{type: tcp, port: 53}]")).checks())
                .containsExactly(Check.DEFAULT.withPort(53));
    }

    @Test
    void no_checks_is_a_choice() {
        assertThat(readService(service(UDP, "checks: []")).checks()).isEmpty();
        assertThat(errors(service(UDP, "checks:")))
                .containsExactly(
                        "services.web.checks: has no value; write [] for none, [{...}] for one (line 6, column 12)");
    }

    @Test
    void an_any_port_service_says_what_to_check() {
        assertThat(errors(service(TCP.replace("443", "any"))))
                .containsExactly("services.web.checks: missing: a check has no port to try where a VIP takes any port; "
                        + CURE + " (line 4, column 3)");
    }

    @Test
    void a_service_of_several_ports_says_which_to_check() {
        assertThat(
                        errors(
                                service(
                                        "vips: [{address: 203.0.113.10, port: 443, protocol: tcp}, {address: 203.0.113.10, port: 80, protocol: tcp}]")))
                .containsExactly(
                        "services.web.checks: missing: the VIPs have the ports 80, 443, and a check tries one; " + CURE
                                + " (line 4, column 3)");
    }

    @Test
    void a_broken_vip_says_nothing_about_checks() {
        assertThat(errors(service("vips: [{address: 203.0.113.10, port: 53, protocol: upd}]")))
                .containsExactly(
                        "services.web.vips[0].protocol: upd is unknown; allowed: tcp, udp; did you mean udp? (line 5, column 56)");
    }

    @Test
    void other_checks_come_later_with_all_their_keys() {
        assertThat(errors(service(TCP, "checks: [{type: https, get: /healthz, host: www.example.net, status: [200]}]")))
                .containsExactly(
                        "services.web.checks[0].type: https is not in this build; allowed: tcp (line 6, column 21)");
        assertThat(errors(service(TCP, "checks: [{type: tcp, get: /healthz}]")))
                .containsExactly(
                        "services.web.checks[0].get: not in this build; allowed: type, path, port, interval, timeout, rise, fall, jitter; leave it out (line 6, column 26)");
        assertThat(errors(service(TCP, "checks: [{type: tpc}]")))
                .containsExactly(
                        "services.web.checks[0].type: tpc is unknown; allowed: tcp; did you mean tcp? (line 6, column 21)");
    }

    @Test
    void a_check_through_the_vip_comes_later() {
        assertThat(errors(service(TCP, "checks: [{path: vip}]")))
                .containsExactly(
                        "services.web.checks[0].path: vip is not in this build; allowed: direct (line 6, column 21)");
    }

    @Test
    void the_numbers_of_a_check_have_ranges() {
        assertThat(errors(service(
                        TCP, "checks: [{port: 70000, interval: 50ms, timeout: 2h, rise: 0, fall: 101, jitter: 51%}]")))
                .containsExactly(
                        "services.web.checks[0].port: 70000 is out of range; allowed: 1 to 65535 (line 6, column 21)",
                        "services.web.checks[0].interval: 50ms is out of range; allowed: 100ms to 1h (line 6, column 38)",
                        "services.web.checks[0].timeout: 2h is out of range; allowed: 10ms to 1h (line 6, column 53)",
                        "services.web.checks[0].rise: 0 is out of range; allowed: 1 to 100 (line 6, column 63)",
                        "services.web.checks[0].fall: 101 is out of range; allowed: 1 to 100 (line 6, column 72)",
                        "services.web.checks[0].jitter: 51% is out of range; allowed: 0% to 50% (line 6, column 85)");
        assertThat(errors(service(TCP, "checks: [{interval: 2, timeout: \"1\", jitter: 0.1}]")))
                .containsExactly(
                        "services.web.checks[0].interval: 2 has no unit; allowed: 100ms to 1h; write a whole number with ms, s, m or h, such as 2s (line 6, column 25)",
                        "services.web.checks[0].timeout: \"1\" has no unit; allowed: 10ms to 1h; write a whole number with ms, s, m or h, such as 2s (line 6, column 37)",
                        "services.web.checks[0].jitter: 0.1 has no unit; allowed: 0% to 50%; write a number with %, such as 10% (line 6, column 50)");
    }

    @Test
    void a_probe_ends_before_the_next_begins() {
        assertThat(errors(service(TCP, "checks: [{timeout: 3s}]")))
                .containsExactly(
                        "services.web.checks[0].timeout: 3s is longer than the interval of 2s; shorten it or lengthen the interval (line 6, column 24)");
        assertThat(errors(service(TCP, "checks: [{interval: 500ms}]")))
                .containsExactly(
                        "services.web.checks[0].interval: 500ms is shorter than the timeout of 1s; lengthen it or shorten the timeout (line 6, column 25)");
        assertThat(errors(service(TCP, "checks: [{interval: 3s, timeout: 3s}]")))
                .isEmpty();
    }

    @Test
    void two_equal_checks_are_one_too_many() {
        assertThat(errors(service(TCP, "checks: [{type: tcp}, {port: 443, interval: 2s}]")))
                .containsExactly(
                        "services.web.checks[1]: the same check stands at line 6, column 14; remove one of the two (line 6, column 27)");
    }

    @Test
    void a_backend_may_be_checked_on_a_port_of_its_own() {
        Service service =
                readService(service(TCP, "backends: [{address: 10.0.0.1}, {address: 10.0.0.2, checkPort: 8080}]"));
        assertThat(service.backends())
                .extracting(Backend::checkPort)
                .containsExactly(Optional.empty(), Optional.of(8080));
        assertThat(errors(service(TCP, "backends: [{address: 10.0.0.1, checkPort: any}]")))
                .containsExactly(
                        "services.web.backends[0].checkPort: any is not a whole number; allowed: 1 to 65535 (line 6, column 47)");
    }

    @Test
    void a_port_of_its_own_stands_for_the_one_port_of_the_checks() {
        String backends = "backends: [{address: 10.0.0.1, checkPort: 8080}]";
        assertThat(errors(service(TCP, "checks: []", backends)))
                .containsExactly(
                        "services.web.backends[0].checkPort: 8080 is for a backend that is checked, and this service has no checks; leave checkPort out, or name a check (line 7, column 47)");
        assertThat(errors(service(TCP, "checks: [{port: 1}, {port: 2}]", backends)))
                .containsExactly(
                        "services.web.backends[0].checkPort: 8080 stands for one port, and the checks of this service have 2; leave checkPort out, or keep the checks on one port (line 7, column 47)");
        assertThat(errors(service(TCP, "checks: [{port: 1}, {port: 1, interval: 5s}]", backends)))
                .isEmpty();
    }
}
