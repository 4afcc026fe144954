package dev.ballast.control.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectStoreTest {
    @TempDir
    Path state;

    private ObjectStore store;

    @BeforeEach
    void open() {
        store = new ObjectStore(state);
    }

    private Path file(String tag) {
        return state.resolve("objects").resolve(tag + ".o");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(state.resolve("objects"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void an_object_is_kept_under_its_tag() throws IOException {
        store.keep("a1", new byte[] {1, 2, 3});
        assertThat(file("a1")).hasBinaryContent(new byte[] {1, 2, 3});
        assertThat(names()).containsExactly("a1.o");
    }

    @Test
    void the_newest_ten_are_kept() throws IOException {
        for (int i = 0; i < 10; i++) {
            store.keep("t" + i, new byte[] {(byte) i});
            Files.setLastModifiedTime(file("t" + i), FileTime.fromMillis(1_000 + i));
        }
        store.keep("newest", new byte[] {99});
        assertThat(names()).hasSize(10).contains("newest.o", "t1.o").doesNotContain("t0.o");
    }

    @Test
    void one_that_runs_again_counts_as_new() throws IOException {
        for (int i = 0; i < 10; i++) {
            store.keep("t" + i, new byte[] {(byte) i});
            Files.setLastModifiedTime(file("t" + i), FileTime.fromMillis(1_000 + i));
        }
        store.keep("t0", new byte[] {0});
        store.keep("newest", new byte[] {99});
        assertThat(names()).contains("t0.o").doesNotContain("t1.o");
    }

    @Test
    void what_is_no_object_is_left_alone() throws IOException {
        Path directory = Files.createDirectories(state.resolve("objects"));
        Files.writeString(directory.resolve("README"), "an operator's");
        Files.setLastModifiedTime(directory.resolve("README"), FileTime.fromMillis(1));
        for (int i = 0; i < 12; i++) {
            store.keep("t" + i, new byte[] {1});
        }
        assertThat(names()).hasSize(11).contains("README");
    }

    @Test
    void a_disk_that_refuses_does_not_stop_whoever_swaps() throws IOException {
        Files.writeString(state.resolve("objects"), "a file where the directory should be");
        store.keep("a1", new byte[] {1});
        assertThat(state.resolve("objects")).isRegularFile();
    }
}
