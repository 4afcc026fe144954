package dev.ballast.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs {@code ballast} as a shell would, within this process, and keeps what it wrote. */
final class RunCommand {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<Runnable> farewells = new ArrayList<>();
    private OutputStream sink = out;
    private byte[] in = {};
    private Shell.Person person = _ -> Optional.empty();
    private int ids;
    private volatile int interruptedWith = -1;
    private Terminal terminal = new Terminal(false, false, false, () -> new Terminal.Size(80, Integer.MAX_VALUE));

    /** What the command returned, and wrote. */
    record Result(int status, String out, String err) {}

    RunCommand input(String text) {
        return input(text.getBytes(StandardCharsets.UTF_8));
    }

    RunCommand input(byte[] bytes) {
        in = bytes;
        return this;
    }

    /** Where standard output goes; it is not kept then. */
    RunCommand output(OutputStream elsewhere) {
        sink = elsewhere;
        return this;
    }

    /** Somebody is there who answers every question like this; the questions are part of the output. */
    RunCommand answer(String line) {
        person = question -> {
            out.writeBytes(question.getBytes(StandardCharsets.UTF_8));
            return Optional.of(line);
        };
        return this;
    }

    RunCommand terminal(Terminal value) {
        terminal = value;
        return this;
    }

    Result run(String... args) {
        Shell shell = shell();
        int status = Main.run(shell, args);
        shell.out().flush();
        return new Result(status, out(), err());
    }

    /** What surrounds the command. */
    Shell shell() {
        return new Shell(
                new ByteArrayInputStream(in),
                new PrintStream(sink, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal,
                this::whileOpen,
                person,
                () -> "request-" + ++ids);
    }

    /** So far; from any thread. */
    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /** So far; from any thread. */
    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** As Ctrl-C does, but for the end of the process. */
    void interrupt() {
        synchronized (farewells) {
            farewells.forEach(Runnable::run);
        }
    }

    /** What the process would have ended with at the interrupt. */
    int interruptedWith() {
        return interruptedWith;
    }

    private Shell.Interrupts.Registration whileOpen(int exitStatus, Runnable farewell) {
        Runnable whole = () -> {
            farewell.run();
            interruptedWith = exitStatus;
        };
        synchronized (farewells) {
            farewells.add(whole);
        }
        return () -> {
            synchronized (farewells) {
                farewells.remove(whole);
            }
        };
    }
}
