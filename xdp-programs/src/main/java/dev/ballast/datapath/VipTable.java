package dev.ballast.datapath;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Which packets are for which service: {@link Buckets} for exact addresses, {@link PrefixTrie}s for prefixes; see {@code lb/vip.h}
 * for the reader. One writer.
 *
 * <p>Each address, and each prefix, that has a VIP has an address row besides, which this class keeps: it leads to the service
 * of the lowest index among them, for packets without ports.
 */
public final class VipTable {
    /** The protocol of address rows. */
    private static final int NO_PROTOCOL = 0;

    private final Buckets four;
    private final Buckets six;
    private final PrefixTrie prefixes4;
    private final PrefixTrie prefixes6;
    private final Words settings;
    private final VipSeeds seeds;
    private final FlowHash hash;

    /** The services of the VIPs of each address or prefix: how many VIPs lead to each. */
    private final Map<Block, TreeMap<Integer, Integer>> services = new HashMap<>();

    /** Those of the rows that are there: a seed costs a keyed hash, and an audit asks for all of them. */
    private final Map<RowSeed, Integer> rowSeeds = new HashMap<>();

    private record RowSeed(Block block, int protocol) {}

    /** An address, or the first one of a prefix. */
    private record Block(InetAddress address, int prefixLength) {
        static Block of(VipKey vip) {
            return new Block(vip.address(), vip.prefixLength());
        }

        @Override
        public String toString() {
            return address.getHostAddress() + "/" + prefixLength;
        }
    }

    VipTable(Maps maps, VipSeeds seeds, FlowHash hash, Epochs epochs) {
        this.four = new Buckets4(maps.vips4, epochs);
        this.six = new Buckets6(maps.vips6, epochs);
        this.prefixes4 = maps.prefixes4;
        this.prefixes6 = maps.prefixes6;
        this.settings = maps.settings;
        this.seeds = seeds;
        this.hash = hash;
        list().forEach((vip, service) -> count(Block.of(vip), service, 1));
    }

    /** Where the VIPs are. */
    record Maps(Words vips4, Words vips6, PrefixTrie prefixes4, PrefixTrie prefixes6, Words settings) {}

    /**
     * Sends the packets of a VIP to a service, from the next one on. A VIP that is there already changes its service with one
     * store.
     *
     * @throws DatapathException if the table is too full at that place
     */
    public void put(VipKey vip, int service) {
        OptionalInt before = service(vip);
        if (vip.port() == VipKey.ANY_PORT && !vip.isPrefix()) {
            announceAnyPort(vip.address()); // before the key: a reader that finds it has looked for it
        }
        Block block = Block.of(vip);
        count(block, service, 1);
        before.ifPresent(old -> count(block, old, -1));
        try {
            putRow(block, vip.port(), vip.protocol().number(), service);
            putAddressRow(block);
        } catch (DatapathException e) {
            count(block, service, -1);
            if (before.isPresent()) {
                count(block, before.getAsInt(), 1);
                putRow(block, vip.port(), vip.protocol().number(), before.getAsInt());
            } else {
                removeRow(block, vip.port(), vip.protocol().number());
            }
            throw e;
        }
    }

    /** Ends a VIP: its packets are passed from the next one on. False if there was none. */
    public boolean remove(VipKey vip) {
        OptionalInt before = service(vip);
        if (before.isEmpty()) {
            return false;
        }
        Block block = Block.of(vip);
        removeRow(block, vip.port(), vip.protocol().number());
        count(block, before.getAsInt(), -1);
        putAddressRow(block);
        return true;
    }

    /** The service that a VIP leads to. */
    public OptionalInt service(VipKey vip) {
        OptionalLong value = value(Block.of(vip), vip.port(), vip.protocol().number());
        return value.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) value.getAsLong());
    }

    /** All VIPs with their services. */
    public Map<VipKey, Integer> list() {
        Map<VipKey, Integer> vips = new HashMap<>();
        four.forEach((key, value) -> listRow(vips, Addresses.of4((int) (key.key() >>> 32)), key, value));
        six.forEach((key, value) -> listRow(vips, Addresses.of6(key.high(), key.low()), key, value));
        prefixes4.forEachVip((vip, value) -> vips.put(vip, (int) value));
        prefixes6.forEachVip((vip, value) -> vips.put(vip, (int) value));
        return vips;
    }

    /**
     * Looks at the tables anew, and makes the address rows, and what tells readers of any-port VIPs, those of the VIPs that are
     * there: somebody else may have written to them.
     *
     * @return the addresses and prefixes whose row was put right
     */
    public List<String> repairAddressRows() {
        Map<VipKey, Integer> vips = list();
        services.clear();
        vips.forEach((vip, service) -> count(Block.of(vip), service, 1));
        List<String> repaired = new ArrayList<>();
        long marks = bits();
        vips.keySet().stream()
                .filter(vip -> vip.port() == VipKey.ANY_PORT && !vip.isPrefix())
                .forEach(vip -> announceAnyPort(vip.address()));
        if (bits() != marks) {
            repaired.add("VIPs of any port");
        }
        Map<Block, Long> present = addressRows();
        services.forEach((block, counts) -> {
            Long row = present.remove(block);
            if (row == null || row != rowOf(block, NO_PROTOCOL, counts.firstKey())) {
                putAddressRow(block);
                repaired.add(block.toString());
            }
        });
        present.keySet().forEach(block -> {
            removeRow(block, VipKey.ANY_PORT, NO_PROTOCOL);
            repaired.add(block.toString());
        });
        return repaired;
    }

    private Map<Block, Long> addressRows() {
        Map<Block, Long> rows = new HashMap<>();
        four.forEach((key, value) -> addressRow(rows, Addresses.of4((int) (key.key() >>> 32)), key, value));
        six.forEach((key, value) -> addressRow(rows, Addresses.of6(key.high(), key.low()), key, value));
        for (PrefixTrie trie : new PrefixTrie[] {prefixes4, prefixes6}) {
            trie.forEach((entry, value) -> {
                if (entry.head() == 0) { // neither protocol nor port
                    rows.put(new Block(entry.address(), entry.prefixLength()), value);
                }
            });
        }
        return rows;
    }

    private static void addressRow(Map<Block, Long> rows, InetAddress address, BucketKey key, long value) {
        if ((key.key() >>> 8 & 0xff) == NO_PROTOCOL) {
            rows.put(new Block(address, address.getAddress().length * Byte.SIZE), value);
        }
    }

    private static void listRow(Map<VipKey, Integer> vips, InetAddress address, BucketKey key, long value) {
        int protocol = (int) (key.key() >>> 8) & 0xff;
        if (Protocol.isKnown(protocol)) {
            vips.put(new VipKey(address, (int) (key.key() >>> 16) & 0xffff, Protocol.ofNumber(protocol)), (int) value);
        }
    }

    /**
     * Ends what no daemon has put here, and puts right the seeds that others have written over: what is missing then is for
     * {@link #put}.
     *
     * @return what was done, in words
     */
    public List<String> removeStrays() {
        List<String> done = new ArrayList<>();
        int removed = four.removeStrays(VipTable::isKey) + six.removeStrays(VipTable::isKey);
        if (removed > 0) {
            done.add("%d VIP ways that lead nowhere".formatted(removed));
        }
        list().forEach((vip, service) -> {
            Block block = Block.of(vip);
            long row = rowOf(block, vip.protocol().number(), service);
            if (value(block, vip.port(), vip.protocol().number()).orElse(row) != row) {
                putRow(block, vip.port(), vip.protocol().number(), service);
                done.add("seed of VIP " + vip);
            }
        });
        return done;
    }

    private static boolean isKey(BucketKey key) {
        int protocol = (int) (key.key() >>> 8) & 0xff;
        int port = (int) (key.key() >>> 16) & 0xffff;
        return protocol == NO_PROTOCOL ? port == VipKey.ANY_PORT : Protocol.isKnown(protocol);
    }

    /** How many VIPs each family's table has ways for; it is full a good deal earlier. */
    public int ways() {
        return Math.min(four.size(), six.size());
    }

    /**
     * The VIP that takes a flow's packets, in the order in which the program looks: address and port, address with any port, the
     * longest prefix with the port, the longest one with any.
     */
    Optional<VipMatch> match(FlowTuple flow) {
        int protocol = flow.protocol().number();
        Block exact = new Block(flow.vip(), flow.vip().getAddress().length * Byte.SIZE);
        for (int port : new int[] {flow.vipPort(), VipKey.ANY_PORT}) {
            OptionalLong value = value(exact, port, protocol);
            if (value.isPresent()) {
                VipKey vip = new VipKey(flow.vip(), port, flow.protocol());
                return Optional.of(new VipMatch(vip, (int) value.getAsLong(), seed(exact, protocol)));
            }
        }
        for (int port : new int[] {flow.vipPort(), VipKey.ANY_PORT}) {
            OptionalLong value = longest(exact, port, protocol);
            if (value.isPresent()) {
                return Optional.of(prefixMatch(flow, port, value.getAsLong()));
            }
        }
        return Optional.empty();
    }

    /** A trie does not tell how long the prefix is that it found, but its seed does. */
    private VipMatch prefixMatch(FlowTuple flow, int port, long value) {
        int found = (int) (value >>> 32);
        int length = flow.vip().getAddress().length * Byte.SIZE - 1;
        while (length > 1
                && seeds.seed(
                                Addresses.masked(flow.vip(), length),
                                length,
                                flow.protocol().number())
                        != found) {
            length--;
        }
        VipKey vip = new VipKey(Addresses.masked(flow.vip(), length), length, port, flow.protocol());
        return new VipMatch(vip, (int) value, hash.fold(flow.vip(), found));
    }

    /** The seed by which a flow hashes: that of its VIP, folded with the address if the VIP is a prefix. */
    int flowSeed(FlowTuple flow) {
        Block exact = new Block(flow.vip(), flow.vip().getAddress().length * Byte.SIZE);
        return match(flow)
                .map(VipMatch::flowSeed)
                .orElseGet(() -> seed(exact, flow.protocol().number()));
    }

    void reclaim(Grace grace) {
        boolean anyGone = hasRetired();
        four.reclaim(grace);
        six.reclaim(grace);
        if (anyGone) {
            withdrawAnyPort();
        }
    }

    boolean hasRetired() {
        return four.hasRetired() || six.hasRetired();
    }

    private void count(Block block, int service, int change) {
        TreeMap<Integer, Integer> counts = services.computeIfAbsent(block, b -> new TreeMap<>());
        counts.merge(service, change, Integer::sum);
        counts.values().removeIf(count -> count == 0);
        if (counts.isEmpty()) {
            services.remove(block);
            rowSeeds.remove(new RowSeed(block, NO_PROTOCOL));
            for (Protocol protocol : Protocol.values()) {
                rowSeeds.remove(new RowSeed(block, protocol.number()));
            }
        }
    }

    private void putAddressRow(Block block) {
        TreeMap<Integer, Integer> counts = services.get(block);
        if (counts == null) {
            removeRow(block, VipKey.ANY_PORT, NO_PROTOCOL);
        } else {
            putRow(block, VipKey.ANY_PORT, NO_PROTOCOL, counts.firstKey());
        }
    }

    private int seed(Block block, int protocol) {
        return seeds.seed(block.address, block.prefixLength, protocol);
    }

    private static boolean isPrefix(Block block) {
        return block.prefixLength < block.address.getAddress().length * Byte.SIZE;
    }

    static BucketKey key(InetAddress address, int port, int protocol) {
        long portAndProtocol = (long) port << 16 | (long) protocol << 8;
        return Addresses.isIpv4(address)
                ? new BucketKey(0, 0, (long) Addresses.bits4(address) << 32 | portAndProtocol)
                : new BucketKey(Addresses.high6(address), Addresses.low6(address), portAndProtocol);
    }

    private long rowOf(Block block, int protocol, int service) {
        int seed = rowSeeds.computeIfAbsent(new RowSeed(block, protocol), _ -> seed(block, protocol));
        return (long) seed << 32 | Integer.toUnsignedLong(service);
    }

    private void putRow(Block block, int port, int protocol, int service) {
        long value = rowOf(block, protocol, service);
        if (isPrefix(block)) {
            prefixes(block.address).put(block.address, block.prefixLength, port, protocol, value);
        } else if (!buckets(block.address).put(key(block.address, port, protocol), value)) {
            throw new DatapathException(
                    "add VIP",
                    block.address.getHostAddress() + " port " + port,
                    "the " + Abi.VIP_PROBE_BUCKETS + " buckets it may be in are full",
                    "raise node.limits.services, by which the VIP tables are sized");
        }
    }

    private void removeRow(Block block, int port, int protocol) {
        if (isPrefix(block)) {
            prefixes(block.address).remove(block.address, block.prefixLength, port, protocol);
        } else {
            buckets(block.address).remove(key(block.address, port, protocol));
        }
    }

    private OptionalLong value(Block block, int port, int protocol) {
        if (isPrefix(block)) {
            OptionalLong longest = longest(block, port, protocol);
            boolean itself = longest.isPresent() && longest.getAsLong() >> 32 == seed(block, protocol);
            return itself ? longest : OptionalLong.empty(); // one that covers it has another seed
        }
        Buckets table = buckets(block.address);
        long way = table.find(key(block.address, port, protocol));
        return way < 0 ? OptionalLong.empty() : OptionalLong.of(table.value(way));
    }

    private OptionalLong longest(Block block, int port, int protocol) {
        return prefixes(block.address).longest(block.address, block.prefixLength, port, protocol);
    }

    private Buckets buckets(InetAddress address) {
        return Addresses.isIpv4(address) ? four : six;
    }

    private PrefixTrie prefixes(InetAddress address) {
        return Addresses.isIpv4(address) ? prefixes4 : prefixes6;
    }

    private void announceAnyPort(InetAddress address) {
        setBits(bits() | (Addresses.isIpv4(address) ? Abi.SETTING_ANY_PORT_4 : Abi.SETTING_ANY_PORT_6));
    }

    /** Saves readers their second look when the last any-port VIP of a family is gone. */
    private void withdrawAnyPort() {
        long used = 0;
        for (VipKey vip : list().keySet()) {
            if (vip.port() == VipKey.ANY_PORT && !vip.isPrefix()) {
                used |= Addresses.isIpv4(vip.address()) ? Abi.SETTING_ANY_PORT_4 : Abi.SETTING_ANY_PORT_6;
            }
        }
        setBits((bits() & ~(Abi.SETTING_ANY_PORT_4 | Abi.SETTING_ANY_PORT_6)) | used);
    }

    private long bits() {
        return settings.load(0);
    }

    private void setBits(long bits) {
        settings.store(0, bits);
    }
}
