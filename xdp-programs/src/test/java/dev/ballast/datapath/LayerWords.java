package dev.ballast.datapath;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One layer of a packet as a scenario spells it: its kind, perhaps {@code A > B}, then options ({@code ttl 3}) and flags
 * ({@code df}) in any order. Each is taken once; a word that nobody took is an error.
 */
final class LayerWords {
    private static final Map<String, Integer> PROTOCOLS = Map.ofEntries(
            Map.entry("hop-by-hop", 0),
            Map.entry("icmp", 1),
            Map.entry("ip4", 4),
            Map.entry("tcp", 6),
            Map.entry("udp", 17),
            Map.entry("ip6", 41),
            Map.entry("routing", 43),
            Map.entry("fragment", 44),
            Map.entry("gre", 47),
            Map.entry("esp", 50),
            Map.entry("authentication", 51),
            Map.entry("icmp6", 58),
            Map.entry("none", 59),
            Map.entry("destination", 60),
            Map.entry("sctp", 132),
            Map.entry("mobility", 135));

    private final String text;
    private final String kind;
    private final List<String> words;

    LayerWords(String text) {
        this.text = text.strip();
        this.words = new ArrayList<>(List.of(this.text.split("\\s+")));
        this.kind = words.removeFirst();
    }

    String kind() {
        return kind;
    }

    /** The next header that announces this layer, if it has a number. */
    Optional<Integer> protocol() {
        return Optional.ofNullable(PROTOCOLS.get(kind));
    }

    /** Takes {@code word} if it is there. */
    boolean flag(String word) {
        return words.remove(word);
    }

    /** Takes {@code word VALUE} if it is there. */
    Optional<String> option(String word) {
        int at = words.indexOf(word);
        if (at < 0) {
            return Optional.empty();
        }
        words.remove(at);
        if (at == words.size()) {
            throw error("'" + word + "' lacks its value");
        }
        return Optional.of(words.remove(at));
    }

    int number(String word, int otherwise) {
        return option(word).map(this::number).orElse(otherwise);
    }

    byte[] bytes(String word) {
        return option(word).map(java.util.HexFormat.of()::parseHex).orElse(new byte[0]);
    }

    /** Takes the first word. */
    String next(String what) {
        if (words.isEmpty()) {
            throw error("lacks " + what);
        }
        return words.removeFirst();
    }

    int nextNumber(String what) {
        return number(next(what));
    }

    /** Decimal, 0x.. or the name of a protocol. */
    private int number(String value) {
        Integer protocol = PROTOCOLS.get(value);
        try {
            return protocol != null ? protocol : Long.decode(value).intValue();
        } catch (NumberFormatException e) {
            throw error("'" + value + "' is no number");
        }
    }

    /** The two sides of {@code A > B}, at the front. */
    record Ends(String from, String to) {
        InetAddress fromAddress() {
            return Frame.address(from);
        }

        InetAddress toAddress() {
            return Frame.address(to);
        }
    }

    boolean hasEnds() {
        return words.size() >= 3 && words.get(1).equals(">");
    }

    Ends ends() {
        if (!hasEnds()) {
            throw error("lacks A > B");
        }
        Iterator<String> front = List.copyOf(words.subList(0, 3)).iterator();
        words.subList(0, 3).clear();
        String from = front.next();
        front.next();
        return new Ends(from, front.next());
    }

    boolean hasMore() {
        return !words.isEmpty();
    }

    void requireAllTaken() {
        if (!words.isEmpty()) {
            throw error("does not take '" + String.join(" ", words) + "'");
        }
    }

    IllegalArgumentException error(String problem) {
        return new IllegalArgumentException("layer '" + text + "' " + problem);
    }
}
