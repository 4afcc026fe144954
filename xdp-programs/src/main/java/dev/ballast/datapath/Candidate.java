package dev.ballast.datapath;

import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.BpfProgram;

/**
 * A program that is loaded with the live maps and the live constants, but attached nowhere yet. {@link Datapath#commit} makes
 * it the datapath's; until then closing it is all it takes to give it up.
 */
public final class Candidate implements AutoCloseable {
    private final BpfProgram program;
    private final Meta.Program record;
    private final Runnable release;

    /** That of an object, which it owns from here on. */
    Candidate(BpfObject object, Meta.Program record) {
        this(object.program(Pins.BALANCER), record, object::close);
    }

    /** One that was found pinned, and is owned from here on. */
    Candidate(BpfProgram program, Meta.Program record) {
        this(program, record, program::close);
    }

    private Candidate(BpfProgram program, Meta.Program record, Runnable release) {
        this.program = program;
        this.record = record;
        this.release = release;
    }

    /** To be put on the links; valid until this is closed. */
    public BpfProgram program() {
        return program;
    }

    /** The object's name: the first 16 hex digits of its SHA-256. */
    public String tag() {
        return DatapathObjects.tagOfDigest(record.objectDigest());
    }

    /** What it is loaded with. */
    public Variant variant() {
        return record.variant();
    }

    Meta.Program record() {
        return record;
    }

    /** Lets go of it; where it is attached or pinned it lives on. */
    @Override
    public void close() {
        release.run();
    }
}
