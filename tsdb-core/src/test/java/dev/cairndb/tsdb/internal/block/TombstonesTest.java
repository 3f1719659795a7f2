package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.TsdbException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TombstonesTest {
    @TempDir
    Path directory;

    private static Tombstones some() {
        return new Tombstones.Builder()
                .add(300, 10, 20)
                .add(7, -5, 5)
                .add(7, 100, Long.MAX_VALUE)
                .add(0, Long.MIN_VALUE, Long.MIN_VALUE)
                .build();
    }

    @Test
    void anEmptyFileIsNineBytes() throws Exception {
        assertEquals("0130ba300100000000", HexFormat.of().formatHex(Tombstones.NONE.encode()));
        assertTrue(Tombstones.decode("t", Tombstones.NONE.encode()).isEmpty());
    }

    @Test
    void stonesComeBack() throws Exception {
        Tombstones stones = some();
        assertEquals(stones, Tombstones.decode("t", stones.encode()));
        assertEquals(4, stones.count());
        assertEquals(3, stones.seriesCount());
        assertTrue(stones.of(7).contains(5));
        assertFalse(stones.of(7).contains(6));
        assertTrue(stones.of(7).covers(200, Long.MAX_VALUE));
        assertSame(Intervals.NONE, stones.of(8));
    }

    @Test
    void aMissingFileMeansThatNothingIsDeleted() throws Exception {
        assertSame(Tombstones.NONE, Tombstones.read(FileStorage.instance(), directory));
        some().create(FileStorage.instance(), directory);
        assertEquals(some(), Tombstones.read(FileStorage.instance(), directory));
    }

    @Test
    void everyTruncationAndEveryFlippedBitIsFound() {
        byte[] bytes = some().encode();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThrows(CorruptionException.class, () -> Tombstones.decode("t", cut));
        }
        for (int i = 0; i < bytes.length * 8; i++) {
            byte[] flipped = bytes.clone();
            flipped[i / 8] ^= (byte) (1 << i % 8);
            TsdbException e = assertThrows(TsdbException.class, () -> Tombstones.decode("t", flipped));
            assertEquals(i / 8 == 4 ? FormatVersionException.class : CorruptionException.class, e.getClass());
        }
    }

    @Test
    void impossibleStonesUnderAValidChecksumAreRefused() {
        for (String stones : List.of("01", "0102", "010204" + "01", "010402", "ffffffffffffffffff010202", "80")) {
            ByteWriter file = new ByteWriter(32);
            byte[] head = HexFormat.of().parseHex("0130ba3001" + stones);
            file.putBytes(head, 0, head.length);
            file.putInt(Crc32c.of(head, 5, head.length - 5));
            assertThrows(CorruptionException.class, () -> Tombstones.decode("t", file.toByteArray()), stones);
        }
    }

    @Test
    void manyUnsortedStonesOfOneSeriesAreReadQuickly() throws Exception {
        int count = 300_000;
        ByteWriter file = new ByteWriter(1 << 20);
        file.putInt(Tombstones.MAGIC);
        file.putByte(1);
        for (int i = 0; i < count; i++) {
            file.putUvarint(1);
            file.putVarint(10L * (count - i));
            file.putVarint(10L * (count - i) + 5);
        }
        file.putInt(Crc32c.of(file.array(), 5, file.size() - 5));
        assertEquals(count, Tombstones.decode("t", file.toByteArray()).count());
        assertEquals(Tombstones.MAGIC, BigEndian.getInt(file.array(), 0));
    }

    @Property
    void intervalsAgreeWithASetOfTimes(
            @ForAll @Size(max = 12) List<@IntRange(max = 120) Integer> starts,
            @ForAll @IntRange(max = 9) int length,
            @ForAll @IntRange(max = 130) int min,
            @ForAll @IntRange(max = 30) int width) {
        BitSet model = new BitSet();
        Intervals.Builder builder = new Intervals.Builder();
        for (int i = 0; i < starts.size(); i++) {
            int start = starts.get(i);
            int end = start + (length * (i + 1)) % 10;
            model.set(start, end + 1);
            builder.add(start, end);
        }
        Intervals intervals = builder.build();
        for (int t = 0; t < 140; t++) {
            assertEquals(model.get(t), intervals.contains(t));
        }
        int set = model.get(min, min + width + 1).cardinality();
        assertEquals(set == width + 1, intervals.covers(min, min + width));
        assertEquals(set > 0, intervals.overlaps(min, min + width));
        for (int i = 1; i < intervals.count(); i++) {
            assertTrue(intervals.maxTimestampMillis(i - 1) + 1 < intervals.minTimestampMillis(i));
        }
    }
}
