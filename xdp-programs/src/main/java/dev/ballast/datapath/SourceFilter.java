package dev.ballast.datapath;

/** What the source prefixes of a service are for. */
public enum SourceFilter {
    /** There are none. */
    OFF(0),
    /** Only sources within them are served. */
    ALLOW(Abi.SERVICE_ALLOW),
    /** All sources but those within them are served. */
    DENY(Abi.SERVICE_DENY);

    private final int flag;

    SourceFilter(int flag) {
        this.flag = flag;
    }

    int flag() {
        return flag;
    }

    static SourceFilter ofFlags(int flags) {
        if ((flags & Abi.SERVICE_DENY) != 0) {
            return DENY;
        }
        return (flags & Abi.SERVICE_ALLOW) != 0 ? ALLOW : OFF;
    }
}
