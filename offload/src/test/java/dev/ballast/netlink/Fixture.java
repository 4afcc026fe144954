package dev.ballast.netlink;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Answers of a kernel as it sent them: hex, a line beginning with # is a comment, an empty line parts two datagrams. Little-endian. */
final class Fixture {
    private Fixture() {}

    static List<byte[]> datagrams(String name) {
        try (InputStream in = Fixture.class.getResourceAsStream(name + ".hex")) {
            if (in == null) {
                throw new AssertionError("there is no fixture " + name + ".hex");
            }
            List<byte[]> datagrams = new ArrayList<>();
            for (String datagram : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n\n")) {
                StringBuilder hex = new StringBuilder();
                datagram.lines().filter(line -> !line.startsWith("#")).forEach(hex::append);
                datagrams.add(HexFormat.of().parseHex(hex));
            }
            return datagrams;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Message> messages(String name) {
        return datagrams(name).stream()
                .flatMap(datagram -> Message.parseAll(ByteBuffer.wrap(datagram)).stream())
                .toList();
    }

    /** The messages without the one that ends the answer. */
    static List<Message> answers(String name) {
        return messages(name).stream()
                .filter(message -> message.type() != Message.ERROR && message.type() != Message.DONE)
                .toList();
    }
}
