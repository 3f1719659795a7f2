package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.io.AppendFile;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is read ahead is what is found without, whatever the executor makes of it. */
final class RecordsAheadTest {
    private static final Path SEGMENT = Path.of("/segment");

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final Map<String, Executor> executors = Map.of(
            "threads", threads, "the taker's thread", Runnable::run, "none to spare", task -> {}, "closed", task -> {
                throw new RejectedExecutionException();
            });

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void findsWhatTheScannerFinds() throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            byte[] segment = segment(random);
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                segment[random.nextInt(segment.length)] ^= (byte) (1 << random.nextInt(8));
            }
            CrashingStorage storage = storageWith(segment);
            List<String> expected = scanned(storage);
            for (Map.Entry<String, Executor> executor : executors.entrySet()) {
                assertEquals(expected, ahead(storage, executor.getValue()), "seed " + seed + ", " + executor.getKey());
            }
        }
    }

    @Test
    void whatCannotBeReadFailsWhereItIsNeeded() throws IOException {
        for (Executor executor : executors.values()) {
            CrashingStorage storage = storageWith(segment(new Random(1)));
            List<String> expected = scanned(storage);
            storage.faults().failFrom(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.READ), SEGMENT::equals, 2);
            List<String> found = new ArrayList<>();
            assertThrows(IOException.class, () -> readAhead(storage, executor, found));
            assertFalse(found.isEmpty());
            assertEquals(expected.subList(0, found.size()), found);
        }
    }

    @Test
    void mayBeClosedBeforeItsEnd() throws IOException {
        CrashingStorage storage = storageWith(segment(new Random(2)));
        for (int i = 0; i < 100; i++) {
            try (RecordsAhead records = new RecordsAhead(storage, SEGMENT, 0, threads)) {
                assertEquals(SegmentScanner.Event.RECORD, records.next());
            }
        }
    }

    @Test
    void aTaskThatIsQueuedStillKeepsNothingThatWasRead() throws Exception {
        CrashingStorage storage = storageWith(segment(new Random(3)));
        List<Runnable> queued = new ArrayList<>();
        WeakReference<RecordsAhead> closed = takeOne(storage, queued::add);
        assertEquals(1, queued.size());
        for (int i = 0; i < 100 && closed.get() != null; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertNull(closed.get());
        queued.get(0).run();
    }

    private static WeakReference<RecordsAhead> takeOne(CrashingStorage storage, Executor executor) throws IOException {
        try (RecordsAhead records = new RecordsAhead(storage, SEGMENT, 0, executor)) {
            assertEquals(SegmentScanner.Event.RECORD, records.next());
            return new WeakReference<>(records);
        }
    }

    /** Of two megabytes, in records of up to 100 KB, many of them small. */
    private static byte[] segment(Random random) {
        RecordFramer framer = new RecordFramer(0);
        framer.reset(0);
        while (framer.size() < 2 << 20) {
            byte[] record = new byte[random.nextInt(50) == 0 ? random.nextInt(100_000) : random.nextInt(100)];
            random.nextBytes(record);
            framer.add(record, 0, record.length, 0);
        }
        return Arrays.copyOf(framer.array(), framer.size());
    }

    private static CrashingStorage storageWith(byte[] segment) throws IOException {
        CrashingStorage storage = new CrashingStorage(1);
        try (AppendFile file = storage.create(SEGMENT)) {
            file.write(segment, 0, segment.length);
        }
        return storage;
    }

    private static List<String> scanned(CrashingStorage storage) throws IOException {
        List<String> found = new ArrayList<>();
        try (SegmentScanner scanner = new SegmentScanner(storage, SEGMENT)) {
            for (var event = scanner.next(); event != SegmentScanner.Event.END; event = scanner.next()) {
                found.add(
                        event == SegmentScanner.Event.DAMAGE
                                ? scanner.damage().getMessage()
                                : text(
                                        scanner.recordOffset(),
                                        scanner.position(),
                                        scanner.bytes(),
                                        scanner.offset(),
                                        scanner.length()));
            }
        }
        return found;
    }

    private static List<String> ahead(CrashingStorage storage, Executor executor) throws IOException {
        List<String> found = new ArrayList<>();
        readAhead(storage, executor, found);
        return found;
    }

    private static void readAhead(CrashingStorage storage, Executor executor, List<String> found) throws IOException {
        try (RecordsAhead records = new RecordsAhead(storage, SEGMENT, 0, executor)) {
            for (var event = records.next(); event != SegmentScanner.Event.END; event = records.next()) {
                found.add(
                        event == SegmentScanner.Event.DAMAGE
                                ? records.damage().getMessage()
                                : text(
                                        records.recordOffset(),
                                        records.position(),
                                        records.bytes(),
                                        records.offset(),
                                        records.length()));
            }
        }
    }

    private static String text(long recordOffset, long position, byte[] bytes, int offset, int length) {
        return recordOffset + " to " + position + ": " + length + " bytes, hash "
                + Arrays.hashCode(Arrays.copyOfRange(bytes, offset, offset + length));
    }
}
