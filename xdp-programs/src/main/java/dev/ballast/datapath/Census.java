package dev.ballast.datapath;

/**
 * What the flow tables hold at one moment, or nearly: packets go on while they are read.
 *
 * @param flowsByMember live entries of all tables by member id; shared, do not change it
 * @param openByMember of these, those that have seen neither FIN nor RST: connections, as people count them
 * @param live live entries of the main table
 * @param spilled of these, how many are in their second set
 * @param halfOpen live entries of the half-open table
 * @param fragmented packets whose later fragments are waited for
 * @param expired entries of the main table that wait for the sweeper
 */
@SuppressWarnings("ArrayRecordComponent") // a count for each of 256 Ki ids; nobody compares censuses
public record Census(
        int[] flowsByMember,
        int[] openByMember,
        long live,
        long spilled,
        long halfOpen,
        long fragmented,
        long expired) {
    /** Live flows of a member. */
    public int flows(int member) {
        return member < flowsByMember.length ? flowsByMember[member] : 0;
    }

    /** Open flows of a member. */
    public int open(int member) {
        return member < openByMember.length ? openByMember[member] : 0;
    }
}
