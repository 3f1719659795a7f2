package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.TsdbException;
import dev.cairndb.testkit.DirectoryCopy;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The {@code chunks_head} of data directories that Prometheus wrote, some of them damaged afterwards. */
class HeadChunkGoldenTest {
    private final GoldenData golden = new GoldenData(HeadChunkGoldenTest.class);

    @TempDir
    Path temporary;

    @Test
    void headChunksAreReadAndWrittenAsByPrometheus() throws IOException {
        for (Path directory : golden.folders("datadirs")) {
            check(directory);
        }
        golden.report(System.out);
    }

    private void check(Path directory) throws IOException {
        Path source = directory.resolve("data/chunks_head");
        if (!Files.isDirectory(source)) {
            throw new AssertionError("no chunks_head in " + directory);
        }
        Path copy = temporary.resolve(directory.getFileName().toString()).resolve("copy");
        DirectoryCopy.copy(source, copy);
        JsonNode info =
                new ObjectMapper().readTree(directory.resolve("info.json").toFile());
        if (info.path("file").asText().startsWith("chunks_head/")) {
            checkDamaged(copy, info);
        } else {
            checkWhole(copy, Files.createDirectory(copy.resolveSibling("rewritten")));
        }
        golden.checked();
    }

    private void checkWhole(Path copy, Path rewritten) throws IOException {
        List<HeadChunkRecord> records = new ArrayList<>();
        try (HeadChunkReader reader = HeadChunkReader.open(FileStorage.instance(), copy)) {
            reader.scan(HeadChunkRecord.addTo(records));
            decode(reader, records);
            if (records.stream().anyMatch(record -> ChunkEncoding.ofId(record.encodingId()) == null)) {
                golden.skipped("rewriting encodings 5 and 6");
                return;
            }
            rewrite(reader, records, rewritten);
        }
        for (String file : FileStorage.instance().list(copy)) {
            byte[] expected = withoutZerosAtTheEnd(Files.readAllBytes(copy.resolve(file)));
            Path ours = rewritten.resolve(file);
            if (expected.length <= HeadChunkFile.HEADER_BYTES) {
                // Prometheus begins a file before it has a chunk for it, we do not.
                assertTrue(Files.notExists(ours));
            } else {
                assertArrayEquals(expected, withoutZerosAtTheEnd(Files.readAllBytes(ours)), copy + " " + file);
            }
        }
    }

    private void decode(HeadChunkReader reader, List<HeadChunkRecord> records) throws IOException {
        ChunkCursors cursors = new ChunkCursors();
        EncodedChunk chunk = new EncodedChunk();
        for (HeadChunkRecord record : records) {
            if (ChunkEncoding.ofId(record.encodingId()) == null) {
                assertEquals(-1, record.sampleCount());
                assertThrows(UnsupportedChunkException.class, () -> reader.read(record.reference(), chunk));
                golden.skipped("chunk of encoding " + record.encodingId());
                continue;
            }
            reader.read(record.reference(), chunk);
            assertEquals(record.encodingId(), chunk.encoding().id());
            assertEquals(record.sampleCount(), chunk.sampleCount());
            assertEquals(record.minTimestampMillis(), chunk.minTimestampMillis());
            assertEquals(record.maxTimestampMillis(), chunk.maxTimestampMillis());
            cursors.verify(chunk);
        }
    }

    private static void rewrite(HeadChunkReader reader, List<HeadChunkRecord> records, Path target) throws IOException {
        EncodedChunk chunk = new EncodedChunk();
        try (HeadChunkWriter writer = HeadChunkWriter.open(FileStorage.instance(), target, HeadFileList.empty())) {
            for (HeadChunkRecord record : records) {
                if (HeadChunkFile.fileNumber(record.reference()) != writer.lastFileNumber()) {
                    writer.cut();
                }
                reader.read(record.reference(), chunk);
                assertEquals(record.reference(), record.write(writer, chunk));
            }
        }
    }

    private static byte[] withoutZerosAtTheEnd(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return Arrays.copyOf(bytes, end);
    }

    private static void checkDamaged(Path copy, JsonNode info) throws IOException {
        Path file = copy.resolveSibling(
                copy.getFileName() + "/" + Path.of(info.get("file").asText()).getFileName());
        boolean refused = info.path("open_error").isTextual()
                || info.at("/after_open/open_error").isTextual();
        List<HeadChunkRecord> good = new ArrayList<>();
        try (HeadChunkReader reader = HeadChunkReader.open(FileStorage.instance(), copy)) {
            TsdbException e =
                    assertThrows(TsdbException.class, () -> reader.scan(HeadChunkRecord.addTo(good)), "damage");
            assertTrue(e.getMessage().contains(file.getFileName().toString()), e.getMessage());
            assertEquals(refused, e instanceof FormatVersionException, e.getMessage());
            if (e instanceof CorruptionException damage) {
                assertTrue(damage.offset() <= Files.size(file), e.getMessage());
                assertTrue(good.stream().allMatch(r -> HeadChunkFile.offset(r.reference()) < damage.offset()));
                EncodedChunk chunk = new EncodedChunk();
                for (HeadChunkRecord record : good) {
                    reader.read(record.reference(), chunk);
                }
            }
            reader.setDamagedAside();
        }
        if (refused) {
            assertTrue(Files.exists(file), "a file of another version is left alone");
            return;
        }
        List<HeadChunkRecord> again = new ArrayList<>();
        try (HeadChunkReader reader = HeadChunkReader.open(FileStorage.instance(), copy)) {
            reader.scan(HeadChunkRecord.addTo(again));
        }
        assertEquals(good, again);
    }
}
