import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * {@code java StackMaps.java JAR}: gives the class files of a jar the stack maps that class files have had since Java 6, in place. The JVM
 * verifies those without them by an older and slower way and keeps them out of its caches. Nothing but the form changes: the same
 * instructions, names and attributes, in the same order, with the same times, so that the same jar always comes out; once more changes
 * nothing. The manifest says that they were changed, as the Apache License wants it (section 4b).
 *
 * <p>Exit status 0: done; 1: a class file does not verify afterwards, or the jar cannot be read or written.
 */
final class StackMaps {
    /** The oldest form that has stack maps and no other way to be verified (JVMS 25, 4.10). */
    private static final int MAJOR_VERSION = ClassFile.JAVA_7_VERSION;

    private static final Attributes.Name NOTICE = new Attributes.Name("Changed-For-Ballast");

    private StackMaps() {}

    public static void main(String[] arguments) throws IOException {
        Path jar = Path.of(arguments[0]);
        Path changed = Files.createTempFile(jar.toAbsolutePath().getParent(), jar.getFileName().toString(), ".tmp");
        try {
            rewrite(jar, changed);
            Files.setPosixFilePermissions(changed, Files.getPosixFilePermissions(jar));
            Files.setLastModifiedTime(changed, Files.getLastModifiedTime(jar));
            Files.move(changed, jar, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(changed);
        }
    }

    private static void rewrite(Path from, Path to) throws IOException {
        try (JarFile jar = new JarFile(from.toFile());
                URLClassLoader classes = new URLClassLoader(new URL[] {from.toUri().toURL()});
                JarOutputStream out = new JarOutputStream(Files.newOutputStream(to))) {
            // Merging two types at a branch wants their common superclass.
            ClassFile classFile = ClassFile.of(
                    ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                    ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(classes)));
            for (JarEntry entry : Collections.list(jar.entries())) {
                JarEntry copy = new JarEntry(entry.getName());
                copy.setTime(entry.getTime());
                out.putNextEntry(copy);
                try (InputStream content = jar.getInputStream(entry)) {
                    if (entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        Manifest manifest = new Manifest(content);
                        manifest.getMainAttributes().put(NOTICE, "class files got stack maps");
                        manifest.write(out);
                    } else if (entry.getName().endsWith(".class")) {
                        out.write(verified(classFile, entry.getName(), content.readAllBytes()));
                    } else {
                        content.transferTo(out);
                    }
                }
                out.closeEntry();
            }
        }
    }

    private static byte[] verified(ClassFile classFile, String name, byte[] bytes) throws IOException {
        var old = classFile.parse(bytes);
        if (old.majorVersion() >= MAJOR_VERSION) {
            return bytes;
        }
        // Stack maps are made for code that is written anew, and code is where a transformation looks into it.
        byte[] changed = classFile.transformClass(
                old,
                ClassTransform.transformingMethodBodies((code, element) -> code.with(element))
                        .andThen(ClassTransform.endHandler(builder -> builder.withVersion(MAJOR_VERSION, 0))));
        var errors = classFile.verify(changed);
        if (!errors.isEmpty()) {
            throw new IOException(name + " does not verify with stack maps: " + errors.getFirst().getMessage());
        }
        return changed;
    }
}
