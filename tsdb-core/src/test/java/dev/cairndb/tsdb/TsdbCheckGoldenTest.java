package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verifies directories and blocks that real Prometheus wrote: those that nobody damaged are clean. */
class TsdbCheckGoldenTest {
    private static final Path DATA = Path.of("/data");

    @TempDir
    Path temporary;

    @Test
    void directoriesThatNobodyDamagedAreCleanAndTheOthersAreAfterARepair() throws Exception {
        GoldenData golden = new GoldenData(TsdbCheckGoldenTest.class);
        for (Path directory : golden.folders("datadirs")) {
            String name = String.valueOf(directory.getFileName());
            boolean touched = new ObjectMapper()
                    .readTree(directory.resolve("info.json").toFile())
                    .has("damage");
            CrashingStorage storage = new CrashingStorage(1);
            storage.loadFrom(directory.resolve("data"), DATA);
            TreeMap<Path, String> before = contents(storage);
            CheckReport report = TsdbCheck.of(DATA, storage).verify();
            assertEquals(before, contents(storage), name + ": verifying changes nothing");
            // A torn tail is no damage, nor is what no checksum covers.
            boolean damaged = !report.isClean();
            assertTrue(touched || !damaged, () -> name + ": " + report.findings());
            assertTrue(damaged || !isCertain(name), name);
            assertTrue(report.logSamples() > 0, name);
            if (damaged) {
                CheckReport repaired = TsdbCheck.of(DATA, storage).repair(false);
                assertTrue(repaired.findings().stream().allMatch(CheckReport.Finding::repaired), name);
                CheckReport again = TsdbCheck.of(DATA, storage).verify();
                assertEquals(List.of(), again.findings(), name);
                if (!name.startsWith("segment-missing")) {
                    assertFalse(again.notes().isEmpty(), name);
                }
                Tsdb.builder(DATA)
                        .storage(storage)
                        .options(TestStores.OPTIONS)
                        .open()
                        .close();
                golden.checked("damaged directories", 1);
            }
            assertEquals(List.of(), storage.openFiles(), name);
            golden.checked("directories", 1);
        }
        golden.report(System.out);
    }

    @Test
    void blocksAreCleanAndTheirSamplesAreThoseOfTheirMetadata() throws Exception {
        GoldenData golden = new GoldenData(TsdbCheckGoldenTest.class);
        for (Path block : golden.folders("blocks")) {
            CrashingStorage storage = new CrashingStorage(1);
            String ulid = new ObjectMapper()
                    .readTree(block.resolve("meta.json").toFile())
                    .get("ulid")
                    .textValue();
            storage.loadFrom(block, DATA.resolve(ulid));
            CheckReport report = TsdbCheck.of(DATA, storage).verify();
            assertEquals(List.of(), report.findings(), String.valueOf(block.getFileName()));
            assertEquals(1, report.blocks());
            golden.checked("blocks", 1);
        }
        golden.report(System.out);
    }

    private static boolean isCertain(String name) {
        return name.contains("corrupt-middle") || name.contains("missing");
    }

    private TreeMap<Path, String> contents(CrashingStorage storage) throws IOException {
        Path copy = Files.createTempDirectory(temporary, "contents");
        storage.copyTo(DATA, copy.resolve("data"));
        TreeMap<Path, String> contents = new TreeMap<>();
        try (Stream<Path> found = Files.walk(copy)) {
            for (Path path : found.toList()) {
                contents.put(
                        copy.relativize(path),
                        Files.isDirectory(path) ? "" : HexFormat.of().formatHex(Files.readAllBytes(path)));
            }
        }
        return contents;
    }
}
