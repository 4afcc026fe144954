package dev.ballast.datapath;

import java.util.List;
import java.util.stream.Stream;

/**
 * A story of packets, as a file under {@code src/test/resources/scenarios} tells it; the README there has the language.
 *
 * @param title unique among all scenarios
 * @param steps in order, with what {@code given} stands for put in its place
 */
record Scenario(String title, List<Step> steps) {
    /**
     * One line.
     *
     * @param place file and line
     * @param verb its first word
     * @param text the rest, definitions and comments resolved
     */
    record Step(String place, String verb, String text) {}

    /** The frames that it sends, in order. */
    List<PacketText.Packet> packets() {
        return steps.stream()
                .filter(step -> step.verb.equals("packet"))
                .map(step -> PacketText.parse(step.text))
                .toList();
    }

    /** What the program is to be loaded with. */
    List<String> loads() {
        return steps.stream()
                .filter(step -> step.verb.equals("load"))
                .flatMap(step -> Stream.of(step.text.split("\\s+")))
                .toList();
    }

    @Override
    public String toString() {
        return title;
    }
}
