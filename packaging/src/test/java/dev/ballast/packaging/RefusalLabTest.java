package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfMapType;
import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.XdpLink;
import dev.ballast.bpf.XdpMode;
import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Host;
import dev.ballast.lab.Signal;
import dev.ballast.perf.demo.Balancer;
import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A machine that does not allow what is wanted: the daemon or the change is refused with cause and cure, and nothing changes. */
class RefusalLabTest {
    private static final Duration WHILE = Duration.ofSeconds(3);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** A drain takes more than 64 bytes of the journal. */
    private static final int MOST_CHANGES_IN_A_PAGE = 4096 / 64;

    private static ProductLab product;
    private static int instances;

    private Balancer balancer;
    private boolean runs;

    @BeforeAll
    static void startLab() {
        product = ProductLab.start(2);
    }

    @AfterAll
    static void closeLab() {
        if (product != null) {
            product.close();
        }
    }

    @BeforeEach
    void freshInstance() {
        balancer = new Balancer(host(), Distribution.home(), "instance" + ++instances);
    }

    @AfterEach
    void teardown() {
        try (Balancer ending = balancer) {
            if (runs) {
                ending.ballast("teardown", "--force").checked();
                ending.awaitEnd();
            }
        } finally {
            runs = false;
            // What a test left without its daemon.
            host().exec("rm", "-rf", balancer.pins().toString()).checked();
        }
    }

    private static Host host() {
        return product.lab().balancer(1);
    }

    @Test
    void an_ordinary_user_is_told_to_be_root() {
        // It may read everything, so that the distribution can lie in root's home.
        ExecResult refused = startBehind(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "--inh-caps=-all,+dac_read_search",
                "--ambient-caps=-all,+dac_read_search");
        assertRefused(refused, "missing: CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON", "run ballastd as root");
    }

    @Test
    void root_without_capabilities_is_told_which_are_missing() throws Exception {
        Files.createDirectories(balancer.stateDirectory());
        ExecResult refused = startBehind("setpriv", "--bounding-set=-all", "--inh-caps=-all");
        assertRefused(refused, "CAP_BPF", "CAP_NET_ADMIN", "run ballastd as root");
    }

    @Test
    void an_interface_that_does_not_exist_is_answered_with_those_that_do() {
        ExecResult refused = start(product.web(1, 2).on("eth7"));
        assertRefused(refused, "there is no interface eth7", "choose one of: lo, eth0");
    }

    @Test
    void an_interface_that_carries_another_program_is_left_to_it() throws Exception {
        try (BpfObject foreign = BpfObject.open("pass", pass())) {
            foreign.load();
            try (XdpLink link = host().call(() ->
                    XdpLink.attach(foreign.programs().iterator().next(), host().interfaceIndex(), XdpMode.NATIVE))) {
                String before = ProductLab.xdpOf(host());
                assertRefusedBesides(
                        start(product.web(1, 2)),
                        "interface eth0 already carries the XDP program with id " + link.programId(),
                        "bpftool prog show id " + link.programId());
                assertThat(ProductLab.xdpOf(host())).isEqualTo(before);
            }
        }
    }

    @Test
    void pins_outside_of_a_bpf_file_system_are_refused() {
        Path plain = balancer.stateDirectory().resolveSibling("plain");
        List<String> command = new ArrayList<>(balancer.daemonCommand(write(product.web(1, 2))));
        command.set(command.indexOf("--pins") + 1, plain.toString());
        ExecResult refused = host().exec(LIMIT, command.toArray(String[]::new));
        assertRefused(refused, "is not on a BPF file system", "mount -t bpf");
        assertThat(plain).doesNotExist();
    }

    @Test
    void a_second_daemon_of_an_instance_names_the_first() {
        startAndAwait(product.web(1, 2));
        long pid = balancer.await(_ -> true, "answers").getPid();
        ExecResult refused = start(product.web(1, 2));
        assertRefusedBesides(refused, "another ballastd (pid " + pid + ")", "--instance");
        assertThat(balancer.await(_ -> true, "answers").getPid()).isEqualTo(pid);
    }

    @Test
    void a_second_daemon_on_the_same_pins_is_refused_although_its_state_is_elsewhere() throws Exception {
        startAndAwait(product.web(1, 2));
        long pid = balancer.await(_ -> true, "answers").getPid();
        try (Balancer second = new Balancer(host(), Distribution.home(), "second")) {
            Path file = second.write("second.yaml", product.web(1, 2).toString());
            List<String> command = new ArrayList<>(second.daemonCommand(file));
            command.set(command.indexOf("--pins") + 1, balancer.pins().toString());
            ExecResult refused = host().exec(LIMIT, command.toArray(String[]::new));
            assertRefusedBesides(
                    refused, "another ballastd (pid " + pid + ")", "the datapath pinned in " + balancer.pins());
        }
        assertThat(product.spread(20)).containsOnlyKeys("backend1", "backend2");
    }

    @Test
    void another_instance_on_the_interface_is_named_by_its_pins() {
        startAndAwait(product.web(1, 2));
        try (Balancer second = new Balancer(host(), Distribution.home(), "second")) {
            Path file = second.write("second.yaml", product.web(1, 2).toString());
            ExecResult refused = host().exec(LIMIT, second.daemonCommand(file).toArray(String[]::new));
            assertRefusedBesides(
                    refused,
                    "interface eth0 already carries",
                    balancer.pins().toString(),
                    "one instance per interface");
            assertThat(second.pins()).doesNotExist();
        }
    }

    @Test
    void a_full_disk_refuses_the_change_and_forwarding_goes_on() throws Exception {
        Path state = Files.createDirectories(balancer.stateDirectory());
        host().exec("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", state.toString())
                .checked();
        startAndAwait(product.web(1, 2));
        host().exec("sh", "-c", "cat /dev/zero > " + state.resolve("filler"));

        // The last page of the journal has room for a few changes more.
        boolean drained = false;
        ExecResult refused = balancer.ballast("drain", product.member(1));
        for (int change = 1; refused.exit() == 0 && change < MOST_CHANGES_IN_A_PAGE; change++) {
            drained = !drained;
            refused = balancer.ballast(drained ? "undrain" : "drain", product.member(1));
        }
        String before = balancer.ballast("get").checked().stdout();
        long revision = balancer.await(_ -> true, "answers").getRevision();
        refused = balancer.ballast(drained ? "undrain" : "drain", product.member(1));
        assertThat(refused.exit()).as(refused.stderr()).isEqualTo(1);
        assertThat(refused.stderr()).contains("No space left on device", "forwarding goes on", "make room");
        assertThat(balancer.ballast("get").checked().stdout()).isEqualTo(before);
        assertThat(balancer.await(_ -> true, "answers").getRevision()).isEqualTo(revision);
        String[] serving = drained ? new String[] {"backend2"} : new String[] {"backend1", "backend2"};
        assertThat(product.spread(20)).containsOnlyKeys(serving);

        Files.delete(state.resolve("filler"));
        balancer.ballast(drained ? "undrain" : "drain", product.member(1)).checked();
        String[] then = drained ? new String[] {"backend1", "backend2"} : new String[] {"backend2"};
        assertThat(product.spread(20)).containsOnlyKeys(then);
    }

    @Test
    void a_read_only_state_directory_refuses_the_change_and_forwarding_goes_on() throws Exception {
        startAndAwait(product.web(1, 2));
        String state = balancer.stateDirectory().toString();
        host().exec("mount", "--bind", state, state).checked();
        host().exec("mount", "-o", "remount,bind,ro", state).checked();
        try {
            ExecResult refused = balancer.ballast("drain", product.member(1));
            assertThat(refused.exit()).as(refused.stderr()).isEqualTo(1);
            assertThat(refused.stderr()).contains("Read-only file system", "forwarding goes on");
            assertThat(product.spread(20)).containsOnlyKeys("backend1", "backend2");
        } finally {
            host().exec("umount", state).checked();
        }
    }

    @Test
    void a_damaged_journal_stops_the_start_and_not_the_forwarding() throws Exception {
        startAndAwait(product.web(1, 2));
        stop();
        Path journal = balancer.stateDirectory().resolve("journal");
        byte[] whole = Files.readAllBytes(journal);
        byte[] damaged = whole.clone();
        damaged[whole.length / 2] ^= 1;
        Files.write(journal, damaged);

        assertRefusedBesides(
                start(product.web(1, 2)), journal + " is damaged: its first record", "restore it from a backup");
        assertThat(product.spread(10)).containsOnlyKeys("backend1", "backend2");

        Files.write(journal, whole);
        startAndAwait(product.web(1, 2));
    }

    @Test
    void pins_that_are_not_whole_stop_the_start_and_not_the_forwarding() throws Exception {
        startAndAwait(product.web(1, 2));
        stop();
        BpfFs.unpin(balancer.pins().resolve("maps").resolve("members"));

        assertRefusedBesides(start(product.web(1, 2)), "a pin is missing or damaged", "rm -r " + balancer.pins());
        assertThat(product.spread(10)).containsOnlyKeys("backend1", "backend2");

        // The cure that the message names.
        host().exec("rm", "-r", balancer.pins().toString()).checked();
        startAndAwait(product.web(1, 2));
    }

    @Test
    void a_foreign_map_among_the_pins_stops_the_start_and_not_the_forwarding() throws Exception {
        startAndAwait(product.web(1, 2));
        stop();
        Path pin = balancer.pins().resolve("maps").resolve("members");
        BpfFs.unpin(pin);
        try (BpfMap foreign = BpfMap.create(BpfMapType.ARRAY, "foreign", 4, 8, 1, 0)) {
            foreign.pin(pin);
        }

        assertRefusedBesides(start(product.web(1, 2)), "map 'members' is", "rm -r " + balancer.pins());
        assertThat(product.spread(10)).containsOnlyKeys("backend1", "backend2");
    }

    /** The state cannot be had by a command of its own: our link has to be torn off while the daemon runs. */
    @Test
    void a_change_that_the_kernel_refuses_later_is_accepted_and_waited_for() throws Exception {
        startAndAwait(product.web(1, 2));
        CompletableFuture<ExecResult> waits;
        try (BpfObject foreign = BpfObject.open("pass", pass());
                XdpLink ours =
                        XdpLink.openPinned(balancer.pins().resolve("links").resolve("eth0"))) {
            foreign.load();
            ours.detach();
            try (XdpLink theirs = host().call(() ->
                    XdpLink.attach(foreign.programs().iterator().next(), host().interfaceIndex(), XdpMode.NATIVE))) {
                ExecResult drained = balancer.ballast("drain", product.member(1), "--no-wait");
                assertThat(drained.exit()).as(drained.stderr()).isEqualTo(4);
                assertThat(drained.stderr())
                        .contains(
                                "is accepted but not done",
                                "already carries the XDP program with id " + theirs.programId());

                waits = CompletableFuture.supplyAsync(() -> balancer.ballast("drain", product.member(1)));
                Thread.sleep(WHILE);
                assertThat(waits).as("it is not in force yet").isNotDone();
            }
        }
        assertThat(waits.join())
                .satisfies(done -> assertThat(done.exit()).as(done.stderr()).isZero());
        // The daemon tries again by itself.
        balancer.await(
                status -> status.getInterfacesCount() == 1
                        && status.getProgress() == Progress.DONE
                        && status.getReason().isEmpty(),
                "is attached again");
        assertThat(product.spread(10)).containsOnlyKeys("backend2");
    }

    private Path write(ConfigText config) {
        return balancer.write("ballast.yaml", config.toString());
    }

    /** Runs the daemon, which must end by itself. */
    private ExecResult start(ConfigText config) {
        return host().exec(LIMIT, balancer.daemonCommand(write(config)).toArray(String[]::new));
    }

    private ExecResult startBehind(String... words) {
        return host().exec(
                        LIMIT,
                        Stream.concat(Arrays.stream(words), balancer.daemonCommand(write(product.web(1, 2))).stream())
                                .toArray(String[]::new));
    }

    private void startAndAwait(ConfigText config) {
        balancer.start(write(config));
        runs = true;
        balancer.await(
                status -> status.getServicesList().stream()
                        .flatMap(service -> service.getMembersList().stream())
                        .allMatch(MemberStatus::getInRing),
                "has every member in the ring");
    }

    private void stop() {
        balancer.stop(Signal.TERM);
        runs = false;
    }

    /** Refused for these reasons, and nothing is pinned or attached. */
    private void assertRefused(ExecResult start, String... reasons) {
        assertRefusedBesides(start, reasons);
        assertThat(balancer.pins()).doesNotExist();
        assertThat(ProductLab.xdpOf(host())).isEmpty();
    }

    /** Likewise, with something pinned or attached before. */
    private static void assertRefusedBesides(ExecResult start, String... reasons) {
        String message = String.join(
                "\n",
                start.stderr()
                        .lines()
                        .filter(line -> line.startsWith("ballastd: "))
                        .toList());
        assertThat(start.exit()).as(start.stderr()).isEqualTo(1);
        assertThat(message).as(start.stderr()).contains(reasons);
    }

    private static byte[] pass() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(RefusalLabTest.class.getResourceAsStream("/bpf/pass.bpf.o"), "pass.bpf.o")) {
            return in.readAllBytes();
        }
    }
}
