package dev.ballast.cli.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Completion for zsh, with the descriptions of verbs and options; names of services and members come from the daemon. */
final class ZshCompletion {
    private static final String FUNCTIONS = """
            #compdef ballast
            # Completion of ballast for zsh. Made at build time from what the command says of itself.

            # Names of services or members; none where no daemon answers. Options behind the kind are for compadd.
            _ballast_names() {
              local -a names where
              local kind=$1
              shift
              where=(${ballast_where[@]})
              [[ -z $opt_args[--instance] ]] || where+=(--instance $opt_args[--instance])
              [[ -z $opt_args[--socket] ]] || where+=(--socket $opt_args[--socket])
              names=(${(f)"$($ballast_command names $kind $where 2>/dev/null)"})
              compadd "$@" -a names
            }
            _ballast_services() { _ballast_names services "$@" }
            _ballast_members() { _ballast_names members "$@" }

            _ballast() {
              local curcontext=$curcontext state line ballast_command=$words[1]
              local -a ballast_where verbs
              typeset -A opt_args
              _arguments -C \\
            @GENERAL@
                '1:verb:->verb' \\
                '*::argument:->argument' && return
              case $state in
                verb)
                  verbs=(
            @VERBS@
                  )
                  _describe -t verbs verb verbs
                  ;;
                argument)
                  [[ -z $opt_args[--instance] ]] || ballast_where+=(--instance $opt_args[--instance])
                  [[ -z $opt_args[--socket] ]] || ballast_where+=(--socket $opt_args[--socket])
                  case $line[1] in
            @CASES@
                  esac
                  ;;
              esac
            }

            _ballast "$@"
            """;

    private ZshCompletion() {}

    static String of(CommandSpec root) {
        List<String> cases = new ArrayList<>();
        for (CommandSpec verb : Verb.all(root)) {
            cases.add("        " + verb.name() + ")\n          _arguments \\\n" + arguments(verb, "            ")
                    + "\n          ;;");
        }
        String verbs = Verb.all(root).stream()
                .map(verb -> "        '" + verb.name() + ":" + quote(Verb.summary(verb)) + "'")
                .collect(Collectors.joining("\n"));
        String general = Verb.options(root).stream()
                .map(option -> "    " + option(option) + " \\")
                .collect(Collectors.joining("\n"));
        return FUNCTIONS
                .replace("@GENERAL@", general)
                .replace("@VERBS@", verbs)
                .replace("@CASES@", String.join("\n", cases));
    }

    private static String arguments(CommandSpec verb, String indent) {
        List<String> words = new ArrayList<>();
        Verb.options(verb).forEach(option -> words.add(indent + option(option)));
        for (PositionalParamSpec argument : verb.positionalParameters()) {
            words.add(indent + "'" + (argument.arity().max() > 1 ? "*" : "") + ":" + label(argument.paramLabel()) + ":"
                    + action(Verb.values(argument)) + "'");
        }
        return String.join(" \\\n", words);
    }

    /** {@code '(-f --file)'{-f,--file}'[The configuration]:FILE:_files'}. */
    private static String option(OptionSpec option) {
        String description = quote(firstSentence(Verb.description(option)))
                .replace("[", "\\[")
                .replace("]", "\\]");
        boolean valued = option.arity().max() > 0;
        String rest = "[" + description + "]"
                + (valued ? ":" + label(option.paramLabel()) + ":" + action(Verb.values(option)) : "") + "'";
        List<String> names = Arrays.asList(option.names());
        return names.size() == 1
                ? "'" + names.getFirst() + rest
                : "'(" + String.join(" ", names) + ")'{" + String.join(",", names) + "}'" + rest;
    }

    private static String action(Verb.Values values) {
        return switch (values) {
            case FILES -> "_files";
            case FORMS -> "(table json yaml)";
            case SERVICES -> "_ballast_services";
            case MEMBERS -> "_ballast_members";
            case NONE -> " ";
        };
    }

    private static String label(String label) {
        return quote(label).replace(":", "\\:");
    }

    private static String firstSentence(String text) {
        int end = text.indexOf(". ");
        String sentence = end < 0 ? text : text.substring(0, end);
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    /** For a word in single quotes; zsh's completion takes colons for separators there. */
    private static String quote(String text) {
        return text.replace("'", "'\\''").replace(":", "\\:");
    }
}
