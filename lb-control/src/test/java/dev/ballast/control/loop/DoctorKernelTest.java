package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.XdpLink;
import dev.ballast.bpf.XdpMode;
import dev.ballast.control.doctor.Doctor;
import dev.ballast.control.doctor.Finding;
import dev.ballast.control.doctor.Finding.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The doctor of a writer over a real datapath: a healthy one, and what was broken of it by hand. */
@Timeout(120)
class DoctorKernelTest extends WriterOverKernel {
    private BpfObject pass;
    private XdpLink peer;

    /** As a healthy machine is: room for the outer header, and a peer that takes what a program sends. */
    @BeforeEach
    void heal() throws IOException {
        network.setMtu("one", 1_600);
        network.setMtu("one-peer", 1_600);
        try (InputStream bytes =
                Objects.requireNonNull(DoctorKernelTest.class.getResourceAsStream("/bpf/pass.bpf.o"), "pass.bpf.o")) {
            pass = BpfObject.open("pass", bytes.readAllBytes());
        }
        pass.load();
        int index = network.netlink().link("one-peer").orElseThrow().index();
        peer = network.inside(() -> XdpLink.attach(pass.programs().iterator().next(), index, XdpMode.NATIVE));
        apply(one(web(11, 12)));
        probing.pass(10);
        handle(new Event.HealthChanged());
        ticks(1);
    }

    @AfterEach
    void detach() {
        peer.close();
        pass.close();
    }

    private List<Finding> examine(Path pins) {
        handle(new Event.Tick());
        return network.inside(() -> new Doctor(writer::snapshot, state, pins, () -> 1_000).get());
    }

    /** All that is not well. */
    private List<Finding> findings() {
        return examine(network.pins()).stream()
                .filter(finding -> finding.outcome() != Outcome.OK)
                .toList();
    }

    private static void assertFound(List<Finding> findings, Outcome outcome, String check, String detail, String cure) {
        assertThat(findings).anySatisfy(finding -> {
            assertThat(finding.outcome()).isEqualTo(outcome);
            assertThat(finding.check()).isEqualTo(check);
            assertThat(finding.detail()).contains(detail);
            assertThat(finding.cure()).contains(cure);
        });
    }

    @Test
    void of_a_healthy_balancer_there_is_nothing_to_say_but_what_was_looked_at() {
        List<Finding> all = examine(network.pins());

        assertThat(all).allSatisfy(finding -> {
            assertThat(finding.outcome()).as(finding.toString()).isEqualTo(Outcome.OK);
            assertThat(finding.cure()).isEmpty();
        });
        assertThat(all)
                .extracting(Finding::check)
                .contains(
                        "kernel",
                        "capabilities",
                        "interface one",
                        "configuration",
                        "addresses",
                        "services",
                        "flow table");
    }

    @Test
    void an_interface_that_is_down_too_small_or_gone_is_found() {
        network.setMtu("one", 1_500);
        assertFound(findings(), Outcome.WARNING, "interface one", "its MTU is 1500", "`ip link set dev one mtu 1520`");

        network.ip("link set one down");
        assertFound(findings(), Outcome.PROBLEM, "interface one", "set down", "`ip link set dev one up`");
        network.ip("link set one up");
        network.ip("link set one-peer down");
        assertFound(findings(), Outcome.PROBLEM, "interface one", "no carrier", "the other side");

        network.removeInterface("one");
        assertFound(findings(), Outcome.PROBLEM, "interface one", "there is none of this name", "`ip link`");
    }

    @Test
    void a_vip_that_became_an_address_of_the_machine_is_found() {
        network.ip("addr add 203.0.113.10/32 dev two");

        assertFound(findings(), Outcome.PROBLEM, "addresses", "203.0.113.10", "remove it from the interface");
    }

    @Test
    void a_machine_without_an_address_of_the_family_of_its_backends_is_found() {
        network.ip("addr del 10.0.1.2/24 dev one");

        assertFound(findings(), Outcome.PROBLEM, "addresses", "no IPv4 address", "`ip address add ");
    }

    @Test
    void a_service_without_a_member_and_one_with_a_member_down_are_found() {
        probing.kill(backend(11), 80);
        probing.pass(20);
        handle(new Event.HealthChanged());
        assertFound(
                findings(),
                Outcome.WARNING,
                "service web",
                "1 of 2 members are down: 10.0.1.11",
                "`ballast health web`");

        drain("web/10.0.1.12", true);
        assertFound(
                findings(),
                Outcome.PROBLEM,
                "service web",
                "none of its 2 members takes new flows",
                "`ballast undrain web`");
    }

    @Test
    void a_directory_of_pins_on_another_file_system_is_found() {
        assertFound(
                examine(state.resolve("pins")),
                Outcome.PROBLEM,
                "bpf file system",
                "forwarding would end with the daemon",
                "`mount -t bpf bpf /sys/fs/bpf`");
    }

    @Test
    void what_status_warns_of_is_found_with_its_cure() {
        peer.close();

        assertFound(findings(), Outcome.WARNING, "status", "carries no XDP program", "XDP_PASS");
    }

    @Test
    void a_program_of_another_build_is_found_with_the_swap_that_replaces_it() {
        swap(otherBuild());

        assertFound(findings(), Outcome.WARNING, "status", "is not this build's", "`ballast swap`");
    }
}
