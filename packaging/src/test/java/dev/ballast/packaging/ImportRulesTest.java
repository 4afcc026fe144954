package dev.ballast.packaging;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which package may use which: the table is the whole of it. A name stands for the package and what is below it, but for those
 * that have a line of their own.
 */
class ImportRulesTest {
    private static final String OURS = "dev.ballast.";

    /** What is generated from {@code ballast/v1/*.proto}: the one thing that command and daemon share. */
    private static final String API = "v1";

    private static final Map<String, List<String>> MAY_USE = Map.ofEntries(
            Map.entry("ring", List.of()),
            Map.entry("bpf", List.of()),
            Map.entry("netlink", List.of()),
            Map.entry("health", List.of()),
            Map.entry(API, List.of()),
            Map.entry("cli", List.of(API)),
            Map.entry("datapath", List.of("bpf")),
            Map.entry("attach", List.of("bpf", "netlink")),
            Map.entry("control.model", List.of()),
            Map.entry("control.plan", List.of("control.model", "ring", "datapath")),
            Map.entry("control.journal", List.of()),
            Map.entry("control.telemetry", List.of("control.loop")),
            Map.entry("control.http", List.of("control.loop", "control.telemetry", "control.model")),
            Map.entry("control.systemd", List.of("control.loop")),
            Map.entry("control.doctor", List.of("control.loop", "control.journal", "control.model", "netlink", "bpf")),
            Map.entry("control.source", List.of("control.loop", "control.model")),
            Map.entry(
                    "control.reconcile",
                    List.of("control.plan", "control.model", "datapath", "attach", "netlink", "bpf", "ring")),
            Map.entry(
                    "control.loop",
                    List.of(
                            "control.reconcile",
                            "control.journal",
                            "control.plan",
                            "control.model",
                            "datapath",
                            "health",
                            "netlink")),
            Map.entry("control.inspect", List.of("control.loop", "control.plan", "control.model", "datapath", "bpf")),
            Map.entry(
                    "control.grpc",
                    List.of(
                            "control.doctor",
                            "control.inspect",
                            "control.journal",
                            "control.loop",
                            "control.plan",
                            "control.model",
                            "datapath",
                            API)));

    /** Wiring: may use everything. Tools that drive the product from outside are held by their own poms. */
    private static final Set<String> FREE = Set.of("control", "perf");

    private static JavaClasses product;

    @BeforeAll
    static void read() {
        // What is not ours has no rule: its name is enough, and reading all of the JDK and Netty takes most of a
        // minute.
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
        product = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("test-classes") && !location.contains("-tests.jar"))
                .importPackages("dev.ballast");
    }

    static Stream<String> packages() {
        return MAY_USE.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void a_package_uses_only_what_it_may(String name) {
        assertThat(classesOf(name)).as("classes of " + OURS + name).isNotEmpty();
        rule(name, MAY_USE.get(name)).check(product);
    }

    @Test
    void every_package_has_its_rule() {
        Set<String> without = product.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith(OURS))
                .map(name -> name.substring(OURS.length()))
                .filter(name -> FREE.stream().noneMatch(free -> name.equals(free) || isBelow(name, "perf")))
                .filter(name ->
                        MAY_USE.keySet().stream().noneMatch(known -> name.equals(known) || isBelow(name, known)))
                .collect(Collectors.toSet());
        assertThat(without).as("packages without a line in the table").isEmpty();
    }

    @Test
    void no_two_packages_use_each_other() {
        slices().matching("dev.ballast.(**)").should().beFreeOfCycles().check(product);
    }

    @Test
    void a_rule_that_is_broken_is_noticed() {
        assertThat(rule("control.loop", List.of("control.reconcile"))
                        .evaluate(product)
                        .hasViolation())
                .isTrue();
        assertThat(rule("attach", List.of("bpf")).evaluate(product).hasViolation())
                .isTrue();
    }

    private static List<JavaClass> classesOf(String name) {
        return product.stream()
                .filter(each -> resideInAnyPackage(OURS + name + "..").test(each))
                .toList();
    }

    private static ArchRule rule(String name, List<String> allowed) {
        String[] mayUse = Stream.concat(Stream.of(name), allowed.stream())
                .map(each -> OURS + each + "..")
                .toArray(String[]::new);
        DescribedPredicate<JavaClass> notOurs = DescribedPredicate.describe(
                "are not ours", target -> !target.getPackageName().startsWith(OURS));
        return classes()
                .that()
                .resideInAPackage(OURS + name + "..")
                .should()
                .onlyDependOnClassesThat(notOurs.or(resideInAnyPackage(mayUse)))
                .because("the table of ImportRulesTest says what a package may use");
    }

    private static boolean isBelow(String name, String above) {
        return name.startsWith(above + ".");
    }
}
