package dev.ballast.control.model;

import java.util.Optional;

/**
 * A change of one place of a configuration.
 *
 * @param path keys joined by dots, an element of a list by its number, a backend also by its address:
 *     {@code services.web.backends[10.0.1.11].weight}
 * @param value YAML that replaces what stands there or is added; empty: the place goes, and its default counts
 */
public record ConfigEdit(String path, Optional<String> value) {}
