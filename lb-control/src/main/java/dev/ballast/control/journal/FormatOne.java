package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The file {@code state} in which versions before the journal kept the last accepted state, and nothing before it:
 *
 * <pre>
 * ballast-state 1 SHA-256-OF-THE-REST
 * revision 7
 * time 1767225600000
 * drain web/10.0.1.11
 *
 * version: 1
 * node: …
 * </pre>
 */
final class FormatOne {
    private static final String MAGIC = "ballast-state";
    private static final int FORMAT = 1;
    private static final int MAX_BYTES = 64 << 20;

    private final Path file;

    FormatOne(Path directory) {
        this.file = directory.resolve("state");
    }

    /**
     * The last accepted state; empty when there is no such file.
     *
     * @throws JournalException if there is a file that this build cannot read or that is damaged: starting without it
     *     would undo what an operator did
     */
    Optional<Accepted> read() throws JournalException {
        byte[] bytes;
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw damaged("is larger than " + MAX_BYTES + " bytes");
            }
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new JournalException("read %s: %s; check the disk and the file's permissions".formatted(file, e), e);
        }
        String text = new String(bytes, UTF_8);
        int headEnd = text.indexOf('\n');
        String[] head = (headEnd < 0 ? text : text.substring(0, headEnd)).split(" ", -1);
        if (head.length != 3 || !head[0].equals(MAGIC)) {
            throw damaged("does not begin with '" + MAGIC + "'");
        }
        if (!head[1].equals(Integer.toString(FORMAT))) {
            throw new JournalException(
                    "%s has format %s; this build reads format %d. Start the version that wrote it, or the newer one it came from"
                            .formatted(file, head[1], FORMAT));
        }
        String rest = text.substring(headEnd + 1);
        if (!head[2].equals(sha256(rest))) {
            throw damaged("does not match its checksum");
        }
        return Optional.of(parse(rest));
    }

    private Accepted parse(String rest) throws JournalException {
        int yamlStart = rest.indexOf("\n\n");
        if (yamlStart < 0) {
            throw damaged("has no configuration");
        }
        long revision = 0;
        long timeUnixMs = 0;
        TreeSet<String> drains = new TreeSet<>();
        try {
            for (String line : rest.substring(0, yamlStart).split("\n", -1)) {
                int space = line.indexOf(' ');
                String value = line.substring(space + 1);
                switch (space < 0 ? "" : line.substring(0, space)) {
                    case "revision" -> revision = Long.parseLong(value);
                    case "time" -> timeUnixMs = Long.parseLong(value);
                    case "drain" -> drains.add(value);
                    default -> throw damaged("has an unknown line '" + line + "'");
                }
            }
        } catch (NumberFormatException e) {
            throw damaged("has a number that is none: " + e.getMessage());
        }
        return new Accepted(revision, timeUnixMs, drains, rest.substring(yamlStart + 2));
    }

    private JournalException damaged(String how) {
        return new JournalException(
                "%s %s. It was not written by this daemon, or the disk damaged it: restore it from a backup, or move it away to start from the configuration file"
                        .formatted(file, how));
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
