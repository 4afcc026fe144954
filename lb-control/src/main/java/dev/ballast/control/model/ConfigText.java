package dev.ballast.control.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.List;

/**
 * {@link ConfigWriter#toYaml} in UTF-8, with the text of services kept that did not change: that of 100,000 members is put together within a
 * few milliseconds. One thread.
 */
public final class ConfigText {
    private static final String NO_SERVICES = "services: {}\n";
    private static final String SERVICES = "services:\n";

    private final PerService<byte[]> services = new PerService<>();
    private Written last = new Written(new byte[0], List.of(), new int[] {0}, new byte[0]);

    /** A text; {@code starts}: where in {@code yaml} each service's begins, and where the last one ends. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    private record Written(byte[] head, List<byte[]> texts, int[] starts, byte[] yaml) {}

    /** What {@link ConfigWriter#toYaml} says of it. Nobody changes what it gives. */
    public byte[] toYaml(Config config) {
        String rest = ConfigWriter.toYaml(config.withoutServices());
        if (config.services().isEmpty()) {
            return rest.getBytes(UTF_8);
        }
        byte[] head = (rest.substring(0, rest.length() - NO_SERVICES.length()) + SERVICES).getBytes(UTF_8);
        List<byte[]> texts = services.of(
                config,
                (service, defaults) ->
                        ConfigWriter.serviceToYaml(service, defaults).getBytes(UTF_8));
        last = written(head, texts);
        return last.yaml();
    }

    /** What stands before the first text that is another than last time, and behind the last one, is copied in one piece. */
    private Written written(byte[] head, List<byte[]> texts) {
        Written before = last;
        int count = texts.size();
        int first = 0;
        int end = count;
        if (count == before.texts().size() && Arrays.equals(head, before.head())) {
            while (first < count && isSame(texts, before.texts(), first)) {
                first++;
            }
            while (end > first && isSame(texts, before.texts(), end - 1)) {
                end--;
            }
        }
        int[] starts = new int[count + 1];
        starts[0] = head.length;
        System.arraycopy(before.starts(), 0, starts, 0, first == 0 ? 0 : first + 1);
        for (int i = first; i < end; i++) {
            starts[i + 1] = starts[i] + texts.get(i).length;
        }
        int shift = end < count ? starts[end] - before.starts()[end] : 0;
        for (int i = end; i < count; i++) {
            starts[i + 1] = before.starts()[i + 1] + shift;
        }
        byte[] yaml = new byte[starts[count]];
        System.arraycopy(first == 0 ? head : before.yaml(), 0, yaml, 0, starts[first]);
        for (int i = first; i < end; i++) {
            System.arraycopy(texts.get(i), 0, yaml, starts[i], texts.get(i).length);
        }
        if (end < count) {
            System.arraycopy(before.yaml(), starts[end] - shift, yaml, starts[end], yaml.length - starts[end]);
        }
        return new Written(head, texts, starts, yaml);
    }

    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(List<byte[]> one, List<byte[]> other, int place) {
        return one.get(place) == other.get(place);
    }
}
