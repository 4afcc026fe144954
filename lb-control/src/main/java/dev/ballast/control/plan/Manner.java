package dev.ballast.control.plan;

/** How a change comes into force; the later, the more it takes. */
public enum Manner {
    /** Rows, rings and interfaces only: the running program goes on. */
    HOT,
    /** The program is replaced under traffic by the same one with other features; all tables stay. */
    SWAP,
    /** The tables are made anew with other sizes, which forgets every flow: so only while none is live. */
    RESTART
}
