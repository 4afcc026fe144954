package dev.ballast.control.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.control.journal.Journal.Bounds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    /** Small ones, so that few changes reach them. */
    private static final Bounds TIGHT = new Bounds(10, 5, 1 << 20, 4);

    @TempDir
    Path directory;

    /** What the journal should hold, the oldest first. */
    private final List<Accepted> accepted = new ArrayList<>();

    private Path file() {
        return directory.resolve("journal");
    }

    /** The next revision: a drain every third time, else another weight somewhere in the file. */
    private Accepted next(Random random) {
        long revision = accepted.size() + 1L;
        Accepted before = accepted.isEmpty()
                ? new Accepted(0, 0, new TreeSet<>(), "version: 1\n" + "  weight: 100\n".repeat(20))
                : accepted.getLast();
        SortedSet<String> drains = new TreeSet<>(before.drains());
        String yaml = before.configYaml();
        if (revision > 1 && revision % 3 == 0) {
            String member = "web/10.0.1." + random.nextInt(5);
            if (!drains.remove(member)) {
                drains.add(member);
            }
        } else {
            List<String> lines = new ArrayList<>(yaml.lines().toList());
            lines.set(1 + random.nextInt(lines.size() - 1), "  weight: " + random.nextInt(10_000));
            yaml = String.join("\n", lines) + "\n";
        }
        return new Accepted(revision, Revisions.number(revision).timeUnixMs(), drains, yaml);
    }

    private void append(Journal journal, Accepted next) throws JournalException {
        boolean sameConfig =
                !accepted.isEmpty() && accepted.getLast().configYaml().equals(next.configYaml());
        journal.append(
                Revisions.number(next.revision()),
                next.drains(),
                sameConfig ? Optional.empty() : Optional.of(next.configYaml().getBytes(UTF_8)));
        accepted.add(next);
    }

    private Journal filled(int revisions, Bounds bounds) throws JournalException {
        Journal journal = Journal.open(directory, Disk.REAL, bounds);
        Random random = new Random(1);
        for (int i = 0; i < revisions; i++) {
            append(journal, next(random));
        }
        return journal;
    }

    private Journal open() throws JournalException {
        return Journal.open(directory, Disk.REAL, TIGHT);
    }

    @Test
    void nothing_was_accepted_where_there_is_no_file() throws Exception {
        Journal journal = open();
        assertThat(journal.latest()).isEmpty();
        assertThat(journal.history()).isEmpty();
        assertThat(file()).doesNotExist();
    }

    @Test
    void each_revision_is_found_again_with_what_it_led_to_and_who_made_it() throws Exception {
        filled(9, Bounds.USUAL);
        Journal journal = open();
        assertThat(journal.latest()).contains(accepted.getLast());
        try (History history = journal.history().orElseThrow()) {
            for (Accepted each : accepted) {
                assertThat(history.state(each.revision())).contains(each);
            }
            assertThat(history.page(0, 100).reversed())
                    .containsExactlyElementsOf(accepted.stream()
                            .map(each -> Revisions.number(each.revision()))
                            .toList());
            assertThat(history.page(4, 2)).extracting(Revision::revision).containsExactly(3L, 2L);
            assertThat(history.page(1, 10)).isEmpty();
            assertThat(history.state(0)).isEmpty();
            assertThat(history.state(10)).isEmpty();
        }
    }

    @Test
    void only_its_owner_may_read_it() throws Exception {
        filled(1, TIGHT);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void a_request_id_is_known_over_restarts_for_as_long_as_its_revision_is_kept() throws Exception {
        filled(20, TIGHT);
        for (Journal journal : List.of(filled(0, TIGHT), open())) {
            long oldest = journal.status().oldestRevision();
            assertThat(oldest).isGreaterThan(1);
            assertThat(journal.byRequest("request-20").orElseThrow().requestDigest())
                    .isEqualTo("digest of request-20");
            assertThat(journal.byRequest("request-" + oldest)).isPresent();
            assertThat(journal.byRequest("request-" + (oldest - 1))).isEmpty();
            assertThat(journal.byRequest("")).isEmpty();
        }
    }

    // --- torn and damaged ----------------------------------------------------------------------------------------

    @Test
    void cut_off_anywhere_it_holds_every_record_that_is_whole_and_nothing_of_one_that_is_not() throws Exception {
        filled(8, Bounds.USUAL);
        byte[] whole = Files.readAllBytes(file());
        List<Integer> ends = ends(whole);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            int cut = length;
            if (length < ends.getFirst() && length != Scan.HEAD.length) { // no crash leaves it so
                assertThatThrownBy(this::open)
                        .as("cut at %d", cut)
                        .isInstanceOf(JournalException.class)
                        .hasMessageContaining(length < Scan.HEAD.length ? "does not begin with" : "its first record");
                continue;
            }
            long kept = ends.stream().filter(end -> end <= cut).count();
            Journal journal = open();
            assertThat(journal.latest())
                    .as("cut at %d", length)
                    .isEqualTo(kept == 0 ? Optional.empty() : Optional.of(accepted.get((int) kept - 1)));
            assertThat(Files.size(file()))
                    .as("cut at %d", length)
                    .isEqualTo(journal.status().bytes());
        }
    }

    @Test
    void after_a_cut_changes_go_on_as_if_the_torn_one_had_never_been_asked_for() throws Exception {
        filled(8, Bounds.USUAL);
        byte[] whole = Files.readAllBytes(file());
        for (int torn : List.of(1, 5, 13, 40)) {
            Files.write(file(), Arrays.copyOf(whole, whole.length - torn));
            accepted.removeLast();
            Journal journal = open();
            append(journal, next(new Random(torn)));
            assertThat(open().latest()).contains(accepted.getLast());
        }
    }

    @Test
    void no_changed_byte_goes_unnoticed_and_none_in_the_middle_is_skipped() throws Exception {
        filled(8, Bounds.USUAL);
        byte[] whole = Files.readAllBytes(file());
        int lastBegins = ends(whole).get(6);
        for (int at = 0; at < whole.length; at++) {
            for (int bit : new int[] {0, 3, 7}) {
                byte[] bad = whole.clone();
                bad[at] ^= (byte) (1 << bit);
                Files.write(file(), bad);
                if (at < lastBegins) {
                    assertThatThrownBy(this::open)
                            .as("byte %d, bit %d", at, bit)
                            .isInstanceOf(JournalException.class)
                            .hasMessageContaining(file().toString());
                    assertThat(Files.readAllBytes(file())).isEqualTo(bad);
                } else {
                    assertThat(open().latest()).as("byte %d, bit %d", at, bit).contains(accepted.get(6));
                }
            }
        }
    }

    @Test
    void damage_in_the_middle_names_the_place_and_the_cure() throws Exception {
        filled(8, Bounds.USUAL);
        byte[] bad = Files.readAllBytes(file());
        bad[ends(bad).get(2) + 20] ^= 1;
        Files.write(file(), bad);
        assertThatThrownBy(this::open)
                .hasMessageContaining("after revision 3")
                .hasMessageContaining("whole records follow")
                .hasMessageContaining("restore it from a backup");
    }

    @Test
    void another_format_is_refused_with_what_to_start() throws Exception {
        Files.writeString(file(), "ballast-journal 2\nwhatever");
        assertThatThrownBy(this::open).hasMessageContaining("has format 2; this build reads format 1");
    }

    /** Where each record ends. */
    private static List<Integer> ends(byte[] file) {
        List<Integer> ends = new ArrayList<>();
        java.nio.ByteBuffer bytes = java.nio.ByteBuffer.wrap(file);
        for (int at = Scan.HEAD.length; at < file.length; ) {
            at += Frame.HEAD_BYTES + Frame.payloadBytes(bytes, at).orElseThrow();
            ends.add(at);
        }
        return ends;
    }

    // --- compaction ----------------------------------------------------------------------------------------------

    @Test
    void it_keeps_so_many_revisions_and_no_more_and_each_of_them_whole() throws Exception {
        Journal journal = Journal.open(directory, Disk.REAL, TIGHT);
        Random random = new Random(2);
        for (int i = 0; i < 100; i++) {
            append(journal, next(random));
            assertThat(journal.status().revisions()).isBetween(Math.min(i + 1, 10), 14);
            holdsWhatWasAccepted(journal);
        }
        holdsWhatWasAccepted(open());
    }

    private void holdsWhatWasAccepted(Journal journal) throws JournalException {
        try (History history = journal.history().orElseThrow()) {
            assertThat(history.oldest()).isEqualTo(journal.status().oldestRevision());
            for (long revision = history.oldest(); revision <= accepted.size(); revision++) {
                assertThat(history.state(revision)).contains(accepted.get((int) revision - 1));
                assertThat(history.page(revision + 1, 1)).containsExactly(Revisions.number(revision));
            }
        }
    }

    @Test
    void configurations_that_have_nothing_in_common_stay_within_the_bytes() throws Exception {
        Bounds small = new Bounds(1_000, 250, 64 << 10, 256);
        Journal journal = Journal.open(directory, Disk.REAL, small);
        Random random = new Random(3);
        for (int i = 1; i <= 100; i++) {
            byte[] noise = new byte[6_000];
            random.nextBytes(noise);
            append(
                    journal,
                    new Accepted(
                            i,
                            Revisions.number(i).timeUnixMs(),
                            new TreeSet<>(),
                            java.util.HexFormat.of().formatHex(noise)));
            assertThat(Files.size(file())).isLessThanOrEqualTo(64 << 10);
        }
        assertThat(journal.status().revisions()).isGreaterThan(2);
        holdsWhatWasAccepted(open());
    }

    @Test
    void one_member_of_many_that_is_drained_or_weighted_stores_little() throws Exception {
        String large = "  backend: {address: 10.0.1.11, weight: 100}\n".repeat(20_000);
        Journal journal = Journal.open(directory);
        journal.append(Revisions.number(1), new TreeSet<>(), Optional.of(large.getBytes(UTF_8)));
        long first = journal.status().bytes();
        journal.append(Revisions.number(2), new TreeSet<>(List.of("web/10.0.1.11")), Optional.empty());
        journal.append(
                Revisions.number(3),
                new TreeSet<>(List.of("web/10.0.1.11")),
                Optional.of((large.substring(0, 400_000) + "7" + large.substring(400_001)).getBytes(UTF_8)));
        assertThat(journal.status().bytes() - first).isLessThan(600);
    }

    @Test
    void a_reader_of_the_past_is_not_disturbed_by_changes_and_compaction() throws Exception {
        Journal journal = filled(12, TIGHT);
        try (History history = journal.history().orElseThrow()) {
            Random random = new Random(4);
            for (int i = 0; i < 30; i++) {
                append(journal, next(random));
            }
            for (long revision = history.oldest(); revision <= 12; revision++) {
                assertThat(history.state(revision)).contains(accepted.get((int) revision - 1));
            }
            assertThat(history.state(13)).isEmpty();
        }
    }

    @Test
    void what_a_crash_left_of_a_compaction_does_not_hinder_the_next_one() throws Exception {
        filled(12, TIGHT);
        Files.writeString(directory.resolve("journal.new"), "half a jour");
        Journal journal = open();
        Random random = new Random(5);
        for (int i = 0; i < 20; i++) {
            append(journal, next(random));
        }
        assertThat(directory.resolve("journal.new")).doesNotExist();
        holdsWhatWasAccepted(open());
    }

    @Test
    void a_configuration_that_could_not_be_read_back_is_refused() throws Exception {
        Journal journal = filled(1, TIGHT);
        assertThatThrownBy(() -> journal.append(
                        Revisions.number(2),
                        new TreeSet<>(),
                        Optional.of("x".repeat(16 << 20).getBytes(UTF_8))))
                .hasMessageContaining("16777216 bytes")
                .hasMessageContaining("The change was refused");
        holdsWhatWasAccepted(open());
    }

    // --- a disk that says no -------------------------------------------------------------------------------------

    @Test
    void whichever_step_fails_what_was_acknowledged_is_found_and_what_was_refused_is_not() throws Exception {
        for (int steps = 0; steps < 60; steps++) {
            accepted.clear();
            Files.deleteIfExists(file());
            FailingDisk disk = new FailingDisk();
            Journal journal = Journal.open(directory, disk, TIGHT);
            disk.stepsUntilFailure = steps;
            Random random = new Random(steps);
            int refused = 0;
            for (int i = 0; i < 20; i++) {
                Accepted next = next(random);
                try {
                    append(journal, next);
                } catch (JournalException e) {
                    refused++;
                    assertThat(e).hasMessageContaining("The change was refused, forwarding goes on");
                }
                assertThat(open().latest())
                        .as("step %d (%s) fails, change %d", steps, disk.failed, i)
                        .isEqualTo(accepted.isEmpty() ? Optional.empty() : Optional.of(accepted.getLast()));
            }
            assertThat(refused).as("step %d (%s) fails", steps, disk.failed).isLessThanOrEqualTo(1);
            disk.stepsUntilFailure = -1;
            append(journal, next(random));
            holdsWhatWasAccepted(journal);
            assertThat(journal.status().failure()).isEmpty();
        }
    }

    @Test
    void a_disk_that_fails_for_good_refuses_each_change_and_takes_them_again_when_it_works() throws Exception {
        FailingDisk disk = new FailingDisk();
        Journal journal = Journal.open(directory, disk, TIGHT);
        append(journal, next(new Random(1)));
        disk.failing = true;
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> journal.append(
                            Revisions.number(2), new TreeSet<>(), Optional.of("version: 2\n".getBytes(UTF_8))))
                    .hasMessageContaining("the disk says no")
                    .hasMessageContaining("make room or make " + directory + " writable")
                    .hasMessageContaining("may bring the refused one into force");
            assertThat(journal.status().failure()).contains("the disk says no");
            assertThat(journal.latest()).contains(accepted.getLast());
        }

        disk.failing = false;
        append(journal, next(new Random(2)));

        assertThat(journal.status().failure()).isEmpty();
        holdsWhatWasAccepted(open());
    }

    @Test
    void a_file_that_somebody_changed_takes_no_change_and_says_what_to_do() throws Exception {
        Journal journal = filled(3, TIGHT);
        byte[] whole = Files.readAllBytes(file());
        Files.write(file(), Arrays.copyOf(whole, whole.length - 7));
        assertThatThrownBy(() -> append(journal, next(new Random(1))))
                .hasMessageContaining("somebody else changed it")
                .hasMessageContaining("ballast get -o yaml");
        Files.write(file(), whole);
        append(journal, next(new Random(1)));
        holdsWhatWasAccepted(open());
    }

    @Test
    void a_name_that_is_not_durable_keeps_the_next_change_from_being_acknowledged() throws Exception {
        FailingDisk disk = new FailingDisk();
        Journal journal = Journal.open(directory, disk, TIGHT);
        for (int i = 0; i < 2; i++) {
            disk.stepsUntilFailure = 3; // write, sync, rename
            assertThatThrownBy(() -> append(journal, next(new Random(1)))).hasMessageContaining("SYNC_DIRECTORY");
            assertThat(open().latest()).isEmpty();
        }
        while (journal.status().revisions() < 14) {
            append(journal, next(new Random(accepted.size())));
        }
        disk.stepsUntilFailure = 5; // the record: write, sync; the compaction: write, sync, rename
        append(journal, next(new Random(14)));
        assertThat(journal.status().failure()).contains("compact").contains("SYNC_DIRECTORY");
        disk.stepsUntilFailure = 0;
        assertThatThrownBy(() -> append(journal, next(new Random(15)))).hasMessageContaining("SYNC_DIRECTORY");
        append(journal, next(new Random(15)));
        holdsWhatWasAccepted(open());
    }

    @Test
    void a_directory_that_is_gone_refuses_the_change() throws IOException, JournalException {
        Path gone = Files.createDirectory(directory.resolve("gone"));
        Journal journal = Journal.open(gone);
        Files.delete(gone);
        assertThatThrownBy(() -> journal.append(
                        Revisions.number(1), Collections.emptySortedSet(), Optional.of("x".getBytes(UTF_8))))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("The change was refused");
    }
}
