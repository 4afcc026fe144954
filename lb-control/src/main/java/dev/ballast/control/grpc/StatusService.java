package dev.ballast.control.grpc;

import dev.ballast.control.doctor.Finding;
import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.Nearest;
import dev.ballast.control.model.Words;
import dev.ballast.v1.DoctorReply;
import dev.ballast.v1.DoctorRequest;
import dev.ballast.v1.EventsReply;
import dev.ballast.v1.EventsRequest;
import dev.ballast.v1.HealthReply;
import dev.ballast.v1.HealthRequest;
import dev.ballast.v1.StatusGrpc;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** {@code ballast.v1.Status}. */
final class StatusService extends StatusGrpc.StatusImplBase {
    private final Control control;
    private final Supplier<List<Finding>> doctor;
    private final Answers answers;
    private final Watches watches;

    StatusService(Control control, Supplier<List<Finding>> doctor, Answers answers, Watches watches) {
        this.control = control;
        this.doctor = doctor;
        this.answers = answers;
        this.watches = watches;
    }

    @Override
    public void get(StatusRequest request, StreamObserver<StatusReply> call) {
        answers.now(call, () -> {
            Snapshot snapshot = control.snapshot();
            requireService(snapshot, request.getService());
            return Messages.status(snapshot, request.getService());
        });
    }

    @Override
    public void watch(StatusRequest request, StreamObserver<StatusReply> call) {
        Snapshot first;
        try {
            first = control.snapshot();
            requireService(first, request.getService());
        } catch (RuntimeException e) {
            call.onError(Failures.of(e));
            return;
        }
        watches.add(call, first, state -> Stream.of(Messages.status(state, request.getService())));
    }

    @Override
    public void health(HealthRequest request, StreamObserver<HealthReply> call) {
        answers.whenKnown(
                call,
                () -> {
                    requireService(control.snapshot(), request.getService());
                    return control.checks(request.getService());
                },
                checks -> HealthMessages.health(control.snapshot(), request.getService(), checks));
    }

    @Override
    public void doctor(DoctorRequest request, StreamObserver<DoctorReply> call) {
        answers.now(call, () -> {
            DoctorReply.Builder reply = DoctorReply.newBuilder();
            doctor.get()
                    .forEach(finding -> reply.addFindings(dev.ballast.v1.Finding.newBuilder()
                            .setCheck(finding.check())
                            .setOutcome(Words.of(finding.outcome()))
                            .setDetail(finding.detail())
                            .setCure(finding.cure())));
            return reply.build();
        });
    }

    @Override
    public void events(EventsRequest request, StreamObserver<EventsReply> call) {
        try {
            requireService(control.snapshot(), request.getService());
        } catch (RuntimeException e) {
            call.onError(Failures.of(e));
            return;
        }
        watches.add(call, request);
    }

    /** Fails with NOT_FOUND and what is near unless {@code name} is a service or empty. */
    static void requireService(Snapshot snapshot, String name) {
        List<String> names =
                snapshot.services().stream().map(Snapshot.Service::name).toList();
        if (name.isEmpty() || names.contains(name)) {
            return;
        }
        int slash = name.indexOf('/');
        if (slash > 0 && names.contains(name.substring(0, slash))) {
            String service = name.substring(0, slash);
            throw Failures.notFound(
                    "services",
                    name,
                    service,
                    "%s is a member, and this is of whole services; ask for %s".formatted(name, service));
        }
        String allowed = String.join(", ", names.subList(0, Math.min(names.size(), 20)));
        String near = Nearest.didYouMean(name, names);
        String cure = near.isEmpty() ? "`ballast status` lists the services" : near;
        throw Failures.notFound("services", name, allowed, "no service " + name + "; " + cure);
    }
}
