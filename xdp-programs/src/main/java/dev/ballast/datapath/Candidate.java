package dev.ballast.datapath;

import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.BpfProgram;

/**
 * A program that is loaded with the live maps and the live constants, but attached nowhere yet. {@link Datapath#commit} makes
 * it the datapath's; until then closing it is all it takes to give it up.
 */
public final class Candidate implements AutoCloseable {
    private final BpfObject object;
    private final BpfProgram program;
    private final byte[] digest;

    Candidate(BpfObject object, byte[] digest) {
        this.object = object;
        this.program = object.program(Pins.BALANCER);
        this.digest = digest.clone();
    }

    /** To be put on the links; valid until this is closed. */
    public BpfProgram program() {
        return program;
    }

    /** The object's name: the first 16 hex digits of its SHA-256. */
    public String tag() {
        return DatapathObjects.tagOfDigest(digest);
    }

    byte[] digest() {
        return digest.clone();
    }

    /** Lets go of it; where it is attached or pinned it lives on. */
    @Override
    public void close() {
        object.close();
    }
}
