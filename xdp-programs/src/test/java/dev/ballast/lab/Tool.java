package dev.ballast.lab;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The programs of the host that a lab drives, and the Debian package that brings each. */
enum Tool {
    IP("ip", "iproute2"),
    BRIDGE("bridge", "iproute2"),
    ETHTOOL("ethtool", "ethtool"),
    UMOUNT("umount", "mount"),
    NSENTER("nsenter", "util-linux"),
    SETSID("setsid", "util-linux"),
    SH("sh", "dash"),
    NGINX("nginx", "nginx-light");

    /** What every lab needs; {@link #NGINX} only where a backend serves HTTP. */
    static final List<Tool> OF_EVERY_LAB =
            Arrays.stream(values()).filter(tool -> tool != NGINX).toList();

    /** PATH with the folders that a plain user's lacks. */
    static final String SEARCH_PATH = Stream.of(
                    System.getenv().getOrDefault("PATH", ""), "/usr/sbin:/usr/bin:/sbin:/bin")
            .filter(path -> !path.isEmpty())
            .collect(Collectors.joining(File.pathSeparator));

    private final String command;
    private final String debianPackage;

    Tool(String command, String debianPackage) {
        this.command = command;
        this.debianPackage = debianPackage;
    }

    String command() {
        return command;
    }

    static void require(List<Tool> tools) {
        require(tools, SEARCH_PATH);
    }

    static void require(List<Tool> tools, String searchPath) {
        List<Tool> missing =
                tools.stream().filter(tool -> !onPath(tool.command, searchPath)).toList();
        if (!missing.isEmpty()) {
            throw new LabException("a lab needs %s, not found in %s; install: apt-get install %s"
                    .formatted(
                            missing.stream().map(Tool::command).collect(Collectors.joining(", ")),
                            searchPath,
                            missing.stream()
                                    .map(tool -> tool.debianPackage)
                                    .distinct()
                                    .collect(Collectors.joining(" "))));
        }
    }

    private static boolean onPath(String command, String searchPath) {
        return Stream.of(searchPath.split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }
}
