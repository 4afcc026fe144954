/**
 * The {@code ballast} command: verbs over the API of the daemon.
 *
 * <p>It knows the daemon by {@code ballast.v1} alone and imports nothing else of the product. Each verb is one class:
 * it reads its options, makes one call, prints the answer and returns an {@link dev.ballast.cli.ExitStatus}. Answers
 * go to standard output, everything else to standard error; nothing is logged.
 *
 * <p>One thread runs a command from beginning to end; what surrounds it (streams, terminal) is passed in as a {@link
 * dev.ballast.cli.Shell}, so that a test runs the very same code.
 */
@NullMarked
package dev.ballast.cli;

import org.jspecify.annotations.NullMarked;
