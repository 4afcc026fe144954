package dev.ballast.control;

import ch.qos.logback.classic.Level;
import dev.ballast.bpf.Capabilities;
import dev.ballast.control.doctor.Doctor;
import dev.ballast.control.grpc.GrpcServer;
import dev.ballast.control.http.HttpServer;
import dev.ballast.control.inspect.LiveInspector;
import dev.ballast.control.journal.InstanceLock;
import dev.ballast.control.journal.JournalException;
import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.Daemon;
import dev.ballast.control.loop.Identity;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.model.Names;
import dev.ballast.control.model.Node;
import dev.ballast.control.reconcile.ReconcileException;
import dev.ballast.control.source.FileSource;
import dev.ballast.control.source.Source;
import dev.ballast.control.systemd.Notifier;
import dev.ballast.control.telemetry.Metrics;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ballastd}. Exit status 0: ended in order; 1: could not start, and stderr says why; 2: usage; 128 + n: ended by signal n. */
@Command(
        name = "ballastd",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        header = "Keeps this machine's load balancer as it is configured.",
        description = {
            "The daemon of the Ballast load balancer: loads the XDP program, keeps its tables as configured, checks backends,"
                    + " and serves the `ballast` command on a unix socket.",
            "It is not in the path of packets: when it ends, by whatever, the kernel goes on forwarding, and the next start"
                    + " takes over what is there. `ballast teardown` ends the forwarding itself."
        },
        footer = {
            "",
            "The configuration file is read when nothing was ever accepted; after that, changes come by `ballast apply`.",
            "Logs go to stderr as logfmt, one line an event."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:ended in order by `ballast teardown`, or the file is valid",
            "1:could not start, or the file is not valid; standard error says why",
            "2:the command line is wrong",
            "130:ended in order by SIGINT",
            "143:ended in order by SIGTERM, as `systemctl stop` does"
        })
public final class Main implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    @Option(
            names = "--instance",
            paramLabel = "NAME",
            defaultValue = "default",
            description = "which of several on one machine; it names all paths below (default: ${DEFAULT-VALUE})")
    private String instance = "default";

    @Option(names = "--config", paramLabel = "FILE", description = "default: /etc/ballast/NAME.yaml")
    private @Nullable Path config;

    @Option(names = "--state", paramLabel = "DIRECTORY", description = "default: /var/lib/ballast/NAME")
    private @Nullable Path state;

    @Option(names = "--socket", paramLabel = "FILE", description = "default: /run/ballast/NAME.sock")
    private @Nullable Path socket;

    @Option(names = "--pins", paramLabel = "DIRECTORY", description = "default: /sys/fs/bpf/ballast/NAME")
    private @Nullable Path pins;

    @Option(names = "--check", description = "only check the configuration file; needs no root and touches nothing")
    private boolean check;

    /** Whose members may open the socket; set on the loop's thread before the socket is made. */
    private volatile String group = Node.Api.DEFAULT_GROUP;

    /** Where metrics are served; set on the loop's thread, which follows a change of it. */
    private volatile Node.Http http = Node.Http.DEFAULT;

    private volatile @Nullable HttpServer httpServer;
    private volatile @Nullable GrpcServer grpcServer;

    /** A client of the metrics that takes longer over a request, or between two, is left. */
    private static final Duration HTTP_PATIENCE = Duration.ofSeconds(30);

    /** The version of the jar. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"ballastd " + version()};
        }
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(built from sources)" : version;
    }

    /** The process. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() {
        if (!Names.isName(instance)) {
            System.err.println("ballastd: --instance " + instance
                    + ": not a name; use lower-case letters, digits and hyphens, as lb1");
            return CommandLine.ExitCode.USAGE;
        }
        Path file = config == null ? Path.of("/etc/ballast", instance + ".yaml") : config;
        try {
            return check ? check(file) : run(file);
        } catch (ChangeRefusedException e) {
            e.problems()
                    .forEach(problem -> System.err.println("ballastd: " + place(file, problem) + problem.message()));
            return CommandLine.ExitCode.SOFTWARE;
        } catch (JournalException | IOException | ReconcileException e) {
            String message = String.valueOf(e.getMessage());
            message.lines().forEach(line -> System.err.println("ballastd: " + line));
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** Where in the file, as editors and compilers write it. */
    private static String place(Path file, ChangeRefusedException.Problem problem) {
        return problem.line() == 0 ? "" : "%s:%d:%d: ".formatted(file, problem.line(), problem.column());
    }

    private static int check(Path file) throws IOException {
        try {
            Config read = ConfigReader.read(file.toString(), bytes(file));
            System.out.printf(
                    "%s: valid; services: %d, interfaces: %d%n",
                    file, read.services().size(), read.node().interfaces().size());
            return CommandLine.ExitCode.OK;
        } catch (ConfigException e) {
            System.err.println(e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    private static byte[] bytes(Path file) throws IOException {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": no such file; name one with --config", e);
        } catch (AccessDeniedException e) {
            throw new IOException(file + ": not readable by this user", e);
        }
    }

    private int run(Path file) throws JournalException, IOException {
        requireCapabilities();
        requireNativeLibrary();
        Path stateDirectory = directory(state == null ? Path.of("/var/lib/ballast", instance) : state);
        Path socketFile = socket == null ? Path.of("/run/ballast", instance + ".sock") : socket;
        Path pinDirectory = pins == null ? Path.of("/sys/fs/bpf/ballast", instance) : pins;
        long pid = ProcessHandle.current().pid();
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        try (InstanceLock _ = InstanceLock.take(stateDirectory, pid);
                InstanceLock _ = InstanceLock.takePins(pinDirectory, pid);
                Source source = new FileSource(file);
                Daemon daemon = Daemon.start(
                        new Identity(instance, version(), pid, System.currentTimeMillis(), source.kind()),
                        stateDirectory,
                        pinDirectory,
                        config -> {
                            configured(config.node());
                            source.accepted(config);
                        },
                        end::countDown)) {
            source.start(daemon.control());
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("ballast-stop").unstarted(() -> {
                        end.countDown();
                        awaitQuietly(ended);
                    }));
            serve(
                    daemon,
                    source,
                    socketFile,
                    new Doctor(daemon.control()::snapshot, stateDirectory, pinDirectory, System::currentTimeMillis),
                    pid,
                    end);
        } finally {
            ended.countDown();
        }
        return CommandLine.ExitCode.OK;
    }

    /** Answers whoever asks, until the end. */
    private void serve(Daemon daemon, Source source, Path socketFile, Doctor doctor, long pid, CountDownLatch end)
            throws IOException {
        Control control = daemon.control();
        daemon.warnOf(source::difference);
        try (GrpcServer api = GrpcServer.start(socketFile, group, control, new LiveInspector(control), doctor);
                Metrics metrics = new Metrics(
                        control::snapshot,
                        daemon.statistics(),
                        () -> source.difference().isPresent());
                HttpServer server = new HttpServer(control::brief, metrics, HTTP_PATIENCE)) {
            grpcServer = api;
            api.group(group); // it may have become another one meanwhile
            daemon.warnOf(api::warning);
            httpServer = server;
            daemon.warnOf(server::warning);
            serveHttp(http);
            LOG.atInfo()
                    .addKeyValue("instance", instance)
                    .addKeyValue("version", version())
                    .addKeyValue("pid", pid)
                    .addKeyValue("socket", socketFile)
                    .log(readiness(control.snapshot()));
            Optional<Notifier> notifier = Notifier.open(System.getenv(), pid);
            notifier.ifPresent(manager -> control.watchBriefly(manager::saw));
            awaitQuietly(end);
            notifier.ifPresent(Notifier::close);
            LOG.atInfo().log(
                    control.snapshot().programTag().isEmpty()
                            ? "stopping; nothing of it is in the kernel"
                            : "stopping; what is in the kernel goes on forwarding");
        }
    }

    /** Takes over what is configured of the daemon itself. On the loop's thread. */
    private void configured(Node node) {
        level(node.log().level());
        group = node.api().group();
        GrpcServer server = grpcServer;
        if (server != null) {
            server.group(group);
        }
        serveHttp(node.http());
    }

    /** What the log says when the API listens: whether packets are forwarded is another question. */
    private static String readiness(Snapshot snapshot) {
        if (snapshot.revision() == 0) {
            return "ready for `ballast apply`; nothing is configured";
        }
        return switch (snapshot.progress()) {
            case DONE -> "ready";
            case PENDING, FAILED -> "running, but not all of the configuration is in force: " + snapshot.reason();
        };
    }

    /** Before the kernel is touched: without it nobody could ask the daemon anything. Netty unpacks it to the temporary directory. */
    private static void requireNativeLibrary() throws IOException {
        if (!Epoll.isAvailable()) {
            throw new IOException(
                    "Netty's native library cannot be loaded from %1$s: %2$s; if that is mounted noexec, `mount -o remount,exec %1$s`, or JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIR with one that is not"
                            .formatted(
                                    System.getProperty("java.io.tmpdir"),
                                    rootOf(Epoll.unavailabilityCause()).getMessage()),
                    Epoll.unavailabilityCause());
        }
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause == null ? failure : rootOf(cause);
    }

    /** First of all: what fails later for the lack of one says less about it. */
    private static void requireCapabilities() throws IOException {
        List<String> missing = Capabilities.missing();
        if (!missing.isEmpty()) {
            throw new IOException(
                    "this user may not load and attach XDP programs (missing: %s); run ballastd as root, or by its systemd unit"
                            .formatted(String.join(", ", missing)));
        }
    }

    private static Path directory(Path path) throws IOException {
        try {
            return Files.createDirectories(path);
        } catch (AccessDeniedException e) {
            throw new IOException(
                    "cannot make %s: permission denied; name a directory that this user may make with --state"
                            .formatted(path),
                    e);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Listens where it is configured, as soon as there is who can. */
    private void serveHttp(Node.Http wanted) {
        http = wanted;
        HttpServer server = httpServer;
        if (server != null) {
            server.listen(wanted.listen());
        }
    }

    /** Makes the log as loud as it is configured. */
    private static void level(Node.Log.Level level) {
        if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof ch.qos.logback.classic.Logger root) {
            root.setLevel(
                    switch (level) {
                        case DEBUG -> Level.DEBUG;
                        case INFO -> Level.INFO;
                        case WARN -> Level.WARN;
                        case ERROR -> Level.ERROR;
                    });
        }
    }
}
