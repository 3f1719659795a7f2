package dev.cairndb.architecture;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.cairndb.testkit.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The build's modules as they lie on disk, and what each may use. */
final class Modules {
    /**
     * A module: its folder, its root package, the modules it may use, and the packages outside of CairnDB and the JDK
     * that it may use.
     */
    record Module(String folder, String rootPackage, Set<String> mayUse, Set<String> foreignPackages) {
        Path classesFolder() {
            return ROOT.resolve(folder).resolve("target/classes");
        }

        JavaClasses classes() {
            return classesIn(classesFolder());
        }
    }

    static final Path ROOT = Repository.root();

    /** What hosts depend on. */
    static final List<Module> PUBLISHED = List.of(
            new Module("tsdb-io", "dev.cairndb.io", Set.of(), Set.of("com.github.luben.zstd")),
            new Module("tsdb-chunks", "dev.cairndb.chunks", Set.of("tsdb-io"), Set.of()),
            new Module(
                    "tsdb-index",
                    "dev.cairndb.index",
                    Set.of("tsdb-io"),
                    Set.of("org.roaringbitmap", "com.google.re2j")),
            new Module("remote-write-codec", "dev.cairndb.remote", Set.of("tsdb-io", "tsdb-chunks"), Set.of()),
            new Module("tsdb-objstore-spi", "dev.cairndb.objstore", Set.of("tsdb-io"), Set.of()),
            new Module(
                    "tsdb-objstore-s3",
                    "dev.cairndb.objstore.s3",
                    Set.of("tsdb-objstore-spi"),
                    Set.of("software.amazon.awssdk", "javax.net.ssl")),
            new Module(
                    "tsdb-testkit",
                    "dev.cairndb.testkit",
                    Set.of("tsdb-io", "tsdb-objstore-spi"),
                    Set.of("org.junit.jupiter.api", "org.opentest4j")),
            new Module(
                    "tsdb-core",
                    "dev.cairndb.tsdb",
                    Set.of("tsdb-io", "tsdb-chunks", "tsdb-index", "remote-write-codec", "tsdb-objstore-spi"),
                    Set.of("com.fasterxml.jackson.core")));

    private static final Map<Path, JavaClasses> IMPORTED = new ConcurrentHashMap<>();

    private Modules() {}

    /** As they were compiled. Of the classes that they use and that lie elsewhere only the names are known. */
    static JavaClasses classesIn(Path classesFolder) {
        return IMPORTED.computeIfAbsent(classesFolder, Modules::imported);
    }

    private static JavaClasses imported(Path classesFolder) {
        if (!Files.isDirectory(classesFolder)) {
            throw new IllegalStateException("not compiled: " + classesFolder);
        }
        return ArchConfiguration.withThreadLocalScope(configuration -> {
            configuration.setResolveMissingDependenciesFromClassPath(false);
            return new ClassFileImporter().importPath(classesFolder);
        });
    }

    static Module published(String folder) {
        return PUBLISHED.stream()
                .filter(module -> module.folder().equals(folder))
                .findFirst()
                .orElseThrow();
    }

    /** Folders under the root with a module descriptor: all that somebody may have put on a module path. */
    static Set<String> foldersWithModuleInfo() {
        try (Stream<Path> folders = Files.list(ROOT)) {
            return folders.filter(folder -> Files.exists(folder.resolve("src/main/java/module-info.java")))
                    .map(folder -> folder.getFileName().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
