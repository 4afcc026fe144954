package dev.ballast.control.journal;

/**
 * Where a revision lies in the file.
 *
 * @param revision without its effects, which are read when somebody asks
 * @param offset of its frame, bytes
 * @param bytes of its frame
 * @param isBase whether it stands for itself
 */
record Place(Revision revision, long offset, int bytes, boolean isBase) {
    long end() {
        return offset + bytes;
    }

    Place movedBy(long distance) {
        return new Place(revision, offset + distance, bytes, isBase);
    }
}
