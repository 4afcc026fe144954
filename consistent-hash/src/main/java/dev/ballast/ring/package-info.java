/** Weighted Maglev rings. */
@NullMarked
package dev.ballast.ring;

import org.jspecify.annotations.NullMarked;
