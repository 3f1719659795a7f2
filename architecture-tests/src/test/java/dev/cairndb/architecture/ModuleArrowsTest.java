package dev.cairndb.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows between the modules, as docs and poms promise them. */
class ModuleArrowsTest {
    @Test
    void everyModuleWithADescriptorIsListedHere() {
        assertEquals(
                Modules.PUBLISHED.stream().map(Modules.Module::folder).collect(Collectors.toCollection(TreeSet::new)),
                Modules.foldersWithModuleInfo());
    }

    @TestFactory
    Stream<DynamicTest> aModuleUsesOnlyWhatItMay() {
        return Modules.PUBLISHED.stream()
                .map(module -> DynamicTest.dynamicTest(module.folder(), () -> {
                    JavaClasses classes = module.classes();
                    assertTrue(classes.size() > 1, "no classes in " + module.classesFolder());
                    classes()
                            .should()
                            .onlyDependOnClassesThat(
                                    resideInAnyPackage(allowedPackages(module)).or(isPrimitive()))
                            .check(classes);
                }));
    }

    @Test
    void everyClassLiesInItsModulesPackage() {
        for (Modules.Module module : Modules.PUBLISHED) {
            classes()
                    .that()
                    .doNotHaveSimpleName("module-info")
                    .should()
                    .resideInAPackage(module.rootPackage() + "..")
                    .check(module.classes());
        }
    }

    @Test
    void theReceiverUsesOnlyWhatAHostCanUse() {
        JavaClasses receiver = Modules.classesIn(Modules.ROOT.resolve("tsdb-receiver/target/classes"));
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.cairndb..internal..", "dev.cairndb.testkit..")
                .check(receiver);
    }

    @Test
    void theInnerPackagesOfTheCoreHaveNoCycles() {
        slices().matching("dev.cairndb.tsdb.internal.(*)..")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(Modules.published("tsdb-core").classes());
    }

    private static String[] allowedPackages(Modules.Module module) {
        Stream<String> own = Stream.of(module.rootPackage() + "..", "java..", "org.jspecify.annotations..");
        Stream<String> used =
                module.mayUse().stream().map(folder -> Modules.published(folder).rootPackage() + "..");
        Stream<String> foreign = module.foreignPackages().stream().map(name -> name + "..");
        List<String> all =
                Stream.of(own, used, foreign).flatMap(packages -> packages).toList();
        return all.toArray(new String[0]);
    }

    private static DescribedPredicate<JavaClass> isPrimitive() {
        return DescribedPredicate.describe(
                "primitive or array of such",
                type -> type.getBaseComponentType().isPrimitive());
    }
}
