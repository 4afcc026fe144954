package dev.ballast.netlink;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Requests to the kernel and their answers, one request at a time. Any thread; {@link NetlinkException} when the kernel refuses. */
final class RequestSocket implements AutoCloseable {
    /** The kernel answers within the system call that asks; only a bug or a lost answer makes us wait this long. */
    private static final int ANSWER_TIMEOUT_MS = 5_000;

    /** A table that changes under every one of so many dumps is read by events, not by dumps. */
    private static final int DUMP_ATTEMPTS = 20;

    private final NetlinkSocket socket;
    private int sequence;
    private boolean closed;

    RequestSocket(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Closes the socket; a second call does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            socket.close();
        }
    }

    void command(MessageBuilder request, String operation, String object) {
        Exchange exchange = exchange(request, operation, object);
        if (exchange.ack.errno() != 0) {
            throw failure(operation, object, exchange.ack);
        }
    }

    <T> Optional<T> read(
            MessageBuilder request,
            String operation,
            String object,
            int absentErrno,
            Function<Message, @Nullable T> decode) {
        Exchange exchange = exchange(request, operation, object);
        if (exchange.ack.errno() == absentErrno) {
            return Optional.empty();
        }
        if (exchange.ack.errno() != 0) {
            throw failure(operation, object, exchange.ack);
        }
        return decodeAll(exchange.answers, operation, object, decode).stream().findFirst();
    }

    <T> List<T> dump(MessageBuilder request, String operation, String object, Function<Message, @Nullable T> decode) {
        for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
            Exchange exchange = exchange(request, operation, object);
            if (exchange.interrupted || exchange.ack.errno() == Errno.EINTR) {
                continue;
            }
            if (exchange.ack.errno() != 0) {
                throw failure(operation, object, exchange.ack);
            }
            return decodeAll(exchange.answers, operation, object, decode);
        }
        throw new NetlinkException(
                operation, object, Errno.EINTR, "the table changed under each of " + DUMP_ATTEMPTS + " dumps");
    }

    private static <T> List<T> decodeAll(
            List<Message> answers, String operation, String object, Function<Message, @Nullable T> decode) {
        try {
            List<T> records = new ArrayList<>(answers.size());
            for (Message answer : answers) {
                T decoded = decode.apply(answer);
                if (decoded != null) {
                    records.add(decoded);
                }
            }
            return records;
        } catch (MalformedMessageException e) {
            throw malformed(operation, object, e);
        }
    }

    /** One request and everything up to the message that ends its answer. What was left over from a failed request is skipped. */
    private synchronized Exchange exchange(MessageBuilder request, String operation, String object) {
        if (closed) {
            throw new IllegalStateException("this netlink socket is closed");
        }
        sequence++;
        Exchange exchange = new Exchange();
        try {
            socket.send(request.build(sequence));
            while (!exchange.done) {
                if (!socket.await(ANSWER_TIMEOUT_MS)) {
                    throw new NetlinkException(
                            operation, object, Errno.ETIMEDOUT, "no answer within " + ANSWER_TIMEOUT_MS + " ms");
                }
                ByteBuffer datagram = socket.receive();
                for (Message message : Message.parseAll(datagram)) {
                    if (message.sequence() == sequence && !exchange.done) {
                        exchange.take(message);
                    }
                }
            }
        } catch (MalformedMessageException e) {
            throw malformed(operation, object, e);
        }
        return exchange;
    }

    private static NetlinkException failure(String operation, String object, Message.Ack ack) {
        return new NetlinkException(operation, object, ack.errno(), ack.text());
    }

    private static NetlinkException malformed(String operation, String object, MalformedMessageException e) {
        NetlinkException wrapped =
                new NetlinkException(operation, object, Errno.EBADMSG, Objects.requireNonNullElse(e.getMessage(), ""));
        wrapped.initCause(e);
        return wrapped;
    }

    /** An answer in the making. */
    private static final class Exchange {
        final List<Message> answers = new ArrayList<>();
        Message.Ack ack = new Message.Ack(0, "");
        boolean interrupted;
        boolean done;

        void take(Message message) {
            interrupted |= (message.flags() & Message.DUMP_INTERRUPTED) != 0;
            switch (message.type()) {
                case Message.ERROR, Message.DONE -> {
                    ack = message.ack();
                    done = true;
                }
                case Message.NOOP -> {}
                default -> answers.add(message);
            }
        }
    }
}
