/**
 * The daemon's wiring: {@link dev.ballast.control.Main} reads the command line, puts the parts together, and takes them
 * apart in the other order. No decisions of its own.
 */
@NullMarked
package dev.ballast.control;

import org.jspecify.annotations.NullMarked;
