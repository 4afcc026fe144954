package dev.ballast.cli.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Completion for bash. The script knows verbs and options by itself and asks the daemon for the names of services and members.
 * It splits the line by itself: bash splits words at colons and equals signs, which addresses and assignments have.
 */
final class BashCompletion {
    private static final String FUNCTIONS = """
            # Completion of ballast for bash. Made at build time from what the command says of itself.

            # Options, values and argument of the verb $1, as the caller's variables of these names.
            _ballast_of() {
                case $1 in
            @CASES@
                esac
            }

            # Prints the names of services or members; nothing where no daemon answers.
            _ballast_names() {
                "${words[0]}" names "$1" "${where[@]}" 2>/dev/null
            }

            # Completes a value of the kind $1.
            _ballast_value() {
                case $1 in
                    files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
                    forms) mapfile -t COMPREPLY < <(compgen -W 'table json yaml' -- "$cur") ;;
                    services | members) mapfile -t COMPREPLY < <(compgen -W "$(_ballast_names "$1")" -- "$cur") ;;
                esac
            }

            _ballast() {
                local line=${COMP_LINE:0:COMP_POINT} cur word kind verb='' waiting='' options values argument
                local -a words where=()
                cur=${line##*[[:space:]]}
                read -ra words <<<"${line%"$cur"}"
                _ballast_of ''
                for word in "${words[@]:1}"; do
                    if [[ -n $waiting ]]; then
                        [[ $waiting != --instance && $waiting != --socket ]] || where+=("$waiting" "$word")
                        waiting=''
                    elif [[ " $values " == *" $word="* ]]; then
                        waiting=$word
                    elif [[ $word != -* && -z $verb ]]; then
                        verb=$word
                        _ballast_of "$verb"
                    fi
                done
                COMPREPLY=()
                if [[ -n $waiting ]]; then
                    kind=${values#*"$waiting="}
                    _ballast_value "${kind%% *}"
                elif [[ $cur == --*=* && " $values " == *" ${cur%%=*}="* ]]; then
                    kind=${values#*"${cur%%=*}="}
                    cur=${cur#*=}
                    _ballast_value "${kind%% *}"
                    return
                elif [[ $cur == -* ]]; then
                    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
                elif [[ -z $verb ]]; then
                    mapfile -t COMPREPLY < <(compgen -W '@VERBS@' -- "$cur")
                else
                    _ballast_value "$argument"
                fi
                # What readline puts in place of the last word begins behind its last colon.
                if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
                    COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
                fi
            }

            complete -F _ballast ballast
            """;

    private BashCompletion() {}

    static String of(CommandSpec root) {
        List<CommandSpec> commands = new ArrayList<>();
        commands.add(root);
        commands.addAll(Verb.all(root));
        String cases = commands.stream()
                .map(command -> entry(command.parent() == null ? "''" : command.name(), command))
                .collect(Collectors.joining("\n"));
        String verbs = Verb.all(root).stream().map(CommandSpec::name).collect(Collectors.joining(" "));
        return FUNCTIONS.replace("@CASES@", cases).replace("@VERBS@", verbs);
    }

    private static String entry(String pattern, CommandSpec command) {
        String options = Verb.options(command).stream()
                .flatMap(option -> Arrays.stream(option.names()))
                .collect(Collectors.joining(" "));
        String values = Verb.options(command).stream()
                .filter(option -> option.arity().max() > 0)
                .flatMap(BashCompletion::values)
                .collect(Collectors.joining(" "));
        String argument = command.positionalParameters().isEmpty()
                ? "none"
                : kind(Verb.values(command.positionalParameters().getFirst()));
        return """
                        %s)
                            options='%s'
                            values='%s'
                            argument=%s
                            ;;""".formatted(pattern, options, values, argument);
    }

    private static Stream<String> values(OptionSpec option) {
        return Arrays.stream(option.names()).map(name -> name + "=" + kind(Verb.values(option)));
    }

    private static String kind(Verb.Values values) {
        return values.name().toLowerCase(Locale.ROOT);
    }
}
