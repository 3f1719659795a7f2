package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.testkit.SeriesGenerator;
import java.io.IOException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What half a million series cost in symbols and postings; the figures are printed. */
class HeadPostingsMemoryTest {
    private static final int SERIES = 500_000;

    private final SeriesGenerator generator = new SeriesGenerator(1);
    private final ByteReader reader = new ByteReader("generated labels");
    private final byte[] packed = new byte[SeriesGenerator.PACKED_BYTES_MAX];
    private final int[] pairs = new int[2 * SeriesGenerator.LABELS_PER_SERIES];

    @Test
    void halfAMillionSeriesStayWellBelowAHundredMegabytes() throws Exception {
        long heapBefore = usedHeapBytes();
        SymbolTable symbols = new SymbolTable();
        HeadPostings postings = new HeadPostings(symbols);
        long packedBytes = 0;
        long internNanos = 0;
        long addNanos = 0;
        for (int slot = 0; slot < SERIES; slot++) {
            int length = generator.write(slot, packed, 0);
            packedBytes += length;
            long start = System.nanoTime();
            internLabels(symbols, length);
            long interned = System.nanoTime();
            postings.add(slot, pairs, SeriesGenerator.LABELS_PER_SERIES);
            addNanos += System.nanoTime() - interned;
            internNanos += interned - start;
        }
        long heap = usedHeapBytes() - heapBefore;
        long counted = symbols.sizeBytes() + postings.sizeBytes();
        System.out.printf(
                "HeadPostingsMemoryTest: %d series x %d labels, %d symbols, %d packed bytes: %d bytes a series on the heap,"
                        + " %d counted (symbols %d, postings %d); %d ns to intern, %d ns to add%n",
                SERIES,
                SeriesGenerator.LABELS_PER_SERIES,
                symbols.size(),
                packedBytes,
                heap / SERIES,
                counted / SERIES,
                symbols.sizeBytes() / SERIES,
                postings.sizeBytes() / SERIES,
                internNanos / SERIES,
                addNanos / SERIES);
        assertTrue(heap < 80_000_000, () -> heap + " bytes");
        assertTrue(Math.abs(heap - counted) < heap / 5, () -> heap + " bytes on the heap, counted " + counted);
        assertEquals(SERIES, postings.all().cardinality());
    }

    @Test
    void anIndexFilledWithListsTakesTheHeapItCounts() throws Exception {
        SymbolTable symbols = new SymbolTable();
        HeadPostings built = new HeadPostings(symbols);
        for (int slot = 0; slot < SERIES; slot++) {
            internLabels(symbols, generator.write(slot, packed, 0));
            built.add(slot, pairs, SeriesGenerator.LABELS_PER_SERIES);
        }
        long writeStart = System.nanoTime();
        ByteWriter image = ListsImage.of(built);
        long writeNanos = System.nanoTime() - writeStart;
        long heapBefore = usedHeapBytes();
        long readStart = System.nanoTime();
        HeadPostings restored = ListsImage.restored(image, symbols);
        long readNanos = System.nanoTime() - readStart;
        long heap = usedHeapBytes() - heapBefore;
        long counted = restored.sizeBytes();
        System.out.printf(
                "HeadPostingsMemoryTest: lists of %d series in %d bytes; %d bytes a series on the heap, %d counted, %d of"
                        + " the index they are of; %d ms to write, %d ms to read%n",
                SERIES,
                image.size(),
                heap / SERIES,
                counted / SERIES,
                built.sizeBytes() / SERIES,
                writeNanos / 1_000_000,
                readNanos / 1_000_000);
        assertTrue(counted <= built.sizeBytes(), () -> counted + " bytes");
        assertTrue(Math.abs(heap - counted) < heap / 5, () -> heap + " bytes on the heap, counted " + counted);
        assertEquals(SERIES, restored.all().cardinality());
    }

    private void internLabels(SymbolTable symbols, int length) throws IOException {
        reader.reset(packed, 0, length, 0);
        for (int i = 0; reader.remaining() > 0; i++) {
            int textLength = reader.readUvarintInt(length);
            pairs[i] = symbols.intern(packed, reader.skip(textLength), textLength);
        }
    }

    @Test
    void seriesThatComeAndGoLeaveNothingBehind() throws Exception {
        SymbolTable symbols = new SymbolTable();
        HeadPostings postings = new HeadPostings(symbols);
        int slots = 100_000;
        int[][] symbolsOfSlot = new int[slots][];
        int number = 0;
        for (; number < slots; number++) {
            symbolsOfSlot[number] = add(symbols, postings, number, number);
        }
        long first = symbols.sizeBytes() + postings.sizeBytes();
        int steps = 0;
        long purgeNanos = 0;
        for (int generation = 0; generation < 8; generation++) {
            int[] dead = everySecond(slots, generation);
            postings.hide(PostingList.ofSorted(dead));
            boolean done = false;
            while (!done) {
                long start = System.nanoTime();
                done = postings.purge(1000);
                steps++;
                purgeNanos += System.nanoTime() - start;
            }
            for (int slot : dead) {
                for (int symbol : symbolsOfSlot[slot]) {
                    symbols.release(symbol);
                }
            }
            symbols.reclaim(symbols.takeReleased());
            while (symbols.compactStep()) {}
            for (int slot : dead) {
                symbolsOfSlot[slot] = add(symbols, postings, slot, number++);
            }
            long now = symbols.sizeBytes() + postings.sizeBytes();
            assertTrue(now < first * 1.3, () -> now + " bytes, at first " + first);
        }
        assertEquals(slots, postings.all().cardinality());
        System.out.printf(
                "HeadPostingsMemoryTest: %d bytes a series at first, %d after half of them was replaced 8 times;"
                        + " purging %d took %d ms in %d steps%n",
                first / slots,
                (symbols.sizeBytes() + postings.sizeBytes()) / slots,
                slots / 2,
                purgeNanos / 8_000_000,
                steps / 8);
    }

    private int[] add(SymbolTable symbols, HeadPostings postings, int slot, int number) throws IOException {
        internLabels(symbols, generator.write(number, packed, 0));
        postings.add(slot, pairs, SeriesGenerator.LABELS_PER_SERIES);
        return pairs.clone();
    }

    /** Another half each time: now every other slot, now pairs, then fours. */
    private static int[] everySecond(int slots, int generation) {
        return IntStream.range(0, slots)
                .filter(slot -> (slot >> generation % 4 & 1) == 0)
                .toArray();
    }

    @Test
    void anEmptyIndexIsSmall() {
        SymbolTable symbols = new SymbolTable();
        HeadPostings postings = new HeadPostings(symbols);
        assertTrue(postings.sizeBytes() + symbols.sizeBytes() < 4096);
    }

    private static long usedHeapBytes() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            Thread.sleep(50);
            least = Math.min(
                    least,
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }
}
