package dev.ballast.cli;

import com.google.protobuf.Message;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.logging.LogManager;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code ballast}: the options that every verb has, and what becomes of a verb's failure. */
@Command(
        name = "ballast",
        description = "Changes and shows what a Ballast load balancer does.",
        synopsisSubcommandLabel = "VERB",
        commandListHeading = "%nVerbs:%n",
        optionListHeading = "%nOptions:%n",
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done",
            "1:refused, nothing changed",
            "2:the command line is wrong",
            "3:the daemon cannot be reached",
            "4:accepted but not done, or the outcome is unknown",
            "5:another revision is current than the expected one",
            "6:with diff --exit-code: something differs"
        },
        footerHeading = "%nOutput for programs:%n",
        footer = {
            "With -o json or yaml standard output has the message of the API alone, as ballast/v1/*.proto has it, in proto3's JSON:"
                    + " lowerCamelCase names, 64-bit numbers as strings, every field present. Names and types stay within"
                    + " ballast.v1; fields may be added. `get` prints the configuration alone, in either form. Streams (--watch, --follow, replay) have one object a line. A refusal"
                    + " is a document with its problems. Messages for people go to standard error. Colour is for terminals;"
                    + " NO_COLOR switches it off."
        })
public final class Main implements Callable<Integer> {
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    /** Words of a command line that hardly ever goes on to ask the daemon. */
    private static final Set<String> WITHOUT_DAEMON = Set.of("-h", "--help", "-V", "--version", "check");

    private final Shell shell;

    @Spec
    @Nullable
    private CommandSpec spec;

    @Option(
            names = "--instance",
            paramLabel = "NAME",
            defaultValue = "default",
            scope = ScopeType.INHERIT,
            description = "Which daemon, by its /run/ballast/NAME.sock (default: ${DEFAULT-VALUE}).")
    private String instance = "default";

    @Option(
            names = "--socket",
            paramLabel = "PATH",
            scope = ScopeType.INHERIT,
            description = "The daemon's socket, wherever it is.")
    @Nullable
    private Path socket;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            defaultValue = "table",
            scope = ScopeType.INHERIT,
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Output output = Output.TABLE;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Says this.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it.
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Says which version this is.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it.
    private boolean version;

    Main(Shell shell) {
        this.shell = shell;
    }

    public static void main(String[] args) {
        silenceLogging();
        Shell shell = Shell.ofProcess();
        if (Stream.of(args).noneMatch(WITHOUT_DAEMON::contains)) {
            Thread.ofPlatform().daemon().name("prepare").start(() -> Daemon.prepare(shell));
        }
        int status = run(shell, args);
        shell.out().flush();
        shell.err().flush();
        System.exit(status);
    }

    /** Runs one command and returns its {@link ExitStatus}. */
    static int run(Shell shell, String... args) {
        Main main = new Main(shell);
        CommandLine command = main.commandLine(args);
        return command.registerConverter(Output.class, Output::parse)
                .registerConverter(Share.class, Share::parse)
                .setColorScheme(
                        CommandLine.Help.defaultColorScheme(shell.terminal().colour() ? Ansi.ON : Ansi.OFF))
                .setUsageHelpAutoWidth(false)
                .setOut(new PrintWriter(shell.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(shell.err(), true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler(main::misused)
                .setExecutionExceptionHandler((failure, _, _) -> main.failed(failure))
                .execute(args);
    }

    /** The command with all of its verbs, for those who describe it. */
    public static CommandSpec describe() {
        return new Main(Shell.ofProcess()).commandLine().getCommandSpec();
    }

    private CommandLine commandLine(String... args) {
        CommandLine command = new CommandLine(this);
        command.getCommandSpec().version("ballast " + version());
        Verbs.addTo(command, args);
        return command.setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** Netty and gRPC would load the daemon's logging otherwise, which costs a start, and write where answers go. */
    private static void silenceLogging() {
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
        LogManager.getLogManager().reset();
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }

    /** Without a verb. */
    @Override
    public Integer call() {
        throw new ParameterException(spec().commandLine(), "a verb is missing");
    }

    private int misused(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        StringBuilder message = new StringBuilder("ballast: ").append(failure.getMessage());
        if (failure instanceof UnmatchedArgumentException unmatched) {
            String given = unmatched.getUnmatched().getFirst();
            boolean verb = command.getParent() == null && !given.startsWith("-");
            if (verb) {
                message.setLength(0);
                message.append("ballast: there is no verb ").append(given);
            }
            List<String> nearest = verb
                    ? Nearest.to(given, Verbs.names())
                    : Nearest.to(
                            given.replaceFirst("=.*", ""),
                            command.getCommandSpec().optionsMap().keySet());
            boolean ofMember = !verb
                    && !given.startsWith("-")
                    && command.getCommandSpec().positionalParameters().stream()
                            .anyMatch(words -> words.paramLabel().contains("/ADDRESS"));
            if (ofMember) {
                message.append("; a member is one word, as web/10.0.1.11");
            }
            if (!nearest.isEmpty()) {
                message.append("; did you mean ")
                        .append(String.join(" or ", nearest))
                        .append('?');
            }
        }
        shell.out().flush();
        shell.err().println(message);
        shell.err().println("See `" + name + " --help`.");
        return ExitStatus.USAGE;
    }

    private int failed(Exception failure) {
        if (!(failure instanceof CommandFailure command)) {
            shell.out().flush();
            shell.err().println("ballast: an error in this command; what it asked for may have happened:");
            failure.printStackTrace(shell.err());
            return ExitStatus.UNKNOWN;
        }
        if (output != Output.TABLE) {
            command.refusal().ifPresent(this::print);
        }
        shell.out().flush();
        command.lines().forEach(shell.err()::println);
        return command.exitStatus();
    }

    Shell shell() {
        return shell;
    }

    Output output() {
        return output;
    }

    /** Prints an answer as JSON or YAML. */
    void print(Message message) {
        shell.out().print(output == Output.YAML ? Documents.yaml(message) : Documents.json(message));
    }

    /** Prints {@code message} in the form that was asked for; {@code asTable} is the one for people. */
    <M extends Message> void print(M message, Consumer<M> asTable) {
        if (output == Output.TABLE) {
            asTable.accept(message);
        } else {
            print(message);
        }
    }

    /** The same for one message of a stream: JSON takes one line then. */
    <M extends Message> void printOfStream(M message, Consumer<M> asTable) {
        if (output == Output.JSON) {
            shell.out().print(Documents.jsonLine(message));
        } else {
            print(message, asTable);
        }
    }

    /** A wrong argument that only the verb could find. */
    ParameterException misuse(String message) {
        ParseResult parsed = spec().commandLine().getParseResult().subcommand();
        return new ParameterException(
                parsed == null ? spec().commandLine() : parsed.commandSpec().commandLine(), message);
    }

    Daemon connect() {
        String name = instance();
        Path path = socket == null ? Path.of("/run/ballast", name + ".sock") : socket;
        return Daemon.connect(path, name, shell, verb());
    }

    private String verb() {
        ParseResult parsed = spec().commandLine().getParseResult().subcommand();
        return parsed == null ? "" : parsed.commandSpec().name();
    }

    /** The configuration file that the daemon reads at its first start, unless it was told another. */
    Path instanceFile() {
        return Path.of("/etc/ballast", instance() + ".yaml");
    }

    private String instance() {
        if (!NAME.matcher(instance).matches()) {
            throw misuse(
                    "--instance " + instance + ": a name has lower-case letters, digits and inner hyphens, 63 at most");
        }
        return instance;
    }

    private CommandSpec spec() {
        return Objects.requireNonNull(spec, "set by picocli before anything runs");
    }
}
