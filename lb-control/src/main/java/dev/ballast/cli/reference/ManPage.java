package dev.ballast.cli.reference;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A page for man(1), in the man macros of groff_man(7).
 *
 * @param root the command whose verb {@code command} is, or the same
 * @param section of the manual
 */
record ManPage(CommandSpec root, CommandSpec command, int section) {
    String render() {
        StringBuilder page = new StringBuilder();
        String name = pageName(command);
        page.append(".\\\" Made at build time from what the command says of itself.\n");
        page.append(".TH %s %d \"\" \"%s\" \"Ballast\"\n"
                .formatted(escape(name.toUpperCase(Locale.ROOT)), section, version()));
        page.append(".SH NAME\n").append(escape(name)).append(" \\- ");
        String summary = Verb.summary(command);
        page.append(escape(summary.substring(0, 1).toLowerCase(Locale.ROOT) + summary.substring(1)))
                .append("\n");
        page.append(".SH SYNOPSIS\n").append(synopsis());
        page.append(".SH DESCRIPTION\n");
        paragraphs(page, command.usageMessage().description());
        arguments(page);
        verbs(page);
        options(page);
        footer(page);
        exitStatus(page);
        seeAlso(page);
        return page.toString();
    }

    private static String pageName(CommandSpec command) {
        return command.qualifiedName("-");
    }

    private String version() {
        String[] version = new CommandLine(root).getCommandSpec().version();
        return version.length == 0 ? "" : escape(version[0]);
    }

    private String synopsis() {
        String plain = new Help(command, Help.defaultColorScheme(Help.Ansi.OFF))
                .synopsis(0)
                .replaceAll("\\s+", " ")
                .strip();
        String name = command.qualifiedName();
        return ".B " + escape(name) + "\n"
                + escape(plain.substring(name.length()).strip()) + "\n";
    }

    private void arguments(StringBuilder page) {
        if (command.positionalParameters().isEmpty()) {
            return;
        }
        page.append(".SH ARGUMENTS\n");
        for (PositionalParamSpec argument : command.positionalParameters()) {
            entry(page, "\\fI" + escape(argument.paramLabel()) + "\\fR", Verb.description(argument));
        }
    }

    private void verbs(StringBuilder page) {
        List<CommandSpec> verbs = Verb.all(command);
        if (verbs.isEmpty()) {
            return;
        }
        page.append(".SH VERBS\nEach has a page of its own.\n");
        for (CommandSpec verb : verbs) {
            entry(page, "\\fB" + escape(pageName(verb)) + "\\fR(1)", Verb.summary(verb) + ".");
        }
    }

    private void options(StringBuilder page) {
        page.append(".SH OPTIONS\n");
        for (OptionSpec option : Verb.options(command)) {
            StringBuilder names = new StringBuilder();
            for (String name : option.names()) {
                names.append(names.isEmpty() ? "" : ", ")
                        .append("\\fB")
                        .append(escape(name))
                        .append("\\fR");
            }
            if (option.arity().max() > 0) {
                names.append(" \\fI").append(escape(option.paramLabel())).append("\\fR");
            }
            entry(page, names.toString(), Verb.description(option));
        }
    }

    private void footer(StringBuilder page) {
        String[] footer = command.usageMessage().footer();
        if (footer.length == 0) {
            return;
        }
        String heading =
                command.usageMessage().footerHeading().replaceAll("%n|:", "").strip();
        page.append(".SH ")
                .append(heading.isEmpty() ? "NOTES" : escape(heading.toUpperCase(Locale.ROOT)))
                .append("\n");
        if (footer[0].startsWith("  ")) {
            page.append(".nf\n");
            for (String line : footer) {
                page.append(escape(line)).append("\n");
            }
            page.append(".fi\n");
        } else {
            paragraphs(page, footer);
        }
    }

    private void exitStatus(StringBuilder page) {
        Map<String, String> statuses = root.usageMessage().exitCodeList();
        if (statuses.isEmpty()) {
            return;
        }
        page.append(".SH EXIT STATUS\n");
        statuses.forEach((status, meaning) -> entry(page, "\\fB" + escape(status.strip()) + "\\fR", meaning));
    }

    private void seeAlso(StringBuilder page) {
        page.append(".SH SEE ALSO\n")
                .append(command.parent() != null ? ".BR ballast (1),\n.BR ballastd (8)\n" : "")
                .append(
                        command.parent() == null
                                ? ".BR " + (section == 1 ? "ballastd (8)" : "ballast (1)") + "\n"
                                : "");
    }

    private static void entry(StringBuilder page, String tag, String text) {
        page.append(".TP\n").append(tag).append("\n").append(escape(text)).append("\n");
    }

    private static void paragraphs(StringBuilder page, String[] paragraphs) {
        boolean first = true;
        for (String paragraph : paragraphs) {
            if (paragraph.isBlank()) {
                continue;
            }
            page.append(first ? "" : ".PP\n").append(escape(paragraph)).append("\n");
            first = false;
        }
    }

    /** Text as roff shows it: hyphens to copy, quotes as they are, no line a request. */
    static String escape(String text) {
        String escaped = text.replace("\\", "\\e")
                .replace("-", "\\-")
                .replace("`", "\\(ga")
                .replace("'", "\\(aq")
                .replace("^", "\\(ha")
                .replace("~", "\\(ti");
        return escaped.startsWith(".") ? "\\&" + escaped : escaped;
    }
}
