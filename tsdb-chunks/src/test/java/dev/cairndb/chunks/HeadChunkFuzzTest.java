package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bytes as a file of chunks_head: damage is reported and can be dropped, what is read before it can be read again. */
public class HeadChunkFuzzTest {
    private static final Path DIRECTORY = Path.of("/chunks_head");
    private static final int HEADER_BYTES = 8;

    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(HeadChunkFuzzTest.class, HeadChunkFuzzTest::fuzzerTestOneInput);
    }

    /** The first byte says whether the first record gets a checksum that is right. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        byte[] file = new byte[input.length - 1];
        System.arraycopy(input, 1, file, 0, file.length);
        if ((input[0] & 1) != 0 && file.length > HEADER_BYTES + Integer.BYTES) {
            int end = file.length - Integer.BYTES;
            BigEndian.putInt(file, end, Crc32c.of(file, HEADER_BYTES, end - HEADER_BYTES));
        }
        CrashingStorage storage = new CrashingStorage(1);
        storage.createDurableDirectories(DIRECTORY);
        try (AppendFile target = storage.create(DIRECTORY.resolve("000001"))) {
            target.write(file, 0, file.length);
        }
        List<String> found = new ArrayList<>();
        try (HeadChunkReader reader = HeadChunkReader.open(storage, DIRECTORY)) {
            try {
                scan(reader, found);
            } catch (CorruptionException e) {
                reader.setDamagedAside();
            }
        } catch (CorruptionException | FormatVersionException e) {
            return;
        }
        List<String> again = new ArrayList<>();
        try (HeadChunkReader reader = HeadChunkReader.open(storage, DIRECTORY)) {
            scan(reader, again);
        }
        assertEquals(found, again);
    }

    private static void scan(HeadChunkReader reader, List<String> found) throws IOException {
        EncodedChunk chunk = new EncodedChunk();
        List<Long> references = new ArrayList<>();
        reader.scan((series, reference, min, max, encoding, samples, late) -> {
            found.add(series + " " + reference + " " + min + " " + max + " " + encoding + " " + samples + " " + late);
            if (ChunkEncoding.ofId(encoding) != null) {
                references.add(reference);
            }
        });
        for (long reference : references) {
            reader.read(reference, chunk);
            try {
                new ChunkCursors().verify(chunk);
            } catch (CorruptionException e) {
                // The checksum says nothing about sense.
            }
        }
    }
}
