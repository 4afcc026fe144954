package dev.ballast.cli.reference;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What pages and scripts want to know of a command. */
final class Verb {
    private Verb() {}

    /** Those that people see, in the order of the help. */
    static List<CommandSpec> all(CommandSpec root) {
        return root.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(verb -> !verb.usageMessage().hidden())
                .toList();
    }

    /** The sentence that says what it does. */
    static String summary(CommandSpec command) {
        String[] header = command.usageMessage().header();
        String text = header.length > 0 ? header[0] : command.usageMessage().description()[0];
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    /** Own options first, then those of every verb. */
    static List<OptionSpec> options(CommandSpec command) {
        return command.options().stream().filter(option -> !option.hidden()).toList();
    }

    /** The whole description in one paragraph. */
    static String description(ArgSpec argument) {
        return String.join(" ", argument.description());
    }

    /** What a shell can offer for a value. */
    static Values values(ArgSpec argument) {
        return switch (argument.paramLabel()) {
            case "FILE", "PATH", "DIRECTORY", "IN.pcap", "OUT.pcap", "OUT.pcapng" -> Values.FILES;
            case "SERVICE" -> Values.SERVICES;
            case "FORM" -> Values.FORMS;
            default -> argument.paramLabel().startsWith("SERVICE[/ADDRESS]") ? Values.MEMBERS : Values.NONE;
        };
    }

    /** The kinds of values. */
    enum Values {
        FILES,
        SERVICES,
        MEMBERS,
        FORMS,
        NONE
    }
}
