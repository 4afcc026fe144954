package dev.ballast.cli.reference;

import dev.ballast.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code Reference SHARE [CLASS...]}: writes below SHARE the man pages of {@code ballast} and its verbs (section 1), those of
 * further commands by their annotated classes (section 8), and the completion of {@code ballast} for bash and zsh.
 */
public final class Reference {
    private Reference() {}

    /** Run by the build. */
    public static void main(String[] args) throws IOException, ClassNotFoundException {
        Path share = Path.of(args[0]);
        CommandSpec ballast = Main.describe();
        write(share.resolve("bash-completion/completions/ballast"), BashCompletion.of(ballast));
        write(share.resolve("zsh/site-functions/_ballast"), ZshCompletion.of(ballast));
        write(share.resolve("man/man1/ballast.1"), new ManPage(ballast, ballast, 1).render());
        for (CommandSpec verb : Verb.all(ballast)) {
            write(share.resolve("man/man1/ballast-" + verb.name() + ".1"), new ManPage(ballast, verb, 1).render());
        }
        for (int i = 1; i < args.length; i++) {
            CommandSpec daemon = new CommandLine(Class.forName(args[i])).getCommandSpec();
            write(share.resolve("man/man8/" + daemon.name() + ".8"), new ManPage(daemon, daemon, 8).render());
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
