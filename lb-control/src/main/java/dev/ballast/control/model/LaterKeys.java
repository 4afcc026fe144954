package dev.ballast.control.model;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The sections of the schema whose features are not in this build: their keys, so that a misspelt one is told apart
 * from one that comes later. The values are not looked at. A shape leaves this file when a reader takes its place.
 */
final class LaterKeys {
    /** Anything. */
    static final Shape ANY = (findings, path, node) -> {};

    /** One value: a number, a duration, a file name. */
    static final Shape VALUE = (findings, path, node) -> {
        if (!(node instanceof YamlNode.Scalar)) {
            reportKind(findings, path, node, "one value");
        }
    };

    /** A list of values. */
    static final Shape VALUES = new ListOf(VALUE);

    static final Shape API_TCP = keys().and("listen", VALUE)
            .and("certFile", VALUE)
            .and("keyFile", VALUE)
            .and("clientCaFile", VALUE)
            .and("roles", ANY);

    static final Shape HTTP = keys().and("listen", VALUE);

    static final Shape PROBES =
            keys().and("source4", VALUE).and("source6", VALUE).and("mark", VALUE);

    static final Shape BGP = keys().and("asn", VALUE)
            .and("routerId", VALUE)
            .and("failStatic", VALUE)
            .and(
                    "peers",
                    new ListOf(keys().and("name", VALUE)
                            .and("address", VALUE)
                            .and("asn", VALUE)
                            .and("families", VALUES)
                            .and("holdTime", VALUE)
                            .and("passwordFile", VALUE)
                            .and("gracefulRestart", VALUE)));

    static final Shape BALANCERS = new ListOf(keys().and("name", VALUE).and("address", VALUE));

    static final Shape SWAP =
            keys().and("watch", VALUE).and("maxExtraDrops", VALUE).and("onForeignProgram", VALUE);

    static final Shape ANNOUNCE = keys().and("communities", VALUES).and("med", VALUE);

    private LaterKeys() {}

    /** What may stand somewhere, as far as keys go. */
    interface Shape {
        /** Reports unknown keys in {@code node}, and lists or mappings where they cannot be. */
        void check(Findings findings, String path, YamlNode node);
    }

    private static Keys keys() {
        return new Keys(Map.of());
    }

    private static void reportKind(Findings findings, String path, YamlNode node, String belongs) {
        findings.add(node.at(), path, "", node.kind() + " stands where " + belongs + " belongs", "", "");
    }

    private record ListOf(Shape item) implements Shape {
        @Override
        public void check(Findings findings, String path, YamlNode node) {
            if (node instanceof YamlNode.Sequence sequence) {
                for (int i = 0; i < sequence.items().size(); i++) {
                    item.check(findings, path + "[" + i + "]", sequence.items().get(i));
                }
            } else {
                reportKind(findings, path, node, "a list");
            }
        }
    }

    private record Keys(Map<String, Shape> shapes) implements Shape {
        Keys and(String key, Shape shape) {
            Map<String, Shape> more = new LinkedHashMap<>(shapes);
            more.put(key, shape);
            return new Keys(more);
        }

        @Override
        public void check(Findings findings, String path, YamlNode node) {
            if (!(node instanceof YamlNode.Mapping mapping)) {
                reportKind(findings, path, node, "a mapping (key: value)");
                return;
            }
            mapping.entries().forEach((key, entry) -> {
                Shape shape = shapes.get(key);
                if (shape != null) {
                    shape.check(findings, Section.join(path, key), entry.value());
                } else {
                    String allowed = String.join(", ", shapes.keySet());
                    String cure = Nearest.didYouMean(key, shapes.keySet());
                    findings.add(entry.keyAt(), Section.join(path, key), "", "unknown key", allowed, cure);
                }
            });
        }
    }
}
