package dev.ballast.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Programs in the nodes of a lab. */
class ProcessLabTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static Lab lab;
    private static Host node;

    @BeforeAll
    static void start() {
        lab = Lab.start(Topology.builder().balancers(1).backends(0).build());
        node = lab.balancer(1);
    }

    @AfterAll
    static void close() {
        if (lab != null) {
            lab.close();
        }
    }

    @Test
    void aProgramRunsInTheNodesNetworkWithTheHostsFiles() {
        assertThat(node.exec("readlink", "/proc/self/ns/net").checked().stdout())
                .isNotEqualTo(lab.router()
                        .exec("readlink", "/proc/self/ns/net")
                        .checked()
                        .stdout());
        assertThat(node.exec("readlink", "/proc/self/ns/mnt").checked().stdout())
                .isEqualTo(
                        Command.run("readlink", "/proc/self/ns/mnt").checked().stdout());
        assertThat(node.exec("ls", node.bpffs().getParent().toString())
                        .checked()
                        .stdout())
                .contains("balancer1", "router", "client1");
        assertThat(node.exec("ip", "-brief", "address", "show", "eth0")
                        .checked()
                        .stdout())
                .contains("10.2.0.11/24", "fd00:2::11/64");
        assertThat(node.exec("ip", "-brief", "link", "show", "eth0").checked().stdout())
                .contains("02:00:0a:02:00:0b");
        assertThat(node.macAddress()).isEqualTo("02:00:0a:02:00:0b");
    }

    @Test
    void javaCodeRunsInTheNodesNetworkToo() throws Exception {
        assertThat(node.interfaceIndex())
                .isEqualTo(Integer.parseInt(node.exec("sh", "-c", "ip -o link show dev eth0 | cut -d: -f1")
                        .checked()
                        .stdout()
                        .strip()));
        assertThatThrownBy(() -> node.call(() -> {
                    throw new IOException("as thrown");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("as thrown");
    }

    @Test
    void aResultHasStatusAndBothOutputs() {
        ExecResult result = node.exec("sh", "-c", "echo out; echo err >&2; exit 3");
        assertThat(result.exit()).isEqualTo(3);
        assertThat(result.stdout()).isEqualTo("out\n");
        assertThat(result.stderr()).isEqualTo("err\n");
        assertThatThrownBy(result::checked)
                .isInstanceOf(LabException.class)
                .hasMessage("balancer1: `nsenter --net=%s sh -c echo out; echo err >&2; exit 3` exited with 3: err"
                        .formatted(node.namespacePath()));
    }

    @Test
    void aProgramThatIsMissingIsNamed() {
        assertThat(node.exec("no-such-program").exit()).isEqualTo(127);
        assertThatThrownBy(() -> node.exec("no-such-program").checked()).hasMessageContaining("no-such-program");
    }

    @Test
    void outputBeyondTheLimitIsCountedNotKept() {
        ExecResult result = node.exec("head", "-c", "3000000", "/dev/zero").checked();
        assertThat(result.stdout()).hasSizeLessThan(Command.MAX_OUTPUT_BYTES + 100);
        assertThat(result.stdout()).endsWith("(and %d bytes more)\n".formatted(3_000_000 - Command.MAX_OUTPUT_BYTES));
    }

    @Test
    void aProgramThatTakesTooLongIsKilledWithItsChildren() {
        assertThatThrownBy(() -> node.exec(Duration.ofSeconds(1), "sh", "-c", "echo begun; sleep 1111; true"))
                .isInstanceOf(LabException.class)
                .hasMessageContaining("still ran after 1 s and was killed; it had said: begun");
        assertThat(NodeNamespace.processesIn(List.of(node.namespace())))
                .noneMatch(process -> process.info().commandLine().orElse("").contains("sleep 1111"));
    }

    @Test
    void aSpawnedProgramRunsUntilItIsSignalledAndItsOutputIsKept() throws Exception {
        Path ready = lab.stateDirectory().resolve("ready");
        LabProcess process = node.spawn("sh", "-c", "echo started; sleep 2222 & touch " + ready + "; wait");
        while (!Files.exists(ready)) {
            Thread.sleep(5);
        }
        assertThat(process.isAlive()).isTrue();
        assertThat(process.output()).isEqualTo("started\n");
        assertThat(process.log()).startsWith(lab.stateDirectory());
        assertThatThrownBy(() -> process.waitFor(Duration.ofMillis(1))).hasMessageContaining("still runs after 1 ms");

        process.signal(Signal.KILL);
        assertThat(process.waitFor(LIMIT)).isEqualTo(128 + Signal.KILL.number);
        // Its child, of the same group, went with it.
        assertThat(NodeNamespace.processesIn(List.of(node.namespace())))
                .noneMatch(each -> each.info().commandLine().orElse("").contains("sleep 2222"));
        process.signal(Signal.KILL); // to one that has ended: nothing
    }

    @Test
    void aSpawnedProgramCanBeKilledAtOnce() {
        for (int i = 0; i < 20; i++) {
            LabProcess process = node.spawn("sleep", "4444");
            process.signal(Signal.KILL);
            assertThat(process.waitFor(LIMIT)).isEqualTo(128 + Signal.KILL.number);
        }
    }

    @Test
    void aFrozenProgramStaysUntilItIsToldToGoOn() throws Exception {
        LabProcess process = node.spawn("sh", "-c", "while :; do date +%N; done");
        process.signal(Signal.STOP);
        while (ProcStat.of(process.pid()).orElseThrow().state() != 'T') {
            Thread.sleep(5);
        }
        assertThat(process.isAlive()).isTrue();
        process.signal(Signal.CONT);
        while (ProcStat.of(process.pid()).orElseThrow().state() == 'T') {
            Thread.sleep(5);
        }
        process.signal(Signal.TERM);
        assertThat(process.waitFor(LIMIT)).isEqualTo(128 + Signal.TERM.number);
    }

    @Test
    void aNumberThatNoNodeHasIsRefusedWithTheRange() {
        assertThatThrownBy(() -> lab.client(0))
                .hasMessage("there is no client0: this lab's are numbered 1 to 1, see Topology.Builder");
        assertThatThrownBy(() -> lab.backend(1)).hasMessageContaining("numbered 1 to 0");
    }
}
