package dev.ballast.perf.options;

import picocli.CommandLine.Option;

/** {@code --output table|json}, for people or for scripts. */
public final class OutputOption {
    private enum Format {
        TABLE,
        JSON
    }

    @Option(
            names = "--output",
            paramLabel = "table|json",
            defaultValue = "table",
            description = "json: one object a line. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.TABLE;

    /** Whether each result is an object of JSON on a line of its own. */
    public boolean isJson() {
        return format == Format.JSON;
    }
}
