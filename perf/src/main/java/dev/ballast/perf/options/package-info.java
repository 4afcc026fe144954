/**
 * Options that benchmarks share.
 */
@NullMarked
package dev.ballast.perf.options;

import org.jspecify.annotations.NullMarked;
