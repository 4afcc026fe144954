package dev.ballast.control.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.control.loop.Brief;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.telemetry.Metrics;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of one connection, one after the other: the next is read when the answer to the last has left, so a
 * client that asks and does not read holds one answer at most. The server's event loop.
 */
final class RequestHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);
    private static final String TEXT = "text/plain; charset=utf-8";
    /** The loop has something to do each second; if it has done nothing for so long, it hangs. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

    private final Supplier<Brief> state;
    private final Metrics metrics;
    private final Scrapes scrapes;
    private final Duration patience;
    private @Nullable Future<?> deadline;
    private boolean answering;

    private record Answer(HttpResponseStatus status, String type, ByteBuf body) {
        static Answer text(HttpResponseStatus status, String text) {
            return new Answer(status, TEXT, Unpooled.copiedBuffer(text + "\n", UTF_8));
        }
    }

    RequestHandler(Supplier<Brief> state, Metrics metrics, Scrapes scrapes, Duration patience) {
        this.state = state;
        this.metrics = metrics;
        this.scrapes = scrapes;
        this.patience = patience;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        next(context);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    private void next(ChannelHandlerContext context) {
        restartDeadline(context);
        context.read();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        // A part of a request may have come: the rest of it is wanted, and the deadline stays where it is.
        if (!answering) {
            context.read();
        }
    }

    private void restartDeadline(ChannelHandlerContext context) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        deadline = context.executor().schedule(() -> leave(context), patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        answering = true;
        restartDeadline(context);
        boolean broken = request.decoderResult().isFailure();
        boolean bodiless = !broken && request.method().equals(HttpMethod.HEAD);
        boolean keep = !broken && HttpUtil.isKeepAlive(request);
        Optional<Answer> now =
                broken ? Optional.of(refusal(request.decoderResult().cause())) : answer(request);
        if (now.isPresent()) {
            ChannelFuture _ = respond(context, now.get(), bodiless, keep);
        } else {
            scrape(context, bodiless, keep);
        }
    }

    /** Made on another thread, it leaves by this connection's. */
    private void scrape(ChannelHandlerContext context, boolean bodiless, boolean keep) {
        if (!scrapes.enter()) {
            Answer busy = Answer.text(
                    HttpResponseStatus.SERVICE_UNAVAILABLE,
                    Scrapes.AT_ONCE + " answers are under way that nobody has read yet; ask again in a moment");
            ChannelFuture _ = respond(context, busy, bodiless, keep);
            return;
        }
        boolean runs = scrapes.run(() -> {
            Answer answer;
            try {
                answer = new Answer(
                        HttpResponseStatus.OK, Metrics.CONTENT_TYPE, Unpooled.wrappedBuffer(metrics.scrape()));
            } catch (RuntimeException e) {
                LOG.warn("metrics could not be put together", e);
                answer = Answer.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, "a defect of the daemon; see its log");
            }
            Answer made = answer;
            context.executor()
                    .execute(() -> respond(context, made, bodiless, keep).addListener(_ -> scrapes.leave()));
        });
        if (!runs) {
            scrapes.leave();
            leave(context);
        }
    }

    private ChannelFuture respond(ChannelHandlerContext context, Answer answer, boolean bodiless, boolean keep) {
        int length = answer.body().readableBytes();
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, answer.status(), bodiless ? Unpooled.EMPTY_BUFFER : answer.body());
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, answer.type())
                .set(HttpHeaderNames.CONTENT_LENGTH, length)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("x-content-type-options", "nosniff");
        if (answer.status().equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
        }
        if (!keep) {
            HttpUtil.setKeepAlive(response, false);
        }
        return context.writeAndFlush(response).addListener((ChannelFutureListener) written -> {
            if (keep && written.isSuccess()) {
                answering = false;
                next(context);
            } else {
                leave(context);
            }
        });
    }

    private static Answer refusal(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException _ ->
                Answer.text(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the request line is too long");
            case TooLongHttpHeaderException _ ->
                Answer.text(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large");
            default -> Answer.text(HttpResponseStatus.BAD_REQUEST, "this is not HTTP/1.1");
        };
    }

    /** Empty: metrics are asked for. */
    private Optional<Answer> answer(FullHttpRequest request) {
        Brief now = state.get();
        Optional<Answer> refused = refusal(request, now);
        if (refused.isPresent()) {
            return refused;
        }
        return switch (request.uri().split("\\?", 2)[0]) {
            case "/metrics" -> Optional.empty();
            case "/healthz" -> Optional.of(alive(now));
            case "/readyz" -> Optional.of(ready(now));
            default ->
                Optional.of(Answer.text(HttpResponseStatus.NOT_FOUND, "there are /metrics, /healthz and /readyz"));
        };
    }

    private static Optional<Answer> refusal(FullHttpRequest request, Brief now) {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.size() > 1 || (hosts.isEmpty() && request.protocolVersion().equals(HttpVersion.HTTP_1_1))) {
            return Optional.of(Answer.text(HttpResponseStatus.BAD_REQUEST, "one Host header is needed"));
        }
        if (!hosts.stream().allMatch(host -> HostCheck.allows(host, now.node()))) {
            return Optional.of(Answer.text(
                    HttpResponseStatus.MISDIRECTED_REQUEST,
                    "this server is asked by an address, as localhost, or by the node's name"));
        }
        if (!request.headers().getAll(HttpHeaderNames.ORIGIN).stream()
                .allMatch(origin -> HostCheck.allowsOrigin(origin, now.node()))) {
            return Optional.of(Answer.text(HttpResponseStatus.FORBIDDEN, "pages of other origins may not read this"));
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            return Optional.of(Answer.text(HttpResponseStatus.METHOD_NOT_ALLOWED, "read-only: GET or HEAD"));
        }
        return Optional.empty();
    }

    private static Answer alive(Brief now) {
        long ageMs = System.currentTimeMillis() - now.timeUnixMs();
        return ageMs <= SILENCE_MAX.toMillis()
                ? Answer.text(HttpResponseStatus.OK, "alive")
                : Answer.text(
                        HttpResponseStatus.SERVICE_UNAVAILABLE,
                        "the control loop has done nothing for " + ageMs / 1000 + " s; forwarding goes on");
    }

    private static Answer ready(Brief now) {
        if (now.revision() == 0) {
            return Answer.text(
                    HttpResponseStatus.SERVICE_UNAVAILABLE, "nothing is configured; `ballast apply -f FILE` does that");
        }
        return now.progress() == Snapshot.Progress.DONE
                ? Answer.text(HttpResponseStatus.OK, "ready: revision " + now.revision() + " is in the kernel")
                : Answer.text(
                        HttpResponseStatus.SERVICE_UNAVAILABLE,
                        "revision " + now.revision() + " is not in force: " + now.reason());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("a client of the metrics went away: {}", cause.getMessage());
        } else {
            LOG.warn("a request for metrics failed; its connection is closed", cause);
        }
        leave(context);
    }

    private static void leave(ChannelHandlerContext context) {
        ChannelFuture _ = context.close();
    }
}
