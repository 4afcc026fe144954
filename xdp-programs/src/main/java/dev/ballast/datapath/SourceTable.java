package dev.ballast.datapath;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The source prefixes of services that filter; what they are for is in {@link ServiceRow#filter}. One writer. */
public final class SourceTable {
    private final PrefixTrie four;
    private final PrefixTrie six;

    SourceTable(PrefixTrie four, PrefixTrie six) {
        this.four = four;
        this.six = six;
    }

    /** The prefixes of all services that have some, by the service's index. */
    public SortedMap<Integer, Set<SourcePrefix>> list() {
        SortedMap<Integer, Set<SourcePrefix>> lists = new TreeMap<>();
        for (PrefixTrie trie : new PrefixTrie[] {four, six}) {
            trie.forEach((entry, value) -> lists.computeIfAbsent(entry.head(), service -> new HashSet<>())
                    .add(new SourcePrefix(entry.address(), entry.prefixLength())));
        }
        return lists;
    }

    /** Adds prefixes to a service. */
    public void add(int service, Collection<SourcePrefix> prefixes) {
        prefixes.forEach(prefix -> trie(prefix).put(entry(service, prefix), 1));
    }

    /** Takes prefixes from a service. */
    public void remove(int service, Collection<SourcePrefix> prefixes) {
        prefixes.forEach(prefix -> trie(prefix).remove(entry(service, prefix)));
    }

    private PrefixTrie trie(SourcePrefix prefix) {
        return Addresses.isIpv4(prefix.address()) ? four : six;
    }

    private static PrefixTrie.Entry entry(int service, SourcePrefix prefix) {
        return new PrefixTrie.Entry(service, prefix.address(), prefix.prefixLength());
    }
}
