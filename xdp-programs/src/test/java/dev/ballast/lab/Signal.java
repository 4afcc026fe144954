package dev.ballast.lab;

/** What can be done to a process of a lab. */
public enum Signal {
    /** As Ctrl-C does. */
    INT(2),
    KILL(9),
    TERM(15),
    CONT(18),
    /** Freezes: the kernel goes on to accept connections for it, nobody answers. */
    STOP(19);

    final int number;

    Signal(int number) {
        this.number = number;
    }
}
