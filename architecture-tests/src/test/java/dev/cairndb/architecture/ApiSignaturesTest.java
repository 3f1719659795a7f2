package dev.cairndb.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The API as it is checked in under {@code api/} is the API of the code, so that a change of it shows in review. After
 * a wanted change: {@code ./mvnw test -pl architecture-tests -am -Dtest=ApiSignaturesTest -Dapi.update=true}.
 */
class ApiSignaturesTest {
    private static final Path FOLDER = Modules.ROOT.resolve("api");

    @TestFactory
    Stream<DynamicTest> theCheckedInApiIsTheOneOfTheCode() {
        return Modules.PUBLISHED.stream()
                .map(module -> DynamicTest.dynamicTest(module.folder(), () -> {
                    Path file = FOLDER.resolve(module.folder() + ".txt");
                    String actual = ApiSignatures.of(module);
                    if (Boolean.getBoolean("api.update")) {
                        Files.createDirectories(FOLDER);
                        Files.writeString(file, actual);
                    }
                    String checkedIn = Files.readString(file);
                    if (!actual.equals(checkedIn)) {
                        fail("the API of " + module.folder() + " changed; if wanted, run with -Dapi.update=true:\n"
                                + difference(checkedIn, actual));
                    }
                }));
    }

    @Test
    void aDifferenceShowsNothingButTheLinesThatChanged() {
        assertEquals("- b\n+ d\n", difference("a\nb\nc\n", "a\nc\nd\n"));
        assertEquals("only the order of lines or how often one occurs\n", difference("a\nb\n", "b\na\n"));
    }

    private static String difference(String checkedIn, String actual) {
        Set<String> gone = new LinkedHashSet<>(checkedIn.lines().toList());
        actual.lines().forEach(gone::remove);
        Set<String> added = new LinkedHashSet<>(actual.lines().toList());
        checkedIn.lines().forEach(added::remove);
        StringBuilder text = new StringBuilder();
        gone.forEach(line -> text.append("- ").append(line).append('\n'));
        added.forEach(line -> text.append("+ ").append(line).append('\n'));
        return text.isEmpty() ? "only the order of lines or how often one occurs\n" : text.toString();
    }

    @Test
    void noFileIsLeftOfAModuleThatIsGone() throws Exception {
        Set<String> expected = Modules.PUBLISHED.stream()
                .map(module -> module.folder() + ".txt")
                .collect(Collectors.toCollection(TreeSet::new));
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertEquals(
                    expected,
                    files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new)));
        }
    }

    @Test
    void aSignatureTellsModifiersTypesNullnessAndExceptions() throws Exception {
        String io = ApiSignatures.of(Modules.published("tsdb-io"));
        assertTrue(io.startsWith("module dev.cairndb.io\n"), io);
        assertTrue(io.contains("\nexports dev.cairndb.io\n"), io);
        assertTrue(io.contains("\npublic final class dev.cairndb.io.ByteReader\n"), io);
        assertTrue(io.contains("    public int readByte() throws dev.cairndb.io.CorruptionException\n"), io);
        String chunks = ApiSignatures.of(Modules.published("tsdb-chunks"));
        assertTrue(chunks.contains("    public static @Nullable dev.cairndb.chunks.ChunkEncoding ofId(int)\n"), chunks);
    }
}
