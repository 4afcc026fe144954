package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.LabProcess;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The Java runtime of the distribution, and the AOT caches that its commands start from. */
@Timeout(120)
class RuntimeLabTest {
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int TRIES = 300;

    private static final Path HOME = Distribution.home();

    /** A cache that does not fit is let go by the JVM before anything of it is used; one that is mapped is in use. */
    @Test
    void daemon_and_command_run_on_the_runtime_of_the_distribution_from_their_caches() throws Exception {
        try (ProductLab product = ProductLab.start(1)) {
            product.reset(product.web(1));
            assertThat(mapped(product.status().getPid(), "ballastd.aot"))
                    .as("the daemon has its cache mapped")
                    .isTrue();

            LabProcess watch = product.lab()
                    .balancer(1)
                    .spawn(product.balancer()
                            .ballastCommand("status", "--watch")
                            .toArray(String[]::new));
            boolean mapped = false;
            for (int i = 0; !mapped && watch.isAlive() && i < TRIES; i++) {
                LockSupport.parkNanos(POLL_NS);
                mapped = mapped(watch.pid(), "ballast.aot");
            }
            assertThat(mapped)
                    .as("the command has its cache mapped; it says: %s", watch.output())
                    .isTrue();
        }
    }

    /** Older ones have no stack maps, and no cache takes them. */
    @Test
    void the_class_files_that_both_commands_begin_with_are_young_enough_for_the_caches() throws IOException {
        Path picocli = jarsOfCommand().stream()
                .filter(jar -> jar.getFileName().toString().startsWith("picocli-"))
                .findFirst()
                .orElseThrow();
        try (JarFile jar = new JarFile(picocli.toFile());
                DataInputStream classFile =
                        new DataInputStream(jar.getInputStream(jar.getEntry("picocli/CommandLine.class")))) {
            classFile.readInt(); // the magic number
            classFile.readUnsignedShort(); // the minor version
            assertThat(classFile.readUnsignedShort()).isGreaterThanOrEqualTo(ClassFile.JAVA_7_VERSION);
        }
    }

    /** What is missing there would be noticed by the verb alone that needs it. */
    @Test
    void the_class_path_of_the_command_names_jars_of_the_distribution() throws IOException {
        assertThat(jarsOfCommand()).hasSizeGreaterThan(20).allMatch(Files::isRegularFile);
    }

    private static List<Path> jarsOfCommand() throws IOException {
        try (JarFile jar = new JarFile(HOME.resolve("lib/ballast-command.jar").toFile())) {
            String names = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            return Stream.of(names.split(" ", -1))
                    .map(name -> HOME.resolve("lib").resolve(name))
                    .toList();
        }
    }

    private static boolean mapped(long pid, String cache) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        Path java = HOME.resolve("runtime/bin/java").toRealPath();
        Path file = HOME.resolve("lib").resolve(cache).toRealPath();
        try (Stream<String> maps = Files.lines(process.resolve("maps"))) {
            return process.resolve("exe").toRealPath().equals(java) && maps.anyMatch(line -> line.endsWith(" " + file));
        }
    }

    @Test
    void everybody_may_read_the_distribution_and_its_owner_alone_may_change_it() throws IOException {
        Set<PosixFilePermission> shared = Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
        for (Path path : files()) {
            assertThat(Files.getPosixFilePermissions(path))
                    .as(path.toString())
                    .contains(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ)
                    .doesNotContainAnyElementsOf(shared);
        }
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(HOME)) {
            return files.toList();
        }
    }
}
