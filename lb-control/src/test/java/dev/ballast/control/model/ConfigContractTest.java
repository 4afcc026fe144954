package dev.ballast.control.model;

import static dev.ballast.control.model.Configs.NODE;
import static dev.ballast.control.model.Configs.errors;
import static dev.ballast.control.model.Configs.read;
import static dev.ballast.control.model.Configs.service;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The fifteen rules of the configuration, and for each the tests that hold it: in this class what is told here in a line, elsewhere
 * what is a rule of one key, of the loop, of the kernel's tables or of a whole lab. A test that is renamed or removed is missed here.
 */
class ConfigContractTest {
    /** A rule in short, and its tests as {@code Class#method}. */
    enum Rule {
        ONE(
                "apply replaces sections as a whole; the same content makes no new revision",
                "ConfigContractTest#what_a_file_leaves_out_is_not_kept_from_before",
                "ConfigValueTest#the_same_lines_in_another_order_say_the_same",
                "WriterKernelTest#the_same_content_makes_no_new_revision",
                "WriterKernelTest#a_removed_service_is_cleared_when_nothing_refers_to_it",
                "ChangesLabTest#what_is_running_applied_again_makes_no_revision"),
        TWO(
                "taking away what carries connections needs --allow-delete, and the refusal lists it",
                "WriterKernelTest#removing_what_serves_needs_a_word_and_what_is_refused_changes_nothing",
                "ChangesTest#a_removed_service_vip_or_interface_and_most_members_of_a_service_are_deletions",
                "ChangesTest#half_of_the_members_may_go_without_a_word",
                "BudgetKernelTest#a_plan_names_the_deletions_that_need_a_word"),
        THREE(
                "the journal is the truth; a restart restores the last revision; a file that differs is said",
                "FileSourceTest#where_something_was_accepted_nothing_is_applied_however_the_file_changes",
                "FileSourceTest#a_file_that_says_something_else_is_told_until_what_runs_says_the_same",
                "WriterKernelTest#a_restart_keeps_ids_rows_and_rings_slot_for_slot",
                "CrashLabTest#a_change_that_a_crash_cut_short_is_there_as_a_whole_or_not_at_all"),
        FOUR(
                "administrative state survives apply until undrain or the member's removal; a weight from set does not",
                "HistoryKernelTest#a_weight_from_set_is_overwritten_by_apply_and_diff_shows_it_before",
                "WriterKernelTest#a_drain_survives_an_apply_and_ends_with_the_members_removal",
                "WriterKernelTest#a_member_that_the_file_drains_stays_drained_after_an_undrain_and_that_is_said"),
        FIVE(
                "plan marks each change hot, swap or restart",
                "MainTest#plan_says_service_by_service_what_moves_within_80_columns",
                "FeatureSwapKernelTest#a_dry_run_says_what_it_would_swap_and_swaps_nothing",
                "WriterKernelTest#other_limits_make_new_tables_while_no_flow_is_live"),
        SIX(
                "units are written; duplicate and unknown keys and files of 16 MiB are refused",
                "UnitsTest#a_bare_number_has_no_unit",
                "CheckRulesTest#the_numbers_of_a_check_have_ranges",
                "NodeRulesTest#limits_have_ranges_and_sizes_carry_units",
                "YamlErrorsTest#a_duplicate_key_names_both_places",
                "NodeRulesTest#an_unknown_key_is_answered_with_the_nearest_known_one",
                "YamlErrorsTest#a_file_of_16_mib_is_refused_and_one_below_is_read",
                "LikelyMistakesTest#a_likely_mistake_is_named_with_its_place_and_cure"),
        SEVEN(
                "names are labels; addresses print per RFC 5952; mapped, zoned, link-local and multicast ones are refused",
                "NodeRulesTest#a_name_is_a_lower_case_label",
                "ServiceRulesTest#a_service_has_a_name_like_a_host",
                "AddressTest#an_address_prints_in_its_canonical_form",
                "ServiceRulesTest#a_mapped_address_is_refused_and_the_ipv4_one_named",
                "ServiceRulesTest#a_zoned_address_is_refused",
                "ServiceRulesTest#an_address_that_cannot_be_routed_to_is_refused",
                "ConfigContractTest#a_rename_is_a_removal_and_an_addition"),
        EIGHT(
                "the most specific VIP matches; one key has one service; no VIP is or covers a local, backend or peer address",
                "FeatureSwapKernelTest#a_prefix_of_vips_leads_to_its_service_beside_exact_ones",
                "ProtocolsLabTest#an_any_port_vip_takes_every_port_that_no_other_service_has",
                "TrafficRulesTest#prefixes_may_overlap_but_no_key_is_in_two_services",
                "ConfigRulesTest#one_vip_in_two_services_names_both",
                "ConfigRulesTest#a_vip_that_is_a_backend_is_refused",
                "TrafficRulesTest#a_prefix_that_covers_a_backend_is_refused",
                "ConfigRulesTest#a_vip_that_is_a_bgp_neighbour_or_covers_another_balancer_is_refused",
                "MachineRulesTest#a_vip_that_is_a_local_address_is_refused",
                "MachineRulesTest#a_vip_prefix_that_covers_a_local_address_is_refused"),
        NINE(
                "families mix by pair; l2 needs a neighbour; a backend has the VIP's port and is another machine",
                "ConfigContractTest#each_pair_of_families_is_possible_but_with_l2",
                "TrafficRulesTest#l2_sends_to_neighbours_of_the_packets_own_family",
                "FeatureSwapKernelTest#l2_reaches_neighbours_only_and_says_why_not_others",
                "ServiceRulesTest#a_port_of_a_backend_is_the_vips_or_refused_with_the_reason",
                "MachineRulesTest#a_backend_on_the_balancer_itself_is_refused"),
        TEN(
                "a weight is 1 to 10,000, 100 if nothing is said, and 0 drains",
                "ServiceRulesTest#a_weight_is_0_to_10000",
                "ServiceRulesTest#weight_0_drains_like_drain_itself",
                "ServiceRulesTest#words_are_known_or_refused"),
        ELEVEN(
                "first start: health is initial; adoption keeps the last health",
                "HealthChecksTest#a_new_member_serves_when_its_probes_have_succeeded",
                "HealthChecksTest#a_member_whose_service_trusts_new_ones_serves_at_once",
                "HealthChecksTest#after_a_restart_health_goes_on_from_what_the_rows_say",
                "WriterKernelTest#a_member_that_was_down_before_a_restart_stays_down_without_a_gap"),
        TWELVE(
                "below quorum VIPs are withdrawn: without routes there is nothing to withdraw, and that is said",
                "ConfigContractTest#a_quorum_is_checked_and_then_answered_not_in_this_build",
                "SampleConfigTest#the_complete_schema_is_known_and_what_comes_later_says_so"),
        THIRTEEN(
                "apply waits until done; each outcome has its exit status",
                "MainTest#every_kind_of_refusal_has_its_exit_status",
                "MainTest#accepted_but_pending_when_the_wait_ran_out_is_status_4",
                "MainTest#accepted_is_done_for_those_who_do_not_wait",
                "MainTest#a_wrong_command_line_is_status_2_and_says_what_is_wrong",
                "CommandsLabTest#without_a_daemon_there_is_one_line_and_the_exit_status_of_the_contract",
                "ChangesLabTest#a_change_that_expects_another_revision_is_refused"),
        FOURTEEN(
                "kernel limits, memory and MTU come before the journal; secrets are in files of their own",
                "WriterKernelTest#a_load_that_the_kernel_refuses_changes_nothing",
                "ConfigRulesTest#services_and_backends_fit_the_limits_of_the_node",
                "ConfigRulesTest#rings_fit_with_room_for_one_to_change",
                "WarningsTest#the_warning_names_service_member_lengths_and_cure",
                "LikelyMistakesTest#a_secret_that_stands_in_the_file_itself_is_refused_and_never_repeated",
                "JournalTest#only_its_owner_may_read_it"),
        FIFTEEN(
                "an unknown version is refused; what get prints changes nothing",
                "NodeRulesTest#an_unknown_version_is_the_only_error",
                "ConfigContractTest#every_other_version_is_refused_whatever_else_the_file_says",
                "ConfigWriterTest#what_is_written_reads_back_as_the_same",
                "ConfigWriterTest#json_is_yaml_too_and_reads_back_as_the_same");

        private final String words;
        private final List<String> tests;

        Rule(String words, String... tests) {
            this.words = words;
            this.tests = List.of(tests);
        }
    }

    /** A method without modifiers, named by a sentence: helpers are private, and what prepares a test has one word. */
    private static final Pattern TEST = Pattern.compile("(?m)^    void (\\w+_\\w+)\\(");

    /** The tests of the repository by their class. */
    private static Map<String, List<String>> known;

    @BeforeAll
    static void readTests() throws IOException {
        Map<String, List<String>> found = new TreeMap<>();
        for (String module : List.of("lb-control", "packaging")) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "test", "java"))) {
                for (Path file : files.filter(each -> each.toString().endsWith("Test.java"))
                        .toList()) {
                    String name = file.getFileName().toString().replace(".java", "");
                    found.put(
                            name,
                            TEST.matcher(Files.readString(file))
                                    .results()
                                    .map(match -> match.group(1))
                                    .collect(Collectors.toList()));
                }
            }
        }
        known = found;
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void each_rule_has_its_tests(Rule rule) {
        assertThat(rule.tests)
                .as(rule.words)
                .isNotEmpty()
                .doesNotHaveDuplicates()
                .allSatisfy(test -> {
                    String[] parts = test.split("#");
                    assertThat(known).containsKey(parts[0]);
                    assertThat(known.get(parts[0])).as(parts[0]).contains(parts[1]);
                });
    }

    @Test
    void there_are_fifteen_rules() {
        assertThat(Rule.values()).hasSize(15);
    }

    @Test
    void what_a_file_leaves_out_is_not_kept_from_before() {
        Config bare = read(NODE);
        assertThat(bare.services()).isEmpty();
        assertThat(bare.defaults()).isEqualTo(Defaults.BUILT_IN);
        assertThat(bare.fleet()).isEqualTo(Fleet.DEFAULT);
        assertThat(bare.node().limits()).isEqualTo(Node.Limits.DEFAULT);
    }

    @Test
    void a_rename_is_a_removal_and_an_addition() {
        String yaml = service("vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]");
        Config renamed = read(yaml.replace("web:", "shop:"));
        assertThat(renamed.services()).containsOnlyKeys("shop");
        assertThat(renamed.saysTheSameAs(read(yaml))).isFalse();
    }

    @Test
    void each_pair_of_families_is_possible_but_with_l2() {
        for (String encap : List.of("ipip", "gue", "l2")) {
            for (String vip : List.of("203.0.113.10", "\"2001:db8:1::10\"")) {
                for (String backend : List.of("10.0.0.1", "\"2001:db8:2::1\"")) {
                    List<String> errors = errors(service(
                            "vips: [{address: " + vip + ", port: 443, protocol: tcp}]",
                            "encap: {type: " + encap + "}",
                            "backends: [{address: " + backend + "}]"));
                    boolean mixed = vip.contains(":") != backend.contains(":");
                    assertThat(errors)
                            .as("%s, %s, %s", encap, vip, backend)
                            .hasSize(encap.equals("l2") && mixed ? 1 : 0);
                }
            }
        }
    }

    @Test
    void a_quorum_is_checked_and_then_answered_not_in_this_build() {
        assertThat(errors(service(
                        "vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]",
                        "health: {initial: down, quorum: -1, panicFloor: 30, slowStart: 30s}")))
                .containsExactly(
                        "services.web.health.quorum: not in this build; allowed: initial; leave it out (line 6, column 29)",
                        "services.web.health.quorum: -1 is out of range; allowed: 0 to 65535 (line 6, column 37)",
                        "services.web.health.panicFloor: not in this build; allowed: initial; leave it out (line 6, column 41)",
                        "services.web.health.panicFloor: 30 has no unit; allowed: 0% to 100%; write a number with %, such as 10% (line 6, column 53)",
                        "services.web.health.slowStart: not in this build; allowed: initial; leave it out (line 6, column 57)");
    }

    @Test
    void every_other_version_is_refused_whatever_else_the_file_says() {
        for (String version : List.of("0", "2", "-1", "1.0", "v1", "\"1\"", "99999999999999999999", "01")) {
            assertThat(errors(NODE.replace("version: 1", "version: " + version) + "bogus: {}\n"))
                    .containsExactly("version: " + version + " is an unknown version; allowed: 1 (line 1, column 10)");
        }
    }
}
