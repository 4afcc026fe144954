package dev.ballast.control.model;

/** {@link ConfigWriter#toYaml}, with the text of services kept that did not change. One thread. */
public final class ConfigText {
    private static final String NO_SERVICES = "services: {}\n";

    private final PerService<String> services = new PerService<>(ConfigWriter::serviceToYaml);

    /** What {@link ConfigWriter#toYaml} says of it. */
    public String toYaml(Config config) {
        String rest = ConfigWriter.toYaml(config.withoutServices());
        if (config.services().isEmpty()) {
            return rest;
        }
        StringBuilder yaml = new StringBuilder(rest.substring(0, rest.length() - NO_SERVICES.length()));
        yaml.append("services:\n");
        services.of(config).forEach(yaml::append);
        return yaml.toString();
    }
}
