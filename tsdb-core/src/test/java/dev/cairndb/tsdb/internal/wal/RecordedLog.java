package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Remembers everything a log says, in order and by series. */
final class RecordedLog implements RecordHandler, WalRecovery.RecoveryListener {
    final List<String> entries = new ArrayList<>();
    final Map<Long, String> labelsByRef = new HashMap<>();
    final Map<String, List<String>> samplesByLabels = new HashMap<>();
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
            String sample = sample(timestampsMillis[i], valueBits[i]);
            entries.add("sample " + seriesRefs[i] + " " + sample);
            String labels = labelsByRef.get(seriesRefs[i]);
            if (labels != null) {
                samplesByLabels.computeIfAbsent(labels, l -> new ArrayList<>()).add(sample);
            }
        }
    }

    @Override
    public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        entries.add("tombstone " + seriesRef + " " + minTimestampMillis + " " + maxTimestampMillis);
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
                text.append(quote(java.util.Arrays.copyOfRange(labels, at, at + size)));
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
