package dev.ballast.control.model;

/**
 * A place in a file.
 *
 * @param line from 1
 * @param column from 1, in characters (code points)
 */
record Position(int line, int column) {
    static final Position START = new Position(1, 1);

    /** For messages that point at a second place. */
    @Override
    public String toString() {
        return "line " + line + ", column " + column;
    }
}
