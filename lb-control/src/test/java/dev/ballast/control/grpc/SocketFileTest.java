package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFileTest {
    @TempDir
    Path directory;

    @Test
    void the_socket_has_mode_0660_and_the_group() throws Exception {
        Path path = directory.resolve("x.sock");
        String group = attributes(directory).group().getName();

        try (GrpcServer server = GrpcServer.start(path, group, new FakeControl(), new FakeInspector(), List::of)) {
            assertThat(server.warning()).isEmpty();
            assertThat(PosixFilePermissions.toString(attributes(path).permissions()))
                    .isEqualTo("rw-rw----");
            assertThat(attributes(path).group().getName()).isEqualTo(group);
        }
    }

    @Test
    void without_the_group_only_the_daemons_user_may_open_it_and_a_warning_says_so() throws Exception {
        Path path = directory.resolve("x.sock");

        try (GrpcServer server =
                GrpcServer.start(path, "no-such-group", new FakeControl(), new FakeInspector(), List::of)) {
            assertThat(PosixFilePermissions.toString(attributes(path).permissions()))
                    .isEqualTo("rw-------");
            assertThat(server.warning())
                    .contains("group no-such-group does not exist: only the daemon's own user may open " + path
                            + "; create it (groupadd --system no-such-group) and restart, or name another in"
                            + " node.api.group");
        }
    }

    @Test
    void another_group_opens_it_from_then_on_and_one_that_is_not_there_closes_it() throws Exception {
        Path path = directory.resolve("x.sock");
        String group = attributes(directory).group().getName();

        try (GrpcServer server =
                GrpcServer.start(path, "no-such-group", new FakeControl(), new FakeInspector(), List::of)) {
            server.group(group);
            assertThat(server.warning()).isEmpty();
            assertThat(PosixFilePermissions.toString(attributes(path).permissions()))
                    .isEqualTo("rw-rw----");
            server.group("nor-such-a-group");
            assertThat(server.warning()).get().asString().startsWith("group nor-such-a-group does not exist");
            assertThat(PosixFilePermissions.toString(attributes(path).permissions()))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void nothing_but_the_lock_is_left_behind() throws Exception {
        GrpcServer.start(
                        directory.resolve("run/x.sock"),
                        "no-such-group",
                        new FakeControl(),
                        new FakeInspector(),
                        List::of)
                .close();

        try (var files = Files.list(directory.resolve("run"))) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactly("x.sock.lock");
        }
    }

    @Test
    void the_socket_of_a_dead_daemon_is_replaced() throws Exception {
        Path path = directory.resolve("x.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        Files.createDirectory(directory.resolve(".x.sock"));
        assertThat(path).exists();

        try (GrpcServer _ = GrpcServer.start(path, "no-such-group", new FakeControl(), new FakeInspector(), List::of);
                SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            assertThat(client.isConnected()).isTrue();
        }
    }

    @Test
    void the_socket_of_a_living_daemon_is_refused_and_left_alone() throws Exception {
        Path path = directory.resolve("x.sock");
        try (GrpcServer _ = GrpcServer.start(path, "no-such-group", new FakeControl(), new FakeInspector(), List::of)) {
            assertThatThrownBy(() ->
                            GrpcServer.start(path, "no-such-group", new FakeControl(), new FakeInspector(), List::of))
                    .isInstanceOf(IOException.class)
                    .hasMessage("listen " + path + ": another daemon serves it (its lock is held); stop that one, or"
                            + " start this one with another --instance");
            SocketChannel.open(UnixDomainSocketAddress.of(path)).close();
        }
    }

    @Test
    void a_living_daemon_whose_lock_was_deleted_is_refused_too() throws Exception {
        Path path = directory.resolve("x.sock");
        try (ServerSocketChannel living = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            living.bind(UnixDomainSocketAddress.of(path));

            assertThatThrownBy(() ->
                            GrpcServer.start(path, "no-such-group", new FakeControl(), new FakeInspector(), List::of))
                    .hasMessageContaining("another daemon serves it (it answers)");
        }
    }

    @Test
    void a_file_that_is_no_socket_is_not_removed() throws Exception {
        Path path = Files.writeString(directory.resolve("x.sock"), "precious");

        assertThatThrownBy(
                        () -> GrpcServer.start(path, "no-such-group", new FakeControl(), new FakeInspector(), List::of))
                .hasMessage("listen " + path + ": it exists and is not a socket; remove it or choose another path");
        assertThat(path).hasContent("precious");
    }

    @Test
    void a_path_that_does_not_fit_into_a_socket_address_is_refused_with_the_excess() {
        Path path = directory.resolve("x".repeat(120));

        assertThatThrownBy(
                        () -> GrpcServer.start(path, "no-such-group", new FakeControl(), new FakeInspector(), List::of))
                .hasMessageMatching("listen .* bytes too long for a unix socket; choose a shorter one");
    }

    @Test
    void closing_leaves_a_socket_that_somebody_else_put_there() throws Exception {
        Path path = directory.resolve("x.sock");
        GrpcServer server = GrpcServer.start(path, "no-such-group", new FakeControl(), new FakeInspector(), List::of);
        Files.delete(path);
        Files.writeString(path, "another");

        server.close();

        assertThat(path).hasContent("another");
    }

    private static PosixFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, PosixFileAttributes.class);
    }
}
