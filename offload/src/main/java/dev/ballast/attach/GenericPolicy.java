package dev.ballast.attach;

/** Whether an interface whose driver has no XDP may run the program in the stack, several times slower. */
public enum GenericPolicy {
    /** No: an attachment that would be generic is refused. */
    REFUSE,
    /** Yes, and the result says so. */
    ALLOW
}
