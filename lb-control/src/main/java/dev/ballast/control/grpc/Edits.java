package dev.ballast.control.grpc;

import dev.ballast.control.model.ConfigEdit;
import dev.ballast.v1.Edit;
import dev.ballast.v1.EditRequest;
import java.util.List;
import java.util.Optional;

/** The edits of a request; what says neither what to set nor to remove is refused here. */
final class Edits {
    static final int MAX = 1000;

    private Edits() {}

    static List<ConfigEdit> of(EditRequest request) {
        int count = request.getEditsCount();
        if (count == 0 || count > MAX) {
            throw Failures.invalid(
                    "edits",
                    String.valueOf(count),
                    "1 to " + MAX,
                    "edits: there are %d; allowed: 1 to %d. Apply takes a whole configuration".formatted(count, MAX));
        }
        return request.getEditsList().stream().map(Edits::edit).toList();
    }

    private static ConfigEdit edit(Edit edit) {
        return switch (edit.getActionCase()) {
            case VALUE -> new ConfigEdit(edit.getPath(), Optional.of(edit.getValue()));
            case REMOVE -> {
                if (!edit.getRemove()) {
                    throw missing(edit);
                }
                yield new ConfigEdit(edit.getPath(), Optional.empty());
            }
            case ACTION_NOT_SET -> throw missing(edit);
        };
    }

    private static RuntimeException missing(Edit edit) {
        return Failures.invalid(
                edit.getPath(),
                "",
                "value, remove: true",
                "an edit says neither a value nor remove: true; give one of them");
    }
}
