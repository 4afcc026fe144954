package dev.ballast.control.grpc;

import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.v1.Problem;
import dev.ballast.v1.Refusal;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What went wrong, as the API says it: a status and, for a refusal, its problems in the trailers. */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    /** The key is {@code ballast.v1.Refusal-bin} in any case of letters: gRPC lowers them. */
    static final Metadata.Key<Refusal> REFUSAL = ProtoUtils.keyForProto(Refusal.getDefaultInstance());

    /** Serialized; in the trailers it takes a third more. The proto promises that 128 KiB of metadata will do. */
    private static final int REFUSAL_MAX_BYTES = 80 * 1024;

    /** Of one problem: at four bytes each they leave room for others. */
    private static final int MESSAGE_MAX_CHARS = 8 * 1024;

    /** The message of a status travels beside the refusal, percent-encoded, and only sums it up. */
    private static final int SUMMARY_MAX_CHARS = 1024;

    private Failures() {}

    /** The answer to a call that failed with {@code thrown}; what nobody expected is logged under an id. */
    static StatusRuntimeException of(Throwable thrown) {
        Throwable failure =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        return switch (failure) {
            case ChangeRefusedException refused ->
                refusal(
                        status(refused.kind()),
                        refused.problems().stream().map(Failures::problem).toList());
            case StatusRuntimeException status -> status;
            case TimeoutException timeout ->
                Status.DEADLINE_EXCEEDED
                        .withDescription("not answered in time; the change may still happen: `ballast status` shows the"
                                + " revision that runs")
                        .asRuntimeException();
            default -> unexpected(failure);
        };
    }

    /** Refused because the daemon has its hands full; the same call may succeed later. */
    static StatusRuntimeException busy(String message) {
        return refusal(
                Status.RESOURCE_EXHAUSTED,
                List.of(Problem.newBuilder().setMessage(message).build()));
    }

    /** Bytes that cannot be read as a message. */
    static StatusRuntimeException malformed(String message) {
        return refusal(
                Status.INVALID_ARGUMENT,
                List.of(Problem.newBuilder().setMessage(message).build()));
    }

    static StatusRuntimeException notFound(String path, String given, String allowed, String message) {
        return refusal(Status.NOT_FOUND, path, given, allowed, message);
    }

    /** A field of the request that cannot be. */
    static StatusRuntimeException invalid(String path, String given, String allowed, String message) {
        return refusal(Status.INVALID_ARGUMENT, path, given, allowed, message);
    }

    private static StatusRuntimeException refusal(
            Status status, String path, String given, String allowed, String message) {
        return refusal(
                status,
                List.of(Problem.newBuilder()
                        .setPath(path)
                        .setGiven(given)
                        .setAllowed(allowed)
                        .setMessage(message)
                        .build()));
    }

    static Metadata trailers(StatusRuntimeException failure) {
        Metadata trailers = failure.getTrailers();
        return trailers == null ? new Metadata() : trailers;
    }

    private static StatusRuntimeException refusal(Status status, List<Problem> problems) {
        Refusal.Builder refusal = Refusal.newBuilder();
        int bytes = 0;
        for (Problem whole : problems) {
            Problem problem = clipped(whole);
            bytes += problem.getSerializedSize() + 8;
            if (bytes > REFUSAL_MAX_BYTES) {
                refusal.addProblems(Problem.newBuilder()
                        .setMessage((problems.size() - refusal.getProblemsCount())
                                + " more problems are left out; correct these first"));
                break;
            }
            refusal.addProblems(problem);
        }
        Metadata trailers = new Metadata();
        trailers.put(REFUSAL, refusal.build());
        return status.withDescription(summary(problems)).asRuntimeException(trailers);
    }

    /** Both ends of a message that is too long: what is wrong stands first in it, what to do last. */
    private static Problem clipped(Problem problem) {
        String message = problem.getMessage();
        if (message.length() <= MESSAGE_MAX_CHARS) {
            return problem;
        }
        int half = MESSAGE_MAX_CHARS / 2;
        return problem.toBuilder()
                .setMessage(message.substring(0, half) + " ... " + message.substring(message.length() - half))
                .build();
    }

    private static String summary(List<Problem> problems) {
        String first = problems.isEmpty() ? "refused" : problems.getFirst().getMessage();
        String cut = first.length() <= SUMMARY_MAX_CHARS ? first : first.substring(0, SUMMARY_MAX_CHARS) + "...";
        return problems.size() <= 1 ? cut : cut + " (and " + (problems.size() - 1) + " more)";
    }

    private static Status status(ChangeRefusedException.Kind kind) {
        return switch (kind) {
            case INVALID -> Status.INVALID_ARGUMENT;
            case STATE, FAILED -> Status.FAILED_PRECONDITION;
            case CONFLICT -> Status.ABORTED;
            case NOT_FOUND -> Status.NOT_FOUND;
            case UNAVAILABLE -> Status.UNAVAILABLE;
        };
    }

    static Problem problem(ChangeRefusedException.Problem problem) {
        return Problem.newBuilder()
                .setPath(problem.path())
                .setLine(problem.line())
                .setColumn(problem.column())
                .setGiven(problem.given())
                .setAllowed(problem.allowed())
                .setCure(problem.cure())
                .setMessage(problem.message())
                .build();
    }

    private static StatusRuntimeException unexpected(Throwable failure) {
        String id = "%08x".formatted(ThreadLocalRandom.current().nextInt());
        LOG.atError()
                .setMessage("a call failed unexpectedly")
                .addKeyValue("id", id)
                .addKeyValue("by", Caller.current())
                .setCause(failure)
                .log();
        return Status.INTERNAL
                .withDescription("internal error " + id + "; the daemon's log has the cause under id=" + id)
                .asRuntimeException();
    }
}
