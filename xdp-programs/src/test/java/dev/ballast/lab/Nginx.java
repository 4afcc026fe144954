package dev.ballast.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** Debian's nginx in a backend, with a generated configuration and every file of its own in the backend's folder. */
final class Nginx {
    /** Size of {@code /large}. */
    static final int LARGE_BYTES = 16 << 20;

    private static final long LARGE_SEED = 1;
    private static final int START_TRIES = 1000;
    private static final long START_TRY_NS = 10_000_000;
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    /** The error log is written from the first line on (-e): Debian's default one belongs to the host's own nginx. */
    private static final String CONFIGURATION = """
            daemon off;
            user root;
            worker_processes 1;
            pid nginx.pid;
            error_log stderr warn;
            events {
                worker_connections 4096;
            }
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                default_type application/octet-stream;
                sendfile on;
                keepalive_requests 1000000000;
                keepalive_timeout 12h;
                keepalive_time 24h;
                server {
                    listen %1$d backlog=4096;
                    listen [::]:%1$d backlog=4096;
                    add_header X-Backend %2$s always;
                    location = / {
                        default_type text/plain;
                        return 200 "%2$s\\n";
                    }
                    location = /large {
                        alias %3$s;
                    }
                }
            }
            """;

    private final Backend backend;
    private final LabProcess process;

    private Nginx(Backend backend, LabProcess process) {
        this.backend = backend;
        this.process = process;
    }

    /** Returns once it accepts connections. */
    static Nginx start(Backend backend, int port) {
        Tool.require(List.of(Tool.NGINX));
        Path folder = StateDirectory.make(backend.stateDirectory().resolve("nginx"));
        try {
            Files.writeString(
                    folder.resolve("nginx.conf"), CONFIGURATION.formatted(port, backend.name(), large(backend)));
        } catch (IOException e) {
            throw new LabException(
                    "%s: cannot write nginx's files into %s: %s; is the disk full?"
                            .formatted(backend, folder, e.getMessage()),
                    e);
        }
        Nginx nginx = new Nginx(
                backend,
                backend.spawn(
                        Tool.NGINX.command(), "-e", "stderr", "-p", folder.toString(), "-c", folder + "/nginx.conf"));
        nginx.awaitListening(folder.resolve("nginx.pid"));
        return nginx;
    }

    LabProcess process() {
        return process;
    }

    void stop(Signal signal) {
        process.signal(signal);
        process.waitFor(STOP_LIMIT);
    }

    /** nginx writes its id down once it listens. */
    private void awaitListening(Path idFile) {
        for (int tries = 0; !read(idFile).strip().equals(Long.toString(process.pid())); tries++) {
            if (!process.isAlive() || tries == START_TRIES) {
                process.signal(Signal.KILL);
                throw new LabException("%s: nginx does not start: %s; its files are in %s"
                        .formatted(backend, process.output().strip(), idFile.getParent()));
            }
            LockSupport.parkNanos(START_TRY_NS);
        }
    }

    private static String read(Path idFile) {
        try {
            return Files.readString(idFile);
        } catch (IOException notYetWritten) {
            return "";
        }
    }

    /** The file that all backends of a lab serve. */
    private static synchronized Path large(Backend backend) throws IOException {
        Path file = backend.labDirectory().resolve("large");
        if (!Files.exists(file)) {
            byte[] noise = new byte[LARGE_BYTES];
            new Random(LARGE_SEED).nextBytes(noise);
            Files.write(file, noise);
        }
        return file;
    }
}
