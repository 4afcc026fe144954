/**
 * What rings cost to build and to store, measured with JMH. Run by hand; the figures that the design leans on come from here.
 */
@NullMarked
package dev.ballast.perf.ring;

import org.jspecify.annotations.NullMarked;
