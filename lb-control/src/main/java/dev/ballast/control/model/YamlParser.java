package dev.ballast.control.model;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Bytes to one tree of {@link YamlNode}.
 *
 * <p>Takes the part of YAML 1.2 that a configuration needs: one document in UTF-8, below 16 MiB and 16 levels. What
 * lets a small file grow (anchors and aliases) or mean something else than it says (tags, duplicate keys) is refused.
 * Works on the engine's events and not on its nodes, because its composer recurses as deep as the file likes and
 * silently keeps both of two equal keys.
 */
final class YamlParser {
    static final int MAX_BYTES = 16 << 20;
    static final int MAX_DEPTH = 16;

    /** Keys, values, lists and mappings: enough for 200,000 backends, and a tree of at most some 100 MB. */
    static final int MAX_NODES = 1 << 20;

    /** A hexadecimal escape that the end of the file cuts off, or of more than 31 bits. */
    private static final Pattern NO_NUMBER =
            Pattern.compile("\\\\(?:[xuU]\\p{XDigit}{0,7}\\z|U[89a-fA-F]\\p{XDigit}{7})");

    private final Findings findings;
    private final Iterator<Event> events;
    private int nodes;

    private YamlParser(Findings findings, String text) {
        this.findings = findings;
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(MAX_BYTES)
                .setUseMarks(true)
                // All at once: the engine copies what it holds of a token with each refill, and a token (a comment of
                // one line, a long text) can be the whole file. At 1 KiB a refill 16 MiB took a minute.
                .setBufferSize(Math.max(1024, text.length()))
                .build();
        this.events = new Parse(settings).parseString(text).iterator();
    }

    /** The document's root, or empty when it cannot be read further; then {@code findings} says why. */
    static Optional<YamlNode> parse(byte[] yaml, Findings findings) {
        if (yaml.length >= MAX_BYTES) {
            findings.add(
                    Position.START,
                    "",
                    "",
                    "the file has " + yaml.length + " bytes",
                    "less than 16 MiB",
                    "keep fewer services on one balancer");
            return Optional.empty();
        }
        Optional<String> decoded = decode(yaml, findings);
        if (decoded.isEmpty() || !isPrintable(decoded.get(), findings)) {
            return Optional.empty();
        }
        String text = decoded.get();
        try {
            return Optional.of(new YamlParser(findings, text).document());
        } catch (Refused e) {
            findings.add(e.at, e.path, "", e.problem, "", e.cure);
        } catch (MarkedYamlEngineException e) {
            Position at = e.getProblemMark()
                    .or(e::getContextMark)
                    .map(YamlParser::position)
                    .orElse(Position.START);
            reportSyntax(text, at, e.getProblem() == null ? e.getContext() : e.getProblem(), findings);
        } catch (YamlEngineException e) {
            reportSyntax(text, Position.START, String.valueOf(e.getMessage()), findings);
        } catch (NumberFormatException e) {
            // The engine makes a number of a hexadecimal escape whether or not it is one that an int can hold.
            Matcher escape = NO_NUMBER.matcher(text);
            Position at = positionOf(text, escape.find() ? escape.start() : text.length());
            findings.add(at, "", "", "the escape is no character", "", "write the character itself");
        }
        return Optional.empty();
    }

    /** What the engine says, in the words of somebody who writes a file. */
    private record Mistake(String problem, String cure) {
        static Mistake of(String said) {
            // The engine's words quote the character that it stands at, and at the end of a file that is U+0000.
            String words = said.strip().replaceAll("[\\s\\p{Cc}\\u2028\\u2029]+", " ");
            if (words.startsWith("expected <block end>")) {
                return new Mistake(
                        "this line is indented unlike those above it",
                        "indent what belongs together alike, with spaces");
            }
            if (words.startsWith("mapping values are not allowed here")) {
                return new Mistake(
                        "a ':' too many, or one before it that is missing",
                        "write each key as `key: value`, and a value that holds ': ' in quotes");
            }
            if (words.startsWith("expected ',' or")) {
                return new Mistake(
                        words,
                        "close the bracket, and write a value that holds any of , : [ ] { } in quotes, as IPv6 addresses");
            }
            if (words.startsWith("could not find expected ':'")) {
                return new Mistake("a line without ':'", "write `key: value`, or # before a remark");
            }
            if (words.startsWith("found unexpected end of stream")) {
                return new Mistake("a text in quotes does not end", "close the quotes");
            }
            return new Mistake(words, "look at the indentation, brackets and quotes up to this place");
        }
    }

    private static Optional<String> decode(byte[] yaml, Findings findings) {
        ByteBuffer in = ByteBuffer.wrap(yaml);
        CharBuffer out = CharBuffer.allocate(yaml.length);
        CoderResult result = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(in, out, true);
        String text = out.flip().toString();
        if (result.isError()) {
            String problem = "byte 0x%02x is not UTF-8".formatted(yaml[in.position()]);
            findings.add(positionOf(text, text.length()), "", "", problem, "", "save the file as UTF-8");
            return Optional.empty();
        }
        return Optional.of(text.startsWith("\ufeff") ? text.substring(1) : text);
    }

    private static boolean isPrintable(String text, Findings findings) {
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            if (!StreamReader.isPrintable(c)) {
                String problem = "character U+%04X cannot stand in YAML".formatted(c);
                String cure = c == 0
                        ? "remove it; if there are many, this is UTF-16 or no text: save it as UTF-8"
                        : "remove it, or write it as an escape in quotes";
                findings.add(positionOf(text, i), "", "", problem, "", cure);
                return false;
            }
        }
        return true;
    }

    private static Position positionOf(String text, int index) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < index; i++) {
            char c = text.charAt(i);
            boolean ends = c == '\n' || (c == '\r' && (i + 1 == text.length() || text.charAt(i + 1) != '\n'));
            if (ends) {
                line++;
                lineStart = i + 1;
            }
        }
        return new Position(line, text.codePointCount(lineStart, index) + 1);
    }

    private static void reportSyntax(String text, Position at, String problem, Findings findings) {
        OptionalInt tab = tabInIndentation(text, at.line());
        if (tab.isPresent()) {
            Position tabAt = new Position(at.line(), tab.getAsInt());
            findings.add(tabAt, "", "", "a tab cannot indent", "", "indent with spaces");
        } else {
            Mistake mistake = Mistake.of(problem);
            findings.add(at, "", "", "not YAML: " + mistake.problem(), "", mistake.cure());
        }
    }

    /** The column of the first tab before the text of a line. */
    private static OptionalInt tabInIndentation(String text, int lineNumber) {
        String line = text.lines().skip(lineNumber - 1L).findFirst().orElse("");
        int indentation = line.length() - line.stripLeading().length();
        int tab = line.indexOf('\t');
        return tab >= 0 && tab < indentation ? OptionalInt.of(tab + 1) : OptionalInt.empty();
    }

    private YamlNode document() {
        events.next(); // the stream's start
        Event first = events.next();
        if (!(first instanceof DocumentStartEvent)) {
            throw new Refused(position(first), "", "the file is empty", "it needs at least version and node");
        }
        YamlNode root = node(events.next(), "", 0);
        events.next(); // the document's end
        Event next = events.next();
        if (next instanceof DocumentStartEvent) {
            throw new Refused(position(next), "", "a second document begins", "keep one document in the file");
        }
        return root;
    }

    private YamlNode node(Event event, String path, int depth) {
        if (event instanceof AliasEvent
                || (event instanceof NodeEvent node && node.getAnchor().isPresent())) {
            throw new Refused(
                    position(event), path, "anchors and aliases (& and *) are refused", "write the value out");
        }
        nodes++;
        if (nodes > MAX_NODES) {
            throw new Refused(
                    position(event),
                    "",
                    "the file has more than " + MAX_NODES + " values",
                    "keep fewer services on one balancer");
        }
        if (depth > MAX_DEPTH) {
            throw new Refused(
                    position(event), "", "nested more than " + MAX_DEPTH + " levels deep", "look at the brackets");
        }
        return switch (event) {
            case ScalarEvent scalar -> {
                refuseTag(scalar.getTag(), event, path);
                yield new YamlNode.Scalar(position(event), scalar.getValue(), scalar.isPlain());
            }
            case SequenceStartEvent start -> {
                refuseTag(start.getTag(), event, path);
                yield sequence(position(event), path, depth);
            }
            case MappingStartEvent start -> {
                refuseTag(start.getTag(), event, path);
                yield mapping(position(event), path, depth);
            }
            default -> throw new AssertionError("not the start of a node: " + event);
        };
    }

    private YamlNode sequence(Position at, String path, int depth) {
        List<YamlNode> items = new ArrayList<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.SequenceEnd; event = events.next()) {
            items.add(node(event, path + "[" + items.size() + "]", depth + 1));
        }
        return new YamlNode.Sequence(at, items);
    }

    private YamlNode mapping(Position at, String path, int depth) {
        Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.MappingEnd; event = events.next()) {
            if (!(node(event, path, depth + 1) instanceof YamlNode.Scalar key)) {
                throw new Refused(position(event), path, "a list or mapping stands as a key", "a key is plain text");
            }
            if (key.plain() && key.text().equals("<<")) {
                throw new Refused(key.at(), path, "merge keys (<<) are refused", "write the values out");
            }
            String keyPath = Section.join(path, key.text());
            YamlNode.Entry entry = new YamlNode.Entry(key.at(), node(events.next(), keyPath, depth + 1));
            YamlNode.Entry first = entries.putIfAbsent(key.text(), entry);
            if (first != null) {
                findings.add(
                        key.at(),
                        keyPath,
                        "",
                        "the key is already given at " + first.keyAt(),
                        "",
                        "remove one of the two");
            }
        }
        return new YamlNode.Mapping(at, entries);
    }

    private static void refuseTag(Optional<String> tag, Event event, String path) {
        if (tag.isPresent()) {
            throw new Refused(
                    position(event),
                    path,
                    "tags are refused, here " + Findings.show(tag.get()),
                    "write the value alone");
        }
    }

    private static Position position(Event event) {
        return event.getStartMark().map(YamlParser::position).orElse(Position.START);
    }

    private static Position position(Mark mark) {
        return new Position(mark.getLine() + 1, mark.getColumn() + 1);
    }

    /** The document cannot be read further. Never leaves this class. */
    private static final class Refused extends RuntimeException {
        private final Position at;
        private final String path;
        private final String problem;
        private final String cure;

        Refused(Position at, String path, String problem, String cure) {
            super(problem, null, false, false);
            this.at = at;
            this.path = path;
            this.problem = problem;
            this.cure = cure;
        }
    }
}
