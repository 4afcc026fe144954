package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The man pages and completion scripts of the distribution, read by groff and run by real shells. */
@Timeout(120)
class ReferenceLabTest {
    private static final Path SHARE = Path.of("target/ballast/share").toAbsolutePath();

    /** Answers {@code names} as the command does, and notes where it was told to look. */
    private static final String COMMAND = """
            #!/bin/sh
            echo "$@" >> "$0.calls"
            case $2 in
              services) printf 'web\\ndns\\n' ;;
              members) printf 'web\\ndns\\nweb/10.0.1.11\\nweb/2001:db8::1\\n' ;;
            esac
            """;

    @TempDir
    Path directory;

    private Path command;

    @BeforeEach
    void makeCommand() throws IOException {
        command = Files.writeString(directory.resolve("ballast"), COMMAND);
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void every_verb_has_a_man_page_and_so_has_the_daemon() throws Exception {
        String help = run(List.of("target/ballast/bin/ballast", "--help"));
        List<String> pages = new ArrayList<>(List.of("ballast.1", "ballastd.8"));
        Matcher verb = Pattern.compile("(?m)^  ([a-z]+) ").matcher(help.substring(help.indexOf("Verbs:")));
        while (verb.find()) {
            pages.add("ballast-" + verb.group(1) + ".1");
        }

        assertThat(pages).hasSizeGreaterThan(20);
        assertThat(pages().map(page -> page.getFileName().toString()).toList())
                .containsExactlyInAnyOrderElementsOf(pages);
    }

    @Test
    void groff_renders_every_page_without_a_warning() throws Exception {
        for (Path page : pages().toList()) {
            assertThat(run(List.of("groff", "-man", "-Tutf8", "-ww", "-z", page.toString())))
                    .as(page.toString())
                    .isEmpty();
        }
    }

    @Test
    void a_page_has_what_the_help_says() throws Exception {
        String page = run(List.of("groff", "-man", "-Tascii", "-P-cbou", SHARE + "/man/man1/ballast-apply.1"))
                .replaceAll("\\s+", " ");

        assertThat(page)
                .contains("ballast-apply - replaces the configuration by that of a file SYNOPSIS ballast apply [-h]")
                .contains("--max-disruption SHARE Refuses what would disturb more than this share")
                .contains("such as 2% or 0.5%")
                .contains("EXAMPLES ballast apply -f new.yaml --confirm")
                .contains("3 the daemon cannot be reached");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ballast dr | drain",
                "ballast --instance edge undr | undrain",
                "ballast apply --exp | --expected-revision",
                "ballast status -o y | yaml",
                "ballast status --output=j | json",
                "ballast status w | web",
                "ballast drain web/10 | web/10.0.1.11",
                // Readline replaces what is behind the last colon.
                "ballast drain web/2001:d | db8::1",
                "ballast events --service d | dns",
                "ballast check -f PLACE/ball | PLACE/ballast"
            })
    void bash_completes(String line, String completion) throws Exception {
        String typed = line.replace("PLACE", directory.toString());
        String script = """
                source "$1"
                COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
                _ballast
                printf '%s\\n' "${COMPREPLY[@]}"
                """;

        assertThat(run(List.of("bash", "-c", script, "bash", SHARE + "/bash-completion/completions/ballast", typed))
                        .strip())
                .isEqualTo(completion.replace("PLACE", directory.toString()));
    }

    @Test
    void completion_asks_the_daemon_that_the_line_names() throws Exception {
        run(List.of(
                "bash",
                "-c",
                "source \"$1\"; COMP_LINE='ballast --instance edge drain w' COMP_POINT=31; _ballast",
                "bash",
                SHARE + "/bash-completion/completions/ballast"));

        assertThat(directory.resolve("ballast.calls")).hasContent("names members --instance edge\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ballast dra | ballast drain ",
                "ballast --instance edge undr | ballast --instance edge undrain ",
                "ballast apply --exp | ballast apply --expected-revision ",
                "ballast status -o y | ballast status -o yaml ",
                "ballast status w | ballast status web ",
                "ballast drain web/10 | ballast drain web/10.0.1.11 ",
                "ballast events --service d | ballast events --service dns "
            })
    void zsh_completes(String typed, String completed) throws Exception {
        // A shell on a pseudo-terminal of its own; a widget prints the line as it is after the tab.
        String script = """
                zmodload zsh/zpty
                zpty shell zsh -f -i
                zpty -w shell "PS1= fpath=($1/zsh/site-functions \\$fpath); autoload -Uz compinit; compinit -D -u"
                zpty -w shell 'show() { print -r -- "<<$BUFFER>>" }; zle -N show; bindkey "^X" show; print rea""dy'
                zpty -r shell out '*ready*'
                zpty -w -n shell "$2"$'\\t\\C-x'
                zpty -r shell out '*>>*'
                print -r -- $out
                zpty -d shell
                """;

        String out = run(List.of("zsh", "-f", "-c", script, "zsh", SHARE.toString(), typed));

        Matcher line = Pattern.compile("<<(.*)>>").matcher(out);
        assertThat(line.find()).as(out).isTrue();
        assertThat(line.group(1).strip()).isEqualTo(completed.strip());
    }

    private static Stream<Path> pages() throws IOException {
        return Files.walk(SHARE.resolve("man")).filter(Files::isRegularFile);
    }

    /** What it wrote to both outputs. */
    private String run(List<String> words) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().merge("PATH", directory.toString(), (path, own) -> own + ":" + path);
        builder.environment().put("HOME", directory.toString());
        builder.environment().put("TERM", "dumb");
        Process process = builder.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return out;
    }
}
