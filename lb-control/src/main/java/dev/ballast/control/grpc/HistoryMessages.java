package dev.ballast.control.grpc;

import dev.ballast.control.loop.Control;
import dev.ballast.v1.DiffReply;
import dev.ballast.v1.Difference;
import dev.ballast.v1.HistoryReply;
import dev.ballast.v1.Revision;

/** What was accepted, as messages of the API, field by field. */
final class HistoryMessages {
    private HistoryMessages() {}

    static Revision revision(dev.ballast.control.journal.Revision revision) {
        return Revision.newBuilder()
                .setRevision(revision.revision())
                .setFromRevision(revision.fromRevision())
                .setTimeUnixMs(revision.timeUnixMs())
                .setAuthor(revision.author())
                .setOperation(revision.operation())
                .setObject(revision.object())
                .setRequestId(revision.requestId())
                .addAllEffects(revision.effects())
                .setConfigDigest(revision.configDigest())
                .build();
    }

    static HistoryReply history(Control.Page page) {
        return HistoryReply.newBuilder()
                .addAllRevisions(
                        page.revisions().stream().map(HistoryMessages::revision).toList())
                .setOldestRevision(page.oldest())
                .build();
    }

    static DiffReply diff(Control.Comparison comparison) {
        DiffReply.Builder reply =
                DiffReply.newBuilder().setFromRevision(comparison.from()).setToRevision(comparison.to());
        comparison
                .differences()
                .forEach(difference -> reply.addDifferences(Difference.newBuilder()
                        .setPath(difference.path())
                        .setBefore(difference.before())
                        .setAfter(difference.after())));
        return reply.build();
    }
}
