package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.tsdb.internal.block.SampleText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Remembers everything a log says, in order and by series. */
final class RecordedLog implements RecordHandler, WalRecovery.RecoveryListener {
    final List<String> entries = new ArrayList<>();
    final Map<Long, String> labelsByRef = new HashMap<>();
    final Map<String, List<String>> samplesByLabels = new HashMap<>();
    final Set<String> exemplars = new TreeSet<>();
    final Map<Long, String> metadataByRef = new TreeMap<>();
    final List<CorruptionException> damages = new ArrayList<>();
    long cutBytes;

    @Override
    public void series(long seriesRef, byte[] labels, int offset, int length) {
        String text = labelsOf(labels, offset, length);
        labelsByRef.put(seriesRef, text);
        entries.add("series " + seriesRef + " " + text);
    }

    @Override
    public void samples(
            long[] seriesRefs, long[] timestampsMillis, long[] startTimestampsMillis, long[] valueBits, int count) {
        for (int i = 0; i < count; i++) {
            String sample = sample(timestampsMillis[i], valueBits[i]) + start(startTimestampsMillis[i]);
            entries.add("sample " + seriesRefs[i] + " " + sample);
            addSample(seriesRefs[i], sample);
        }
    }

    @Override
    public void histogram(long seriesRef, long timestampMillis, long startTimestampMillis, HistogramSample histogram) {
        entries.add("histogram " + seriesRef + " " + timestampMillis + ":" + SampleText.of(histogram)
                + start(startTimestampMillis));
        addSample(
                seriesRef, timestampMillis + ":" + HistogramTexts.comparable(histogram) + start(startTimestampMillis));
    }

    private void addSample(long seriesRef, String sample) {
        String labels = labelsByRef.get(seriesRef);
        if (labels != null) {
            samplesByLabels.computeIfAbsent(labels, l -> new ArrayList<>()).add(sample);
        }
    }

    @Override
    public void exemplar(long seriesRef, long timestampMillis, long valueBits, byte[] labels, int offset, int length) {
        String exemplar = sample(timestampMillis, valueBits) + " " + labelsOf(labels, offset, length);
        entries.add("exemplar " + seriesRef + " " + exemplar);
        exemplars.add(labelsByRef.get(seriesRef) + " " + exemplar);
    }

    @Override
    public void metadata(
            long seriesRef, int type, byte[] bytes, int unitOffset, int unitLength, int helpOffset, int helpLength) {
        String metadata = type
                + " " + quote(Arrays.copyOfRange(bytes, unitOffset, unitOffset + unitLength))
                + " " + quote(Arrays.copyOfRange(bytes, helpOffset, helpOffset + helpLength));
        entries.add("metadata " + seriesRef + " " + metadata);
        metadataByRef.put(seriesRef, metadata);
    }

    @Override
    public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        entries.add("tombstone " + seriesRef + " " + minTimestampMillis + " " + maxTimestampMillis);
    }

    @Override
    public void mmapMarker(long seriesRef, long headChunkReference) {
        entries.add("marker " + seriesRef + " " + headChunkReference);
    }

    @Override
    public void logDamaged(CorruptionException damage) {
        damages.add(damage);
    }

    @Override
    public void logTailCut(Path segment, long sizeBytes, long bytes) {
        cutBytes += bytes;
    }

    /** Packs label names and values, given in turn. */
    static byte[] labels(String... namesAndValues) {
        ByteWriter packed = new ByteWriter(64);
        for (String text : namesAndValues) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            packed.putUvarint(bytes.length);
            packed.putBytes(bytes, 0, bytes.length);
        }
        return packed.toByteArray();
    }

    static void addSeries(LogBatch batch, long seriesRef, String... namesAndValues) {
        byte[] labels = labels(namesAndValues);
        batch.addSeries(seriesRef, labels, 0, labels.length);
    }

    static String start(long startTimestampMillis) {
        return startTimestampMillis == 0 ? "" : "@" + startTimestampMillis;
    }

    static String sample(long timestampMillis, long valueBits) {
        return timestampMillis + ":" + HexFormat.of().toHexDigits(valueBits);
    }

    static String labelsOf(byte[] labels, int offset, int length) {
        try {
            var in = new dev.cairndb.io.ByteReader("labels").reset(labels, offset, length, 0);
            StringBuilder text = new StringBuilder();
            while (in.remaining() > 0) {
                int size = in.readUvarintInt(in.remaining());
                int at = in.skip(size);
                text.append(quote(Arrays.copyOfRange(labels, at, at + size)));
            }
            return text.toString();
        } catch (IOException e) {
            throw new AssertionError("labels that are not well-formed were given", e);
        }
    }

    static String quote(byte[] text) {
        return "'" + new String(text, StandardCharsets.ISO_8859_1).replace("'", "''") + "'";
    }
}
