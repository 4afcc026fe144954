package dev.ballast.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Binds C functions to method handles. A library or function that is absent is not an error here: its handle throws, at each
 * call, an exception that says what to install. So a class of bindings always initialises, and a missing library is a message
 * at the first use instead of a {@link NoClassDefFoundError} at some later one.
 */
final class NativeLinker {
    private static final Linker LINKER = Linker.nativeLinker();

    /** Where {@link #downcallWithErrno} leaves errno: the leading argument of such a handle. */
    static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();

    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private final Optional<SymbolLookup> library;
    private final Supplier<? extends RuntimeException> absent;

    private NativeLinker(Optional<SymbolLookup> library, Supplier<? extends RuntimeException> absent) {
        this.library = library;
        this.absent = absent;
    }

    /** The C library the JVM itself runs on. */
    static NativeLinker libc() {
        return new NativeLinker(
                Optional.of(LINKER.defaultLookup()),
                () -> new IllegalStateException(
                        "the C library lacks a function of Linux 6.1; use glibc 2.36 or newer"));
    }

    /**
     * The shared library of that soname, as the dynamic loader finds it.
     *
     * @param absent the exception of every call when the library, or one function, cannot be found
     */
    static NativeLinker library(String soname, Supplier<? extends RuntimeException> absent) {
        try {
            // The global arena: a library that was ever called is never unloaded under a running upcall.
            return new NativeLinker(Optional.of(SymbolLookup.libraryLookup(soname, Arena.global())), absent);
        } catch (IllegalArgumentException e) {
            return new NativeLinker(Optional.empty(), absent);
        }
    }

    boolean isPresent() {
        return library.isPresent();
    }

    /** A handle that calls {@code name} and returns what it returns. */
    MethodHandle downcall(String name, FunctionDescriptor function) {
        return bind(name, function, function.toMethodType());
    }

    /** A handle that calls {@code name} and, into its extra first argument (a {@link #CALL_STATE}), saves errno at once. */
    MethodHandle downcallWithErrno(String name, FunctionDescriptor function) {
        MethodType type = function.toMethodType().insertParameterTypes(0, MemorySegment.class);
        return bind(name, function, type, Linker.Option.captureCallState("errno"));
    }

    /** As {@link #downcallWithErrno}, for a function whose arguments from index {@code fixed} on stand for C's dots. */
    MethodHandle downcallVariadicWithErrno(String name, int fixed, FunctionDescriptor function) {
        MethodType type = function.toMethodType().insertParameterTypes(0, MemorySegment.class);
        Linker.Option variadic = Linker.Option.firstVariadicArg(fixed);
        return bind(name, function, type, variadic, Linker.Option.captureCallState("errno"));
    }

    /** A C function pointer to {@code target}, valid for ever. An exception that leaves {@code target} ends the JVM. */
    static MemorySegment upcall(MethodHandle target, FunctionDescriptor function) {
        return LINKER.upcallStub(target, function, Arena.global());
    }

    static int errno(MemorySegment callState) {
        return (int) ERRNO.get(callState, 0L);
    }

    private MethodHandle bind(String name, FunctionDescriptor function, MethodType type, Linker.Option... options) {
        Optional<MemorySegment> symbol = library.flatMap(lookup -> lookup.find(name));
        if (symbol.isPresent()) {
            return LINKER.downcallHandle(symbol.get(), function, options);
        }
        MethodHandle newException = MethodHandles.insertArguments(SUPPLIER_GET, 0, absent)
                .asType(MethodType.methodType(RuntimeException.class));
        MethodHandle thrower = MethodHandles.throwException(type.returnType(), RuntimeException.class);
        return MethodHandles.dropArguments(
                MethodHandles.collectArguments(thrower, 0, newException), 0, type.parameterList());
    }

    private static final MethodHandle SUPPLIER_GET = supplierGet();

    private static MethodHandle supplierGet() {
        try {
            return MethodHandles.publicLookup().findVirtual(Supplier.class, "get", MethodType.methodType(Object.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
