/**
 * Where the desired state comes from.
 *
 * <p>A {@link dev.ballast.control.source.Source} hands in configurations through {@link dev.ballast.control.loop.Control}, as every other
 * caller does, and says how what it has differs from what runs. The journal is the truth all the same: what was accepted is
 * restored before a source is asked for anything. The first one, {@link dev.ballast.control.source.FileSource}, is a file that is
 * applied once, when nothing was ever accepted; after that, changes come over gRPC.
 *
 * <p>A source works on threads of its own; the control loop only hands over to it.
 */
@NullMarked
package dev.ballast.control.source;

import org.jspecify.annotations.NullMarked;
