package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.bpf.BpfMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class VipTableKernelTest {
    private static final int BUCKETS = 16;

    private final MemorySegment vips4 = Arena.ofAuto().allocate(BUCKETS * Abi.VIP4_BUCKET.byteSize(), 64);
    private final MemorySegment vips6 = Arena.ofAuto().allocate(BUCKETS * Abi.VIP6_BUCKET.byteSize(), 64);
    private final MemorySegment settings = Arena.ofAuto().allocate(Abi.SETTINGS.byteSize(), 8);
    private final BpfMap tries4 = trie("vip_prefixes4", Abi.VIP_PREFIX4);
    private final BpfMap tries6 = trie("vip_prefixes6", Abi.VIP_PREFIX6);
    private final Epochs epochs = new Epochs();
    private final VipTable table = table();

    private static BpfMap trie(String name, StructLayout key) {
        Abi.MapSpec spec = Abi.MapSpec.trie(name, key);
        return BpfMap.create(spec.type(), name, spec.keySize(), spec.valueSize(), 64, spec.flags());
    }

    @AfterEach
    void close() {
        tries4.close();
        tries6.close();
    }

    private VipTable table() {
        VipTable.Maps maps = new VipTable.Maps(
                Words.of(vips4), Words.of(vips6), new PrefixTrie(tries4), new PrefixTrie(tries6), Words.of(settings));
        return new VipTable(maps, new VipSeeds(new byte[32]), FlowHash.of(new byte[16]), epochs);
    }

    private static VipKey vip(int i) {
        InetAddress address = i % 2 == 0 ? Addresses.of4(0xcb007100 + i) : Addresses.of6(0x20010db8L << 32, i);
        return new VipKey(address, i % 3 == 0 ? VipKey.ANY_PORT : 80, i % 5 == 0 ? Protocol.UDP : Protocol.TCP);
    }

    /** Random changes against a plain map: whatever the order, what is there is found and what is not is not. */
    @Test
    void it_is_a_map_under_any_sequence_of_changes() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            vips4.fill((byte) 0);
            vips6.fill((byte) 0);
            VipTable fresh = table();
            Map<VipKey, Integer> model = new HashMap<>();
            for (int step = 0; step < 300; step++) {
                VipKey key = vip(random.nextInt(40));
                switch (random.nextInt(5)) {
                    case 0, 1 -> putIfRoom(fresh, model, key, random.nextInt(100));
                    case 2, 3 -> assertThat(fresh.remove(key)).isEqualTo(model.remove(key) != null);
                    default -> fresh.reclaim(epochs.begin());
                }
                assertThat(fresh.list()).as("seed %d, step %d", seed, step).isEqualTo(model);
                model.forEach((vip, service) ->
                        assertThat(fresh.service(vip)).as(vip.toString()).hasValue(service));
            }
        }
    }

    private static void putIfRoom(VipTable table, Map<VipKey, Integer> model, VipKey key, int service) {
        try {
            table.put(key, service);
            model.put(key, service);
        } catch (DatapathException e) {
            assertThat(model).doesNotContainKey(key);
        }
    }

    @Test
    void a_removed_way_takes_no_other_key_before_a_grace_period() {
        VipKey first = vip(2);
        table.put(first, 1);
        long place = wayOf(Abi.VIP_USED);
        table.remove(first);
        assertThat(wayOf(Abi.VIP_TOMBSTONE)).isEqualTo(place);

        table.put(first, 2);
        assertThat(wayOf(Abi.VIP_USED)).isNotEqualTo(place);
        table.reclaim(epochs.begin());
        assertThat(vips4.get(JAVA_LONG, place)).as("empty again").isZero();
    }

    /** Byte offset of the one way in that state. */
    private long wayOf(int state) {
        for (long at = 0; at < vips4.byteSize(); at += Abi.VIP4_WAY.byteSize()) {
            if ((vips4.get(JAVA_LONG, at) & 0xff) == state) {
                return at;
            }
        }
        throw new AssertionError("no way is in state " + state);
    }

    @Test
    void a_grace_period_covers_only_what_was_removed_before_it_began() {
        table.put(vip(2), 1);
        Grace early = epochs.begin();
        table.remove(vip(2));

        table.reclaim(early);
        assertThat(table.hasRetired()).isTrue();
        assertThat(table().hasRetired()).as("a successor knows of it, too").isTrue();
        table.reclaim(epochs.begin());
        assertThat(table.hasRetired()).isFalse();
    }

    @Test
    void tombstones_of_a_predecessor_wait_for_a_grace_period_too() {
        table.put(vip(2), 1);
        table.remove(vip(2));

        VipTable adopted = table();
        assertThat(adopted.hasRetired()).isTrue();
        adopted.put(vip(2), 1);
        assertThat(adopted.list()).hasSize(1);
    }

    @Test
    void a_prefix_is_told_from_those_that_cover_it_and_those_that_it_covers() {
        for (String base : new String[] {"203.0.0.0", "2001::"}) {
            VipKey wide = new VipKey(Frame.address(base), 16, 443, Protocol.TCP);
            VipKey wanted = new VipKey(Frame.address(base), 24, 443, Protocol.TCP);
            VipKey narrow = new VipKey(Frame.address(base), 28, 443, Protocol.TCP);
            table.put(wide, 1);
            table.put(narrow, 3);
            assertThat(table.service(wanted)).isEmpty();
            assertThat(table.remove(wanted)).isFalse();

            table.put(wanted, 2);
            assertThat(table.service(wide)).hasValue(1);
            assertThat(table.service(wanted)).hasValue(2);
            assertThat(table.service(narrow)).hasValue(3);
            assertThat(table.service(new VipKey(Frame.address(base), 24, 80, Protocol.TCP)))
                    .isEmpty();
            assertThat(table.service(new VipKey(Frame.address(base), 24, 443, Protocol.UDP)))
                    .isEmpty();

            assertThat(table.remove(wanted)).isTrue();
            assertThat(table.service(wanted)).isEmpty();
            assertThat(table.list()).containsEntry(wide, 1).containsEntry(narrow, 3);
            assertThat(table.repairAddressRows()).isEmpty();
        }
    }

    @Test
    void readers_look_a_second_time_while_an_any_port_vip_of_the_family_exists() {
        VipKey any4 = new VipKey(Addresses.of4(1), VipKey.ANY_PORT, Protocol.TCP);
        VipKey any6 = new VipKey(Addresses.of6(1, 1), VipKey.ANY_PORT, Protocol.TCP);
        table.put(vip(2), 1);
        assertThat(settings.get(JAVA_LONG, 0)).isZero();

        table.put(any4, 1);
        assertThat(settings.get(JAVA_LONG, 0)).isEqualTo(Abi.SETTING_ANY_PORT_4);
        table.put(any6, 1);
        table.remove(any4);
        table.reclaim(epochs.begin());
        assertThat(settings.get(JAVA_LONG, 0)).isEqualTo(Abi.SETTING_ANY_PORT_6);
    }

    @Test
    void a_full_table_refuses_and_says_what_to_raise() {
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1000; i++) {
                        table.put(new VipKey(Addresses.of4(i), 80, Protocol.TCP), 1);
                    }
                })
                .isInstanceOf(DatapathException.class)
                .hasMessageContaining("node.limits.services");
        assertThat(table.list()).hasSizeGreaterThan(BUCKETS * Abi.VIP4_WAYS / 4);
    }

    @Test
    void seeds_depend_on_address_and_protocol_alone() {
        int seed = seed(table, 1, Protocol.TCP);

        assertThat(seed).isNotEqualTo(seed(table, 1, Protocol.UDP));
        assertThat(seed).isNotEqualTo(seed(table, 2, Protocol.TCP));
        assertThat(seed).isEqualTo(seed(table(), 1, Protocol.TCP));
    }

    private static int seed(VipTable table, int address, Protocol protocol) {
        return table.flowSeed(new FlowTuple(Addresses.of4(9), 1, Addresses.of4(address), 80, protocol));
    }
}
