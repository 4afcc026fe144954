package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RowTablesTest {
    private final ServiceTable services =
            new ServiceTable(Words.of(Arena.ofAuto().allocate(4 * Abi.SERVICE.byteSize(), 64)));
    private final MemberTable members =
            new MemberTable(Words.of(Arena.ofAuto().allocate(4 * Abi.MEMBER.byteSize(), 64)));

    private static MemberRow member(String source, String backend, Optional<NextHop> hop) {
        return new MemberRow(3, MemberState.IN, Encap.IPIP, Frame.address(source), Frame.address(backend), hop);
    }

    @Test
    void a_service_is_read_as_it_was_written_and_its_ring_survives_a_change() {
        ServiceRow row = new ServiceRow(-5, 100, 50, true, 225, 15);
        PublishedRing ring = new PublishedRing(Optional.of(new RingRange(7, 65537)), 12);
        services.write(2, row);
        services.publishRing(2, ring);
        assertThat(services.read(2)).contains(row);
        assertThat(services.byNameHash()).isEqualTo(Map.of(-5L, 2));

        ServiceRow changed = new ServiceRow(-5, 200, 60, false, 2047, 1);
        services.write(2, changed);
        assertThat(services.read(2)).contains(changed);
        assertThat(services.ring(2)).isEqualTo(ring);

        services.clear(2);
        assertThat(services.read(2)).isEmpty();
        assertThat(services.ring(2)).isEqualTo(PublishedRing.EMPTY);
    }

    @Test
    void the_ring_that_is_kept_is_the_one_published_before_and_survives_a_change_of_the_row() {
        PublishedRing first = new PublishedRing(Optional.of(new RingRange(7, 251)), 12);
        PublishedRing second = new PublishedRing(Optional.of(new RingRange(99, 65537)), 13);
        services.write(2, new ServiceRow(-5, 100, 50, true, 225, 15));
        assertThat(services.previous(2)).isEmpty();
        services.publishRing(2, first);
        services.keepRing(2, 4711);
        services.publishRing(2, second);
        KeptRing kept = new KeptRing(new RingRange(7, 251), 4711);
        assertThat(services.previous(2)).contains(kept);
        assertThat(services.ring(2)).isEqualTo(second);

        services.write(2, new ServiceRow(-5, 200, 60, true, 2047, 1));
        assertThat(services.previous(2)).contains(kept);

        services.dropPrevious(2);
        assertThat(services.previous(2)).isEmpty();
        services.keepRing(2, 4712);
        services.clear(2);
        assertThat(services.previous(2)).isEmpty();
    }

    @Test
    void an_empty_ring_is_not_kept() {
        services.write(2, new ServiceRow(-5, 100, 50, true, 225, 15));
        services.keepRing(2, 4711);
        assertThat(services.previous(2)).isEmpty();
    }

    @Test
    void a_service_row_that_the_words_cannot_say_is_refused() {
        assertThatThrownBy(() -> new ServiceRow(0, 0, 1, true, 1, 1)).hasMessageContaining("name hash");
        assertThatThrownBy(() -> new ServiceRow(1, 0, 1, true, 2048, 1)).hasMessageContaining("TCP idle time");
        assertThatThrownBy(() -> new ServiceRow(1, 0, 1, true, 1, 0)).hasMessageContaining("UDP idle time");
        assertThatThrownBy(() -> new ServiceRow(1, 1 << 18, 1, true, 1, 1)).hasMessageContaining("below 262144");
        assertThatThrownBy(() -> services.read(4)).hasMessageContaining("node.limits.services");
    }

    @Test
    void a_member_is_read_as_it_was_written_in_both_families_with_and_without_next_hop() {
        NextHop hop = new NextHop(0x7fffffff, 0xffeeddccbbaaL, 0x020304050607L, 0xefff, 65535);
        for (MemberRow row : java.util.List.of(
                member("192.0.2.2", "255.255.255.254", Optional.of(hop)),
                member("192.0.2.2", "10.0.1.11", Optional.empty()))) {
            members.write(1, row);
            assertThat(members.read(1)).contains(row);
            members.clear(1);
        }
        MemberRow six = member("2001:db8::2", "2001:db8:2::12", Optional.of(hop));
        members.write(3, six);
        assertThat(members.list()).isEqualTo(Map.of(3, six));
    }

    @Test
    void an_id_goes_to_another_backend_only_after_it_was_cleared() {
        members.write(0, member("192.0.2.2", "10.0.1.11", Optional.empty()));
        MemberRow other = member("192.0.2.2", "10.0.1.12", Optional.empty());

        assertThatThrownBy(() -> members.write(0, other)).hasMessageContaining("belongs to 10.0.1.11");
        members.clear(0);
        members.write(0, other);
        assertThat(members.read(0)).contains(other);
    }

    @Test
    void members_that_no_packet_could_reach_are_refused() {
        assertThatThrownBy(() -> member("192.0.2.2", "2001:db8::1", Optional.empty()))
                .hasMessageContaining("not of one family");
        assertThatThrownBy(() -> new NextHop(0, 1, 1, 0, 1500)).hasMessageContaining("interface index");
        assertThatThrownBy(() -> new NextHop(1, 1L << 48, 1, 0, 1500)).hasMessageContaining("48 bits");
        assertThatThrownBy(() -> new NextHop(1, 1, 1, 0, 67)).hasMessageContaining("MTU 67");
        assertThatThrownBy(() -> members.read(-1)).hasMessageContaining("node.limits.members");
    }
}
