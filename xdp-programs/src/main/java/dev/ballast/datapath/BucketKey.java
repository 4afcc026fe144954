package dev.ballast.datapath;

/**
 * What a way of {@link Buckets} is found by.
 *
 * @param high first half of an IPv6 address, or a server id; 0 in a table of IPv4
 * @param low second half of an IPv6 address, or a service; 0 in a table of IPv4
 * @param key the key word, its low byte 0
 */
record BucketKey(long high, long low, long key) {}
