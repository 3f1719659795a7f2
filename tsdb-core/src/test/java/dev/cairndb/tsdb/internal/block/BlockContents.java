package dev.cairndb.tsdb.internal.block;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.index.ChunkMetas;
import dev.cairndb.index.IndexReader;
import dev.cairndb.index.Labels;
import dev.cairndb.index.PostingCursor;
import dev.cairndb.index.SeriesEntry;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/** What is in a block, series by series, for comparison: the model of the tests. Values are IEEE bits. */
public final class BlockContents {
    private static final int SAMPLES_PER_CHUNK = 120;

    public final TreeMap<Labels, TreeMap<Long, Long>> series = new TreeMap<>();
    /** Everything in a block of floats that tombstones do not cover. */
    public static BlockContents of(Block block) throws IOException {
        BlockContents contents = new BlockContents();
        SeriesEntry entry = new SeriesEntry();
        PostingCursor all = block.index().all().cursor();
        while (all.next()) {
            block.index().series(all.id(), entry);
            contents.addSeries(block, entry, block.tombstones().of(Integer.toUnsignedLong(all.id())));
        }
        return contents;
    }

    private void addSeries(Block block, SeriesEntry entry, Intervals deleted) throws IOException {
        TreeMap<Long, Long> samples = new TreeMap<>();
        EncodedChunk chunk = new EncodedChunk();
        ChunkCursors cursors = new ChunkCursors();
        ChunkMetas metas = entry.chunks();
        for (int i = 0; i < metas.count(); i++) {
            block.chunks().read(metas.ref(i), metas.minTimestampMillis(i), metas.maxTimestampMillis(i), chunk);
            cursors.verify(chunk);
            SampleCursor cursor = cursors.open(chunk);
            while (cursor.next()) {
                if (!deleted.contains(cursor.timestampMillis())) {
                    samples.put(cursor.timestampMillis(), cursor.valueBits());
                }
            }
        }
        if (!samples.isEmpty()) {
            series.put(entry.toLabels(), samples);
        }
    }

    /** Contents made up from a seed. */
    public static BlockContents random(long seed, int seriesCount, int samplesMax, long minMillis, long maxMillis) {
        Random random = new Random(seed);
        BlockContents contents = new BlockContents();
        for (int i = 0; i < seriesCount; i++) {
            TreeMap<Long, Long> samples = new TreeMap<>();
            int count = 1 + random.nextInt(samplesMax);
            for (int j = 0; j < count; j++) {
                long value =
                        random.nextInt(4) == 0 ? random.nextLong() : Double.doubleToRawLongBits(random.nextInt(50));
                samples.put(minMillis + (long) (random.nextDouble() * (maxMillis - minMillis)), value);
            }
            contents.series.put(
                    Labels.of("__name__", "m" + random.nextInt(5), "i", "" + i, "seed", "" + seed), samples);
        }
        return contents;
    }

    public long sampleCount() {
        return series.values().stream().mapToLong(Map::size).sum();
    }

    /** Writes all of it as a block; null if it is empty. */
    public BlockMeta write(
            Storage storage, Path dataDirectory, Ulid ulid, long min, long max, BlockMeta.Compaction compaction)
            throws IOException {
        try (BlockWriter writer = BlockWriter.create(storage, dataDirectory, ulid)) {
            writeSymbols(writer);
            EncodedChunk chunk = new EncodedChunk();
            for (Map.Entry<Labels, TreeMap<Long, Long>> entry : series.entrySet()) {
                List<Map.Entry<Long, Long>> samples =
                        List.copyOf(entry.getValue().entrySet());
                for (int from = 0; from < samples.size(); from += SAMPLES_PER_CHUNK) {
                    encode(samples.subList(from, Math.min(samples.size(), from + SAMPLES_PER_CHUNK)), chunk);
                    writer.addChunk(chunk);
                }
                byte[] packed = entry.getKey().packed();
                writer.endSeries(packed, 0, packed.length);
            }
            return writer.finish(min, max, compaction, Tombstones.NONE);
        }
    }

    public BlockMeta write(Storage storage, Path dataDirectory, Ulid ulid, long min, long max) throws IOException {
        return write(storage, dataDirectory, ulid, min, max, BlockMeta.Compaction.firstLevel(ulid));
    }

    private void writeSymbols(BlockWriter writer) throws IOException {
        TreeSet<byte[]> symbols = new TreeSet<>(Arrays::compareUnsigned);
        for (Labels labels : series.keySet()) {
            labels.forEach((name, value) -> {
                symbols.add(name.getBytes(StandardCharsets.UTF_8));
                symbols.add(value.getBytes(StandardCharsets.UTF_8));
            });
        }
        for (byte[] symbol : symbols) {
            writer.addSymbol(symbol, 0, symbol.length);
        }
    }

    private static void encode(List<Map.Entry<Long, Long>> samples, EncodedChunk chunk) {
        byte[] buffer = new byte[XorAppender.MAX_BYTES_PER_SAMPLE * (samples.size() + 1)];
        XorAppender appender = new XorAppender();
        appender.start(buffer, 0);
        samples.forEach(sample -> appender.append(sample.getKey(), sample.getValue()));
        chunk.wrap(
                ChunkEncoding.XOR,
                samples.get(0).getKey(),
                samples.get(samples.size() - 1).getKey(),
                buffer,
                0,
                appender.byteLength());
    }

    /** Writes a block again from what its readers give: symbols, series and chunks as they are. */
    static BlockMeta copy(Block block, Storage storage, Path dataDirectory, long segmentSizeBytesMax)
            throws IOException {
        try (BlockWriter writer = BlockWriter.create(storage, dataDirectory, block.ulid(), segmentSizeBytesMax)) {
            IndexReader.SymbolCursor symbols = block.index().symbols();
            while (symbols.next()) {
                writer.addSymbol(symbols.array(), symbols.offset(), symbols.length());
            }
            SeriesEntry entry = new SeriesEntry();
            EncodedChunk chunk = new EncodedChunk();
            PostingCursor all = block.index().all().cursor();
            while (all.next()) {
                block.index().series(all.id(), entry);
                ChunkMetas metas = entry.chunks();
                for (int i = 0; i < metas.count(); i++) {
                    block.chunks().read(metas.ref(i), metas.minTimestampMillis(i), metas.maxTimestampMillis(i), chunk);
                    writer.addChunk(chunk);
                }
                writer.endSeries(entry.labels(), 0, entry.labelsLength());
            }
            BlockMeta meta = block.meta();
            return writer.finish(
                    meta.minTimestampMillis(), meta.maxTimestampMillis(), meta.compaction(), block.tombstones());
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BlockContents contents && series.equals(contents.series);
    }

    @Override
    public int hashCode() {
        return series.hashCode();
    }

    @Override
    public String toString() {
        return series.size() + " series, " + sampleCount() + " samples";
    }
}
