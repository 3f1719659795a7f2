package dev.cairndb.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.targetOwner;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaModifier.SYNTHETIC;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** What no library module may do, because the process belongs to the host. */
class BannedUseTest {
    private static final JavaClasses LIBRARY = new ClassFileImporter()
            .importPaths(Modules.PUBLISHED.stream()
                    .map(Modules.Module::classesFolder)
                    .toList());

    @Test
    void nobodyUsesUnsafe() {
        check(noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("sun..", "jdk.internal..", "com.sun..")
                .because("hosts need no flags; unmapping on 17..21 looks invokeCleaner up by name, in one class"));
    }

    @Test
    void nobodyEndsTheProcess() {
        check(noClasses()
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .orShould()
                .callMethod(Runtime.class, "addShutdownHook", Thread.class)
                .because("the process is the host's"));
    }

    @Test
    void threadsBelongToTheRuntime() {
        // FileStorage: short-lived daemons for what an interrupt of the caller would break, unless a host gives
        // threads.
        check(noClasses()
                .that()
                .haveNameNotMatching("dev\\.cairndb\\.(tsdb\\.TsdbRuntime|io\\.FileStorage)(\\$.*)?")
                .and()
                // its default for a store without a runtime; a runtime hands in its own threads
                .doNotHaveFullyQualifiedName("dev.cairndb.io.FileStorage")
                .and()
                .resideOutsideOfPackages("dev.cairndb.tsdb.internal.runtime..", "dev.cairndb.testkit..")
                .should()
                .callConstructorWhere(targetOwner(assignableTo(Thread.class)))
                .orShould()
                .callMethodWhere(targetOwner(name("java.util.concurrent.Executors")))
                .orShould()
                .callMethodWhere(describe(
                        "ForkJoinPool.commonPool()", call -> call.getName().equals("commonPool")))
                .because("the host sees, configures and stops every thread"));
    }

    @Test
    void nothingIsKeptPerThread() {
        check(noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ThreadLocal.class)
                .because("it would outlive close() and multiply with virtual threads"));
    }

    @Test
    void nobodyPrintsOrLogsThroughAFramework() {
        check(noClasses()
                .that()
                // Tells loudly that a test was skipped.
                .doNotHaveFullyQualifiedName("dev.cairndb.testkit.Peers")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethodWhere(target(name("printStackTrace")))
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.logging..", "org.slf4j..", "org.apache.logging.."));
    }

    @Test
    void filesAreTouchedOnlyBehindTheStorageSeamAndInObjectStores() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages("dev.cairndb.io..", "dev.cairndb.objstore..", "dev.cairndb.testkit..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.nio.file.Files")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching("java\\.io\\.(File|RandomAccessFile|File(Input|Output)Stream|File(Reader|Writer))")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(FileChannel.class)
                .because("tests lose, tear and fail what goes through the seam, and only that"));
    }

    @Test
    void nobodyWritesThroughAFileChannel() {
        check(noClasses()
                .should()
                .callMethodWhere(describe(
                        "FileChannel.write or transferFrom",
                        call -> call.getTargetOwner().isAssignableTo(FileChannel.class)
                                && (call.getName().equals("write")
                                        || call.getName().equals("transferFrom"))))
                .because("an interrupt of the writing thread would close the file"));
    }

    @Test
    void theWallClockIsReadInOnePlace() {
        check(noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.cairndb.io.SystemClock")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callConstructor(java.util.Date.class)
                .because("tests and hosts bring their own clock"));
    }

    @Test
    void noStaticStateChanges() {
        check(fields().that()
                .areStatic()
                .and(describe("are written in code", BannedUseTest::isWritten))
                .should()
                .beFinal());
        check(noFields()
                .that()
                .areStatic()
                .should()
                .haveRawType(assignableTo(AtomicLong.class)
                        .or(assignableTo(AtomicInteger.class))
                        .or(assignableTo(AtomicBoolean.class))
                        .or(assignableTo(AtomicReference.class))
                        .or(assignableTo(LongAdder.class))
                        .or(name("java.util.concurrent.ConcurrentHashMap"))
                        .or(name("java.util.HashMap"))
                        .or(name("java.util.ArrayList"))));
    }

    private static boolean isWritten(JavaField field) {
        return !field.getModifiers().contains(SYNTHETIC);
    }

    private static void check(ArchRule rule) {
        rule.check(LIBRARY);
    }
}
