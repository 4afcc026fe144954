/** libbpf over the FFM API. */
@NullMarked
package dev.ballast.bpf;

import org.jspecify.annotations.NullMarked;
