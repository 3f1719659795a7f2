package dev.cairndb.tsdb.internal.block;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.CrashingStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A small block with every file cut at every length and with every bit flipped: a clear error or the right samples. */
class BlockDamageTest {
    private static final Path DATA = Path.of("/data");
    private static final Ulid ULID = Ulid.parse("01M7YJ239A9EHZ0KFCPY25M72D");
    private static final List<String> FILES = List.of("chunks/000001", "index", "tombstones");

    private final CrashingStorage storage = new CrashingStorage(1);
    private final Path directory = DATA.resolve(ULID.toString());
    private BlockContents contents = new BlockContents();
    private List<String> lists = List.of();

    @BeforeEach
    void writeBlock() throws IOException {
        storage.createDurableDirectories(DATA);
        contents = BlockContents.random(5, 3, 20, 0, 1_000);
        contents.write(storage, DATA, ULID, 0, 1_000);
        Block block = Block.open(storage, directory);
        lists = postingLists(block);
        assertTrue(lists.size() > 5);
        block.release();
    }

    private static List<String> postingLists(Block block) throws IOException {
        List<String> lists = new ArrayList<>();
        List<byte[]> names = new ArrayList<>();
        block.index()
                .forEachName((bytes, offset, length) -> names.add(Arrays.copyOfRange(bytes, offset, offset + length)));
        for (byte[] name : names) {
            block.index().forEachValue(name, (bytes, offset, length, postings) -> {
                String value = new String(bytes, offset, length, UTF_8);
                return lists.add(new String(name, UTF_8) + "=" + value
                        + Arrays.toString(postings.load().toArray()));
            });
        }
        return lists;
    }

    @Test
    void everyTruncationIsFound() throws Exception {
        for (String name : FILES) {
            int size = (int) storage.size(directory.resolve(name));
            int refused = damage(name, size, length -> whole -> Arrays.copyOf(whole, length));
            assertEquals(size, refused, name);
        }
    }

    @Test
    void everyFlippedBitIsFoundOrHarmless() throws Exception {
        for (String name : FILES) {
            int bits = 8 * (int) storage.size(directory.resolve(name));
            int refused = damage(name, bits, bit -> whole -> {
                whole[bit / 8] ^= (byte) (1 << bit % 8);
                return whole;
            });
            // Not covered by any checksum: padding in the header of chunks, and between parts of the index.
            assertTrue(refused >= bits * 9L / 10, name + ": " + refused + " of " + bits);
        }
    }

    private interface Damage {
        byte[] done(byte[] whole);
    }

    /** How many of the damages are reported; the others must not show. */
    private int damage(String name, int count, IntFunction<Damage> damages) throws IOException {
        Path file = directory.resolve(name);
        byte[] whole = storage.readAll(file);
        int refused = 0;
        for (int i = 0; i < count; i++) {
            replace(file, damages.apply(i).done(whole.clone()));
            try {
                Block block = Block.open(storage, directory);
                try {
                    BlockContents found = BlockContents.of(block);
                    List<String> foundLists = postingLists(block);
                    assertEquals(contents, found, name + ", damage " + i);
                    assertEquals(lists, foundLists, name + ", damage " + i);
                } finally {
                    block.release();
                }
            } catch (CorruptionException | FormatVersionException e) {
                refused++;
            }
            assertEquals(List.of(), storage.openFiles(), name);
        }
        replace(file, whole);
        return refused;
    }

    private void replace(Path file, byte[] bytes) throws IOException {
        storage.delete(file);
        try (AppendFile out = storage.create(file)) {
            out.write(bytes, 0, bytes.length);
        }
    }
}
