package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.control.journal.Accepted;
import dev.ballast.control.journal.History;
import dev.ballast.control.journal.Journal;
import dev.ballast.control.journal.JournalException;
import dev.ballast.control.journal.Revision;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control.Comparison;
import dev.ballast.control.loop.Control.Page;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.model.Difference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What was accepted, as of the moment in which somebody asked. It is opened on the loop's thread, which takes a look into a
 * directory, and read on any: to put a large configuration together and compare it takes longer than the loop has time.
 */
final class Past implements AutoCloseable {
    private final Optional<History> history;
    private final long running;

    private Past(Optional<History> history, long running) {
        this.history = history;
        this.running = running;
    }

    /** The caller closes it. */
    static Past of(Journal journal) {
        try {
            return new Past(
                    journal.history(),
                    journal.latestRevision().map(Revision::revision).orElse(0L));
        } catch (JournalException e) {
            throw failed(e);
        }
    }

    Page page(long before, int limit) {
        try {
            return history.isEmpty()
                    ? new Page(List.of(), 0)
                    : new Page(history.get().page(before, limit), history.get().oldest());
        } catch (JournalException e) {
            throw failed(e);
        }
    }

    /** A change with its effects. */
    Optional<Revision> revision(long number) {
        return page(number + 1, 1).revisions().stream()
                .filter(found -> found.revision() == number)
                .findFirst();
    }

    Comparison diff(long from, long to) {
        State before = state(from);
        State after = state(to);
        List<Difference> differences = new ArrayList<>(Difference.between(before.config(), after.config()));
        drained(before.drains(), after.drains())
                .forEach(member -> differences.add(new Difference("drained", member, "")));
        drained(after.drains(), before.drains())
                .forEach(member -> differences.add(new Difference("drained", "", member)));
        return new Comparison(before.revision(), after.revision(), differences);
    }

    private static SortedSet<String> drained(SortedSet<String> in, SortedSet<String> butNotIn) {
        SortedSet<String> members = new TreeSet<>(in);
        members.removeAll(butNotIn);
        return members;
    }

    Comparison diff(long from, byte[] yaml, String fileName) {
        Config after = Admission.read(fileName, yaml);
        State before = state(from);
        return new Comparison(before.revision(), 0, Difference.between(before.config(), after));
    }

    /** The configuration that a revision led to. */
    Config config(long revision) {
        return state(revision).config();
    }

    private record State(long revision, Config config, SortedSet<String> drains) {}

    private State state(long number) {
        long revision = number == 0 ? running : number;
        if (running == 0) {
            throw new ChangeRefusedException(
                    Kind.STATE, "nothing is configured yet; `ballast apply -f FILE` does that");
        }
        Accepted accepted = accepted(revision);
        try {
            return new State(
                    revision,
                    ConfigReader.read(
                            "revision " + revision, accepted.configYaml().getBytes(UTF_8)),
                    accepted.drains());
        } catch (ConfigException e) {
            throw new ChangeRefusedException(
                    Kind.STATE,
                    "revision %d was accepted by another version, and this one does not understand it: %s"
                            .formatted(revision, e.getMessage()));
        }
    }

    private Accepted accepted(long revision) {
        Optional<Accepted> accepted;
        try {
            accepted = history.isEmpty() ? Optional.empty() : history.get().state(revision);
        } catch (JournalException e) {
            throw failed(e);
        }
        return accepted.orElseThrow(() -> new ChangeRefusedException(
                Kind.NOT_FOUND,
                "revision %d is not kept: revisions %d to %d are; `ballast history` lists them"
                        .formatted(revision, history.map(History::oldest).orElse(running), running)));
    }

    private static ChangeRefusedException failed(JournalException e) {
        return new ChangeRefusedException(Kind.FAILED, String.valueOf(e.getMessage()));
    }

    @Override
    public void close() {
        history.ifPresent(History::close);
    }
}
