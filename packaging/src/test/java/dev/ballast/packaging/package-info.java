/**
 * Tests of the whole product: the distribution's own {@code ballastd} and {@code ballast}, run as an operator runs them, in a
 * lab with real connections.
 *
 * <p>Each class is one topic and has a lab of its own, shared by its tests; each test brings the configuration that it needs, so
 * that their order does not matter. {@link dev.ballast.packaging.ProductLab} is what they have in common. They wait for
 * states, never for times, and what they wait for fails with the daemon's log. The distribution is found by the system
 * property {@code ballast.distribution}, which the build sets; root is needed.
 */
@NullMarked
package dev.ballast.packaging;

import org.jspecify.annotations.NullMarked;
