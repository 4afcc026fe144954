/**
 * BPF objects, maps, programs and links from Java: libbpf over the foreign function API, without JNI.
 *
 * <p>Three layers, each on the one below it: {@link dev.ballast.bpf.NativeLinker} binds a C function to a method handle;
 * {@link dev.ballast.bpf.LibBpf}, {@link dev.ballast.bpf.BpfCalls} and {@link dev.ballast.bpf.LibC} are those functions under
 * their C names, returning what C returns; everything public is Java-shaped, throws {@link dev.ballast.bpf.BpfException} and knows neither pointers nor
 * {@code errno}. The package knows nothing of load balancing and imports nothing outside the JDK.
 *
 * <p>Invariants: every kernel handle is a {@link dev.ballast.bpf.KernelHandle}, closed exactly once and only after the last
 * call that uses it has returned; use after close is an {@link java.lang.IllegalStateException}. Nothing needs CAP_SYS_ADMIN
 * or CAP_SYS_RESOURCE: what outlives a process is found again by its pin, not by its id.
 *
 * <p>Threads: maps, programs and links may be used by any number of threads at once. {@link dev.ballast.bpf.BpfObject} before
 * its load, {@link dev.ballast.bpf.EventBuffer} and the cursors belong to one thread at a time. Interface indices are those of
 * the calling thread's network namespace ({@link dev.ballast.bpf.NetworkNamespace}).
 */
@NullMarked
package dev.ballast.bpf;

import org.jspecify.annotations.NullMarked;
