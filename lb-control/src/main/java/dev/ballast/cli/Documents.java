package dev.ballast.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** Messages of the API as documents for other programs. Every field is there, those at their default too. */
final class Documents {
    private Documents() {}

    /** Several lines, ending with a line feed. */
    static String json(Message message) {
        return print(JsonFormat.printer(), message) + "\n";
    }

    /** One line, for a stream of documents. */
    static String jsonLine(Message message) {
        return print(JsonFormat.printer().omittingInsignificantWhitespace(), message) + "\n";
    }

    /** A document that begins with {@code ---}, so that several make a stream. 64-bit numbers are strings, as in JSON. */
    static String yaml(Message message) {
        DumpSettings settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setExplicitStart(true)
                .build();
        // JSON is YAML 1.2. The limit is for documents of strangers: this one is as long as the answer that is in
        // memory anyway.
        LoadSettings whole =
                LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
        Object document = new Load(whole).loadFromString(print(JsonFormat.printer(), message));
        return new Dump(settings).dumpToString(document);
    }

    private static String print(JsonFormat.Printer printer, Message message) {
        try {
            return printer.alwaysPrintFieldsWithNoPresence().print(message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a message without Any fields is always printable", e);
        }
    }
}
