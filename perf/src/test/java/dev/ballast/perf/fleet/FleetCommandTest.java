package dev.ballast.perf.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import picocli.CommandLine;

class FleetCommandTest {
    private static final int STUDIES = 7;

    private record Run(int status, String out, String err) {}

    private static Run run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = FleetCommand.commandLine();
        command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return new Run(command.execute(arguments), out.toString(), err.toString());
    }

    @Test
    void oneSeedHasOneOutput(@TempDir Path directory) throws Exception {
        Path svg = directory.resolve("fleet.svg");
        Run first = run("--flows", "2000", "--seed", "5", "--output", "json", "--svg", svg.toString());
        assertThat(first.status()).isZero();
        Run again = run("--flows", "2000", "--seed", "5", "--output", "json");
        assertThat(again.out()).isEqualTo(first.out());
        assertThat(run("--flows", "2000", "--seed", "6", "--output", "json").out())
                .isNotEqualTo(first.out());
        everyEventHasALineForEachVariant(first.out());
        thePlotNamesEveryEventAndColumn(Files.readString(svg));
    }

    private static void everyEventHasALineForEachVariant(String out) {
        List<String> lines = out.lines().toList();
        assertThat(lines).allMatch(line -> line.startsWith("{\"") && line.endsWith("}"));
        for (Scenario scenario : Scenarios.events()) {
            assertThat(lines.stream()
                            .filter(line -> line.startsWith("{\"study\":\"events\",\"event\":\"" + scenario.name()
                                    + "\",\"routers\":\""
                                    + scenario.ecmp().name().toLowerCase(Locale.ROOT))))
                    .hasSize(Study.ALGORITHMS.size());
        }
        assertThat(lines.getFirst())
                .isEqualTo(
                        "{\"study\":\"events\",\"event\":\"backend added\",\"routers\":\"resilient\",\"lengths\":\"mixed\","
                                + "\"variant\":\"minimum\",\"liveFlows\":2000,\"broken\":0,\"brokenPercent\":0.00000}");
        assertThat(lines.getLast()).startsWith("{\"lengths\":\"long-lived\",\"medianLiveAgeS\":");
    }

    private static void thePlotNamesEveryEventAndColumn(String svg) throws Exception {
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
        String text = document.getDocumentElement().getTextContent();
        assertThat(text)
                .contains(Scenarios.events().stream().map(Scenario::name).toList())
                .contains("Maglev, tracking", "Maglev, generations", "rendezvous", "ring hash", "jump")
                .contains("short web: break-even", "mixed: break-even", "long-lived: break-even");
        assertThat(svg)
                .contains("prefers-color-scheme: dark")
                .doesNotContain("NaN")
                .doesNotContain("Infinity");
    }

    @Test
    void theTableHasALineForEachEventOfEachStudy() {
        Run run = run("--flows", "1000");
        assertThat(run.status()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines.stream().filter(line -> line.endsWith("connections broken, of 1,000 live ones")))
                .hasSize(STUDIES);
        assertThat(lines.stream().filter(line -> line.startsWith("drain, re-hash after 5 s ")))
                .hasSize(3);
        // Tables are tables: below a heading all lines are as long as it.
        String events =
                lines.stream().skip(1).takeWhile(line -> !line.isEmpty()).collect(Collectors.joining("\n"));
        assertThat(events.lines().map(String::length).distinct()).hasSize(1);
    }

    @Test
    void tooFewFlowsAreAUsageErrorThatSaysHowMany() {
        Run run = run("--flows", "10");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--flows 10: give 1000 to 1000000000");
    }

    @Test
    void aPlotThatCannotBeWrittenIsNamedWithItsCause(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("none").resolve("fleet.svg");
        Run run = run("--flows", "1000", "--svg", file.toString());
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .contains("--svg " + file + ": cannot be written")
                .contains("give a file in a directory that exists");
    }
}
