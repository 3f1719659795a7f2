package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FormatPage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HeadFileListTest {
    private static final Path DATA = Path.of("/data");
    private static final Path DIRECTORY = DATA.resolve("chunks_head");
    private static final Path LIST = DATA.resolve(HeadFileList.FILE_NAME);
    private static final long START = 1_700_000_000_000L;
    private static final byte[] CHUNK = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

    private final CrashingStorage storage = new CrashingStorage(1);

    @BeforeEach
    void makeDirectory() throws IOException {
        storage.createDirectories(DIRECTORY);
        storage.syncDirectory(Path.of("/"));
        storage.syncDirectory(DATA);
    }

    /** Three files of four chunks, in the life of one writer. */
    private void writeThreeFiles() throws IOException {
        try (HeadChunkWriter writer = HeadChunkWriter.open(storage, DIRECTORY, HeadFileList.empty())) {
            writeFile(writer, 0);
            writeFile(writer, 1);
            writeFile(writer, 2);
        }
    }

    private static void writeFile(HeadChunkWriter writer, int file) throws IOException {
        for (int i = 0; i < 4; i++) {
            write(writer, i + 1, START + 100L * file, false);
        }
        writer.cut();
    }

    private static void write(HeadChunkWriter writer, long series, long minTimestampMillis, boolean late)
            throws IOException {
        long unused = writer.write(
                series, minTimestampMillis, minTimestampMillis + 50, ChunkEncoding.XOR, late, CHUNK, 0, CHUNK.length);
    }

    private List<HeadChunkRecord> scan(HeadChunkReader reader) throws IOException {
        List<HeadChunkRecord> records = new ArrayList<>();
        reader.scan(HeadChunkRecord.addTo(records));
        return records;
    }

    private HeadChunkReader open(long neededFromMillis) throws IOException {
        HeadChunkReader reader = HeadChunkReader.open(storage, DIRECTORY);
        reader.expect(HeadFileList.read(storage, DIRECTORY), neededFromMillis);
        return reader;
    }

    private void cut(int file, long size) throws IOException {
        try (AppendFile open = storage.append(NumberedFiles.path(DIRECTORY, file))) {
            open.truncate(size);
        }
    }

    @Test
    void theExampleIsWhatIsWritten() throws IOException {
        FormatPage page = FormatPage.read("cairn.chunks_head.md");
        HeadFileEntry.Tally both = new HeadFileEntry.Tally();
        both.add(7, START, START + 45_002, false);
        both.add(7, START, START + 45_002, true);
        HeadFileEntry.Tally late = new HeadFileEntry.Tally();
        late.add(7, START, START + 45_002, true);
        HeadFileList list = HeadFileList.empty();
        list.put(1, both.entry(124));
        list.put(2, late.entry(66));
        assertEquals(124, FormatPage.read("chunks_head.md").bytes("file").length);
        ByteWriter written = new ByteWriter(16);
        list.put(written);
        assertEquals(page.hex("list"), HexFormat.of().formatHex(written.toByteArray()));
        HeadFileList read = HeadFileList.parse("list", page.bytes("list"));
        assertEquals(list.get(1), read.get(1));
        assertEquals(list.get(2), read.get(2));
        assertTrue(page.contains(String.format("| `%08x` | %d |", HeadFileList.HEADER.magic(), HeadFileList.VERSION)));
    }

    @Test
    void anyCutAndAnyFlipIsRejected() {
        byte[] whole = FormatPage.read("cairn.chunks_head.md").bytes("list");
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(CorruptionException.class, () -> HeadFileList.parse("list", cut), "length " + length);
        }
        for (int i = 0; i < whole.length; i++) {
            byte[] flipped = whole.clone();
            flipped[i] ^= 0x10;
            Class<? extends IOException> expected = i == 4 ? FormatVersionException.class : CorruptionException.class;
            assertThrows(expected, () -> HeadFileList.parse("list", flipped), "byte " + i);
        }
    }

    @Test
    void aFileThatLostItsEndIsDamageAtWhateverChunkItEnds() throws IOException {
        writeThreeFiles();
        try (HeadChunkReader reader = open(START)) {
            assertEquals(12, scan(reader).size());
        }
        for (int file = 1; file <= 2; file++) {
            for (int chunks = 0; chunks < 4; chunks++) {
                CrashingStorage copy = storage.crashedCopy(1);
                long size = HeadChunkFile.HEADER_BYTES + (long) chunks * HeadChunkFile.recordBytes(CHUNK.length);
                try (AppendFile open = copy.append(NumberedFiles.path(DIRECTORY, file))) {
                    open.truncate(size);
                }
                List<HeadChunkRecord> good = new ArrayList<>();
                try (HeadChunkReader reader = HeadChunkReader.open(copy, DIRECTORY)) {
                    reader.expect(HeadFileList.read(copy, DIRECTORY), START);
                    CorruptionException damage =
                            assertThrows(CorruptionException.class, () -> reader.scan(HeadChunkRecord.addTo(good)));
                    assertEquals(size, damage.offset());
                    assertEquals(4 * (file - 1) + chunks, good.size());
                    reader.setDamagedAside();
                    assertEquals(good, scan(reader));
                }
                try (HeadChunkReader reader = HeadChunkReader.open(copy, DIRECTORY)) {
                    reader.expect(HeadFileList.read(copy, DIRECTORY), START);
                    assertEquals(good, scan(reader), "told once");
                }
            }
        }
    }

    @Test
    void whatTheNewestFileLostIsInTheLogAndNothingHidesIt() throws IOException {
        writeThreeFiles();
        cut(3, HeadChunkFile.HEADER_BYTES + HeadChunkFile.recordBytes(CHUNK.length));
        try (HeadChunkReader reader = open(START)) {
            assertEquals(9, scan(reader).size());
        }
    }

    @Test
    void aFileThatIsMissingIsDamageIfItIsNeeded() throws IOException {
        writeThreeFiles();
        storage.delete(NumberedFiles.path(DIRECTORY, 1));
        try (HeadChunkReader reader = open(START + 51)) {
            assertEquals(8, scan(reader).size(), "all of it is older");
        }
        try (HeadChunkReader reader = open(START + 50)) {
            assertThrows(CorruptionException.class, () -> scan(reader));
            reader.setDamagedAside();
            assertEquals(List.of(), scan(reader));
        }
        try (HeadChunkReader reader = open(START)) {
            assertEquals(List.of(), scan(reader), "told once");
        }
        assertTrue(storage.exists(DIRECTORY.resolve("000002.damaged-1")));
    }

    @Test
    void filesMissingAtTheEndAreDamageButTakeNothingAside() throws IOException {
        writeThreeFiles();
        storage.delete(NumberedFiles.path(DIRECTORY, 3));
        storage.delete(NumberedFiles.path(DIRECTORY, 2));
        try (HeadChunkReader reader = open(START)) {
            CorruptionException damage = assertThrows(CorruptionException.class, () -> scan(reader));
            assertEquals(NumberedFiles.path(DIRECTORY, 2).toString(), damage.file());
            reader.setDamagedAside();
            assertEquals(4, scan(reader).size());
        }
        assertEquals(List.of("000001"), storage.list(DIRECTORY));
    }

    @Test
    void anotherFileOfTheSameNumberIsNotMeant() throws IOException {
        writeThreeFiles();
        byte[] list = storage.readAll(LIST);
        storage.deleteRecursively(DIRECTORY);
        storage.createDirectories(DIRECTORY);
        try (HeadChunkWriter writer = HeadChunkWriter.open(storage, DIRECTORY, HeadFileList.empty())) {
            for (int file = 0; file < 2; file++) {
                write(writer, 9, START + 300, false);
                writer.cut();
            }
        }
        storage.delete(LIST);
        try (AppendFile out = storage.create(LIST)) {
            out.write(list, 0, list.length);
        }
        try (HeadChunkReader reader = open(START)) {
            assertEquals(2, scan(reader).size());
        }
    }

    @Test
    void whatIsDeletedIsNotMissed() throws IOException {
        writeThreeFiles();
        try (HeadChunkReader reader = open(Long.MIN_VALUE)) {
            assertEquals(12, scan(reader).size());
            try (HeadChunkWriter writer = HeadChunkWriter.open(storage, DIRECTORY, reader.scanned())) {
                writer.forgetBefore(3);
                reader.truncateBefore(3);
            }
        }
        try (HeadChunkReader reader = open(Long.MIN_VALUE)) {
            assertEquals(4, scan(reader).size());
        }
        HeadFileList list = HeadFileList.read(storage, DIRECTORY);
        assertEquals(null, list.get(2));
        assertFalse(list.isEmpty(), "the last one is known from the scan");
    }

    @Test
    void filesThatAWriterFindsAreListedBeforeItBeginsAnother() throws IOException {
        writeThreeFiles();
        storage.delete(LIST);
        try (HeadChunkReader reader = open(START)) {
            assertEquals(12, scan(reader).size());
            try (HeadChunkWriter writer = HeadChunkWriter.open(storage, DIRECTORY, reader.scanned())) {
                assertFalse(storage.exists(LIST), "not before");
                write(writer, 5, START + 300, false);
            }
        }
        assertTrue(storage.exists(LIST));
        cut(2, HeadChunkFile.HEADER_BYTES + HeadChunkFile.recordBytes(CHUNK.length));
        try (HeadChunkReader reader = open(START)) {
            assertThrows(CorruptionException.class, () -> scan(reader));
        }
    }

    @Test
    void aFileOfLateChunksMayBeMissing() throws IOException {
        try (HeadChunkWriter writer = HeadChunkWriter.open(storage, DIRECTORY, HeadFileList.empty())) {
            write(writer, 1, START, true);
            writer.cut();
            write(writer, 1, START + 100, false);
        }
        storage.delete(NumberedFiles.path(DIRECTORY, 1));
        try (HeadChunkReader reader = open(Long.MIN_VALUE)) {
            assertEquals(1, scan(reader).size());
        }
    }
}
