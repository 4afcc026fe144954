package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Snapshot.Progress;
import dev.ballast.datapath.Encap;
import dev.ballast.datapath.Feature;
import dev.ballast.datapath.HashMode;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.Protocol;
import dev.ballast.datapath.ServerId;
import dev.ballast.datapath.ServerIdTable;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.SourceFilter;
import dev.ballast.datapath.SourcePrefix;
import dev.ballast.datapath.VipKey;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Configurations that need more or less of the program, and the rows that go with it. */
@Timeout(300)
class FeatureSwapKernelTest extends WriterOverKernel {
    private static final String REPAIRED = "was changed behind this daemon's back; repaired";

    private static String with(String... keys) {
        return one(web(11, 12) + String.join("\n", keys).indent(2));
    }

    private static String quic(String backends) {
        return one("""
                quic:
                  vips: [{address: 203.0.113.10, port: 443, protocol: udp}]
                  hash: quic
                  checks: []
                  backends: [%s]
                """.formatted(backends));
    }

    private Set<Feature> features() {
        return kernel(tables -> tables.variant().features());
    }

    private int program() {
        return network.netlink().link("one").orElseThrow().xdp().programId();
    }

    private ServiceRow service(int index) {
        return kernel(tables -> tables.services().read(index).orElseThrow());
    }

    private Map<Integer, Set<SourcePrefix>> sources() {
        return kernel(tables -> tables.sources().list());
    }

    private Map<VipKey, Integer> vips() {
        return kernel(tables -> tables.vips().list());
    }

    private Map<ServerIdTable.Place, Integer> serverIds() {
        return kernel(tables -> tables.serverIds().list());
    }

    private static SourcePrefix source(String address, int length) {
        return new SourcePrefix(address(address), length);
    }

    private static InetAddress address(String text) {
        return dev.ballast.control.model.Address.parse(text).toInetAddress();
    }

    /** What an apply is answered with, when it worked. */
    private Change applied(String yaml) {
        Change change = apply(yaml);
        assertThat(change.progress()).as(change.reason()).isEqualTo(Progress.DONE);
        return change;
    }

    @Test
    void a_first_load_has_what_the_configuration_uses_and_no_more() {
        applied(with("encap: {type: gue}", "hash: source"));
        assertThat(features()).containsExactlyInAnyOrder(Feature.GUE, Feature.HASH);
        assertThat(writer.snapshot().features()).containsExactly("gue", "hash");
        assertThat(members().values()).extracting(MemberRow::encap).containsOnly(Encap.GUE);
        assertThat(members().values()).extracting(MemberRow::guePort).containsOnly(6080);
        assertThat(service(0).hash()).isEqualTo(HashMode.SOURCE);
    }

    @Test
    void a_feature_that_comes_or_goes_is_a_swap_and_the_change_says_so() {
        assertThat(applied(with()).effects()).noneMatch(effect -> effect.contains("swap"));
        int first = program();

        Change gue = applied(with("encap: {type: gue, port: 5555}"));
        assertThat(gue.effects()).contains("program: swap with gue; connections stay");
        assertThat(program()).isNotEqualTo(first);
        assertThat(members().values()).extracting(MemberRow::guePort).containsOnly(5555);

        int second = program();
        assertThat(applied(with("encap: {type: gue, port: 6666}")).effects())
                .containsExactly("service web: encap: gue port 6666, was gue port 5555");
        assertThat(program()).isEqualTo(second);

        Change ipip = applied(with("hash: source-destination"));
        assertThat(ipip.effects()).contains("program: swap with hash without gue; connections stay");
        assertThat(features()).containsExactly(Feature.HASH);
        assertThat(writer.snapshot().features()).containsExactly("hash");
        assertThat(writer.snapshot().programTag()).isEqualTo(writer.snapshot().builtInTag());
    }

    @Test
    void a_dry_run_says_what_it_would_swap_and_swaps_nothing() {
        applied(with());
        int before = program();
        Change change = apply(
                with("sources: {deny: [198.51.100.0/24]}"),
                new ChangeOptions(0, true, false, false, Optional.empty(), Control.Origin.DAEMON));
        assertThat(change.effects())
                .containsExactly(
                        "service web: sources.deny: 198.51.100.0/24 added",
                        "program: swap with filter; connections stay");
        assertThat(program()).isEqualTo(before);
        assertThat(features()).isEmpty();
    }

    @Test
    void a_prefix_of_vips_leads_to_its_service_beside_exact_ones() {
        applied(with().replace(
                        "[{address: 203.0.113.10",
                        "[{address: 203.0.113.64/28, port: any, protocol: tcp}, {address: 203.0.113.10"));
        assertThat(features()).containsExactly(Feature.PREFIX);
        VipKey prefix = new VipKey(address("203.0.113.64"), 28, VipKey.ANY_PORT, Protocol.TCP);
        assertThat(vips()).containsOnly(Map.entry(prefix, 0), Map.entry(VIP, 0));
        applied(with());
        assertThat(vips()).containsOnly(Map.entry(VIP, 0));
        assertThat(features()).isEmpty();
    }

    @Test
    void ipv6_is_in_the_program_while_a_vip_needs_it() {
        applied(with());
        assertThat(features()).isEmpty();
        applied(one(service("web", "\"2001:db8::10\"", 11, 12)));
        assertThat(features()).containsExactly(Feature.IPV6);
    }

    @Test
    void filters_hold_what_is_configured_whichever_rule_was_there_before() {
        applied(with("sources: {deny: [198.51.100.0/24, \"2001:db8:bad::/48\"]}"));
        assertThat(service(0).filter()).isEqualTo(SourceFilter.DENY);
        assertThat(sources()).containsOnlyKeys(0);
        assertThat(sources().get(0))
                .containsExactlyInAnyOrder(source("198.51.100.0", 24), source("2001:db8:bad::", 48));

        applied(with("sources: {allow: [198.51.100.0/24, 10.0.0.0/8]}"));
        assertThat(service(0).filter()).isEqualTo(SourceFilter.ALLOW);
        assertThat(sources().get(0)).containsExactlyInAnyOrder(source("198.51.100.0", 24), source("10.0.0.0", 8));

        applied(with());
        assertThat(service(0).filter()).isEqualTo(SourceFilter.OFF);
        assertThat(sources()).isEmpty();
        assertThat(features()).isEmpty();
    }

    @Test
    void outer_sources_are_written_for_ipv4_members() {
        applied(with("encap: {sourcePrefix: 100.64.0.0/16}"));
        assertThat(features()).containsExactly(Feature.ENTROPY);
        assertThat(members().values()).allSatisfy(row -> {
            assertThat(row.sourceBits()).isEqualTo(16);
            assertThat(row.source()).isEqualTo(address("100.64.0.0"));
        });
        applied(with());
        assertThat(members().values()).allSatisfy(row -> {
            assertThat(row.sourceBits()).isZero();
            assertThat(row.source()).isEqualTo(address("10.0.1.2"));
        });
    }

    @Test
    void l2_reaches_neighbours_only_and_says_why_not_others() {
        Change change = apply(one("""
                web:
                  vips: [{address: 203.0.113.10, port: 80, protocol: tcp}]
                  encap: {type: l2}
                  checks: []
                  backends: [{address: 10.0.1.11}, {address: 10.9.0.1}]
                """));
        assertThat(change.progress()).as(change.reason()).isEqualTo(Progress.DONE);
        assertThat(members().values()).extracting(MemberRow::encap).containsOnly(Encap.L2);
        assertThat(members().get(id(11)).nextHop()).isPresent();
        assertThat(members().values())
                .filteredOn(row -> row.nextHop().isEmpty())
                .hasSize(1);
        assertThat(writer.snapshot().warnings()).anyMatch(warning -> warning.contains("10.9.0.1"));
    }

    @Test
    void server_ids_lead_to_their_members_and_stay_with_one_that_left() {
        applied(quic("{address: 10.0.1.11, serverId: \"0x2a\"}, {address: 10.0.1.12, serverId: \"0x2b\"}"));
        assertThat(features()).containsExactly(Feature.QUIC);
        assertThat(service(0).serverIdBytes()).isEqualTo(1);
        ServerIdTable.Place left = new ServerIdTable.Place(0, new ServerId(0x2a, 1));
        int id = id(11);
        assertThat(serverIds()).hasSize(2).containsEntry(left, id);

        applied(quic("{address: 10.0.1.12, serverId: \"0x2b\"}"));
        assertThat(serverIds()).hasSize(2).containsEntry(left, id);

        ticks(60);
        assertThat(serverIds()).as("within udpIdle").containsKey(left);
        ticks(AUDIT_TICKS);
        assertThat(serverIds()).hasSize(1).doesNotContainKey(left);
    }

    @Test
    void a_restart_finds_every_kind_of_row_and_writes_none_of_them_again() throws Exception {
        applied(one("""
                web:
                  vips: [{address: 203.0.113.10, port: 80, protocol: tcp}, {address: 203.0.113.64/28, port: any, protocol: tcp}, {address: "2001:db8:1::/64", port: 80, protocol: tcp}]
                  checks: []
                  encap: {sourcePrefix: 100.64.0.0/16}
                  hash: source
                  sources: {deny: [198.51.100.0/24]}
                  backends: [{address: 10.0.1.11}]
                gue:
                  vips: [{address: 203.0.113.11, port: 80, protocol: tcp}]
                  checks: []
                  encap: {type: gue}
                  sources: {allow: ["2001:db8::/32", 0.0.0.0/0]}
                  backends: [{address: 10.0.1.12}]
                near:
                  vips: [{address: 203.0.113.12, port: 443, protocol: udp}]
                  checks: []
                  encap: {type: l2}
                  hash: quic
                  backends: [{address: 10.0.1.13, serverId: "0x002a"}, {address: 10.0.1.14}]
                """).replace("21821", "251"));
        Map<Integer, MemberRow> members = members();
        Map<VipKey, Integer> vips = vips();
        Map<Integer, Set<SourcePrefix>> sources = sources();
        Map<ServerIdTable.Place, Integer> serverIds = serverIds();
        int program = program();
        assertThat(vips).hasSize(5);
        assertThat(serverIds).hasSize(1);
        log.list.clear();

        restart();
        ticks(AUDIT_TICKS);

        assertThat(members()).isEqualTo(members);
        assertThat(vips()).isEqualTo(vips);
        assertThat(sources()).isEqualTo(sources);
        assertThat(serverIds()).isEqualTo(serverIds);
        assertThat(program()).isEqualTo(program);
        assertThat(writer.snapshot().features())
                .containsExactly("ipv6", "gue", "l2", "entropy", "prefix", "filter", "hash", "quic");
        assertThat(warnings(REPAIRED)).isEmpty();
    }

    @Test
    void rows_of_every_kind_that_somebody_changed_are_repaired_and_named() {
        applied(one("""
                web:
                  vips: [{address: 203.0.113.64/28, port: any, protocol: udp}]
                  checks: []
                  hash: quic
                  sources: {deny: [198.51.100.0/24]}
                  backends: [{address: 10.0.1.11, serverId: "0x2a"}]
                """));
        ServerIdTable.Place place = new ServerIdTable.Place(0, new ServerId(0x2a, 1));
        ServerIdTable.Place stray = new ServerIdTable.Place(0, new ServerId(0x2f, 1));
        VipKey prefix = new VipKey(address("203.0.113.64"), 28, VipKey.ANY_PORT, Protocol.UDP);
        kernel(tables -> {
            tables.vips().remove(prefix);
            tables.sources().remove(0, Set.of(source("198.51.100.0", 24)));
            tables.sources().add(5, Set.of(source("10.0.0.0", 8)));
            tables.serverIds().remove(place);
            tables.serverIds().put(stray, 0);
            tables.services().write(0, tables.services().read(0).orElseThrow().with(SourceFilter.ALLOW));
            return tables;
        });

        ticks(AUDIT_TICKS);

        assertThat(vips()).containsOnlyKeys(prefix);
        assertThat(sources()).isEqualTo(Map.of(0, Set.of(source("198.51.100.0", 24))));
        assertThat(serverIds()).containsOnlyKeys(place);
        assertThat(service(0).filter()).isEqualTo(SourceFilter.DENY);
        assertThat(warnings(REPAIRED))
                .containsExactlyInAnyOrder(
                        "server id 0x2a of service index 0",
                        "server id 0x2f of service index 0 removed",
                        "service web: sources",
                        "service web",
                        "VIP 203.0.113.64/28:any/udp",
                        "service index 5: sources removed");
    }

    @Test
    void an_address_leads_nowhere_once_its_vips_are_gone_whatever_somebody_did_to_them_before() {
        String prefix = "{address: 203.0.113.64/28, port: any, protocol: tcp}, ";
        applied(with().replace("[{address: 203.0.113.10", "[" + prefix + "{address: 203.0.113.10"));
        kernel(tables -> {
            tables.vips().list().keySet().forEach(tables.vips()::remove);
            return tables;
        });
        ticks(AUDIT_TICKS);
        assertThat(vips()).hasSize(2);
        assertThat(addressRowsToRepair()).isEmpty();

        applied(one(service("web", "203.0.113.11", 11, 12)));
        assertThat(vips()).hasSize(1);
        assertThat(addressRowsToRepair()).isEmpty();
    }

    /** By handles of their own, which know of nothing but what is in the tables. */
    private List<String> addressRowsToRepair() {
        return kernel(tables -> tables.vips().repairAddressRows());
    }

    @Test
    void a_change_whose_program_cannot_be_found_is_refused_and_nothing_changes() throws Exception {
        applied(with());
        swap(otherBuild());
        java.nio.file.Files.delete(
                state.resolve("objects").resolve(writer.snapshot().programTag() + ".o"));
        int program = program();
        assertThat(refusal(() -> apply(with("encap: {type: gue}")))).isEqualTo(ChangeRefusedException.Kind.FAILED);
        assertThat(program()).isEqualTo(program);
        assertThat(writer.snapshot().revision()).isEqualTo(1);
        assertThat(members().values()).extracting(MemberRow::encap).containsOnly(Encap.IPIP);
    }

    @Test
    void the_object_that_runs_is_the_one_that_is_loaded_with_other_features() {
        applied(with());
        String tag = swap(otherBuild()).newTag();
        applied(with("encap: {type: gue}"));
        assertThat(writer.snapshot().programTag()).isEqualTo(tag);
        assertThat(features()).containsExactly(Feature.GUE);
    }
}
