package dev.ballast.control.doctor;

import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.Config;
import java.util.Optional;

/**
 * What the checks look at.
 *
 * @param config that runs; empty while nothing is configured
 */
record Case(Machine machine, Snapshot state, Optional<Config> config) {}
