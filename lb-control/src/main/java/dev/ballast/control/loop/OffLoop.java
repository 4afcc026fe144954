package dev.ballast.control.loop;

import dev.ballast.control.loop.ChangeRefusedException.Kind;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Where that is done which takes longer than the loop has time: on one thread what changes that are made disturb, on another what
 * somebody only wants to know. A plan of ten thousand services takes many seconds; who made a change meanwhile hears of it all the same.
 *
 * @param answers to changes that are made
 * @param questions plans, dry runs, looks at what was accepted
 */
record OffLoop(Executor answers, Executor questions) {
    /** So many wait at most, each with the two plans that it compares; who comes then is told so. */
    static final int WAITING_MAX = 16;

    private static final long IDLE_SECONDS = 10;

    /** One thread that goes when it has nothing to do, and a queue that can be full. The caller shuts it down. */
    static ExecutorService worker(String name) {
        ThreadPoolExecutor worker = new ThreadPoolExecutor(
                1,
                1,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING_MAX),
                work -> Thread.ofPlatform().name(name).daemon().unstarted(work));
        worker.allowCoreThreadTimeOut(true);
        return worker;
    }

    /** Works on a question; where too many wait, whoever waits for {@code reply} is told to ask again. */
    void ask(CompletableFuture<?> reply, Runnable work) {
        try {
            questions.execute(work);
        } catch (RejectedExecutionException e) {
            reply.completeExceptionally(new ChangeRefusedException(
                    Kind.UNAVAILABLE,
                    "%d plans, dry runs and looks at the history wait already; try again in a few seconds"
                            .formatted(WAITING_MAX)));
        }
    }

    /** Works on the answer to a change that is made; false: too many wait. */
    boolean answer(Runnable work) {
        try {
            answers.execute(work);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }
}
