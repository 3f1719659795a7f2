package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.index.Labels;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.ReadFile;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.tsdb.FloatEncoding;
import dev.cairndb.tsdb.TsdbOptions;
import dev.cairndb.tsdb.internal.wal.SnapshotEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Heads without a store, written as images and read from them. */
final class HeadImages {
    private static final long RANGE = 7_200_000;
    private static final long START = 1_699_999_200_000L;
    private static final Path CHUNKS_HEAD = Path.of("/data/chunks_head");
    private static final Path FILE = Path.of("/data", HeadImage.FILE);

    private HeadImages() {}

    /** A head that is being filled. */
    static final class Filled implements AutoCloseable {
        private final CrashingStorage storage = new CrashingStorage(1);
        private final HeadChunkReader reader;
        final HeadState state;
        final HeadReplay replay;

        Filled() throws IOException {
            storage.createDurableDirectories(CHUNKS_HEAD);
            reader = HeadChunkReader.open(storage, CHUNKS_HEAD);
            HeadSettings settings = new HeadSettings(
                    RANGE, RANGE, 12 * RANGE, TsdbOptions.defaults().limits(), FloatEncoding.XOR, 100, 10_000);
            state = new HeadState(settings, new Epochs(), reader, new CacheBudget(0), damage -> {});
            replay = new HeadReplay(state, Long.MIN_VALUE, Runnable::run);
        }

        /** @throws dev.cairndb.io.CorruptionException if the bytes are not those of an image */
        Filled read(byte[] image) throws IOException {
            SnapshotReplay snapshot = new SnapshotReplay(state, replay, storage, Runnable::run);
            new HeadImageReplay(state, replay, snapshot, FILE.toString(), new Bytes(image)).read(Runnable::run);
            return this;
        }

        /** Removes series without samples, too. */
        void finish() {
            replay.finish(0);
            for (int step = 0; step < 2; step++) {
                boolean unused = state.epochs.disposeRetired();
            }
        }

        byte[] image(ByteWriter records) throws IOException {
            try (AppendFile file = storage.create(FILE)) {
                boolean unused = new HeadImageWriter(state, file).write(records);
            }
            byte[] bytes = storage.readAll(FILE);
            storage.delete(FILE);
            return bytes;
        }

        private void series(long ref, Labels labels) {
            replay.series(ref, labels.packed(), 0, labels.packed().length);
        }

        private void sample(long ref, int count) {
            for (int i = 0; i < count; i++) {
                replay.samples(
                        new long[] {ref},
                        new long[] {START + 15_000L * i},
                        new long[1],
                        new long[] {Double.doubleToRawLongBits(i * 0.5)},
                        1);
            }
        }

        private void histogram(long ref, boolean floats) {
            HistogramBuffer h = new HistogramBuffer();
            h.clear(floats);
            h.setSchema(2);
            h.addPositiveSpan(1, 1);
            h.addPositiveBucket(floats ? Double.doubleToRawLongBits(3) : 3);
            h.setCount(floats ? Double.doubleToRawLongBits(3) : 3);
            h.setSumBits(Double.doubleToRawLongBits(4.5));
            replay.histogram(ref, START, 0, h);
        }

        @Override
        public void close() throws IOException {
            state.discard();
            reader.close();
        }
    }

    private record Bytes(byte[] content) implements ReadFile {
        @Override
        public long size() {
            return content.length;
        }

        @Override
        public int read(long position, byte[] target, int offset, int length) {
            int count = (int) Math.max(0, Math.min(length, content.length - position));
            System.arraycopy(content, (int) Math.min(position, content.length), target, offset, count);
            return count;
        }

        @Override
        public void close() {}
    }

    /** Images as stores leave them, by what is in them. */
    static Map<String, byte[]> examples() throws IOException {
        Map<String, byte[]> images = new TreeMap<>();
        try (Filled head = new Filled()) {
            head.finish();
            images.put("empty", head.image(new ByteWriter(16)));
        }
        try (Filled head = new Filled()) {
            head.series(1, Labels.of("__name__", "up", "job", "a"));
            head.sample(1, 3);
            head.finish();
            images.put("one", head.image(new ByteWriter(16)));
        }
        try (Filled head = new Filled()) {
            for (int ref = 1; ref <= 4; ref++) {
                head.series(ref, Labels.of("__name__", "m" + ref % 2, "n", "" + ref));
            }
            head.sample(1, 1);
            head.sample(2, 20);
            head.histogram(3, false);
            head.histogram(4, true);
            head.finish();
            images.put("histograms", head.image(new ByteWriter(16)));
        }
        images.put("holes", manySeries(9));
        images.put("bitmaps", manySeries(290));
        return images;
    }

    /** Each third has no samples, and leaves a hole. */
    private static byte[] manySeries(int count) throws IOException {
        try (Filled head = new Filled()) {
            for (int ref = 1; ref <= count; ref++) {
                head.series(ref, Labels.of("__name__", "m", "half", "" + ref % 2, "n", "" + ref));
                if (ref % 3 != 0) {
                    head.sample(ref, 1);
                }
            }
            head.finish();
            return head.image(records());
        }
    }

    private static ByteWriter records() {
        ByteWriter stones = new ByteWriter(16);
        SnapshotEncoder.stone(stones, 1, START, START + 15_000);
        SnapshotEncoder.stone(stones, 2, START - RANGE, START);
        ByteWriter record = new ByteWriter(64);
        SnapshotEncoder.tombstones(record, stones);
        ByteWriter all = new ByteWriter(64);
        all.putUvarint(record.size());
        all.putBytes(record.array(), 0, record.size());
        record.clear();
        byte[] labels = Labels.of("trace_id", "x").packed();
        SnapshotEncoder.beginExemplars(record, 2, START);
        SnapshotEncoder.exemplar(record, 0, 0, Double.doubleToRawLongBits(0.5), labels, 0, labels.length);
        all.putUvarint(record.size());
        all.putBytes(record.array(), 0, record.size());
        return all;
    }

    /** Writes the examples into a folder: those of the corpus. */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        for (Map.Entry<String, byte[]> example : examples().entrySet()) {
            Files.write(folder.resolve(example.getKey()), example.getValue());
        }
    }
}
