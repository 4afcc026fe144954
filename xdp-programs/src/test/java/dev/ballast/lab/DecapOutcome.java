package dev.ballast.lab;

/** What {@code decap.bpf.c} did with a packet: its {@code enum decap_outcome}, in its order, without the prefix. */
public enum DecapOutcome {
    NOT_TUNNEL,
    FRAGMENT,
    IP4_IN_IP4,
    IP6_IN_IP4,
    IP4_IN_IP6,
    IP6_IN_IP6,
    IP4_IN_GUE4,
    IP6_IN_GUE4,
    IP4_IN_GUE6,
    IP6_IN_GUE6,
    TRUNCATED,
    MALFORMED,
    NO_ROOM;

    static final String RESOURCE = "/dev/ballast/datapath/decap.bpf.o";
    static final String COUNTERS = "decap_packets";
}
