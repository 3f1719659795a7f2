package dev.cairndb.tsdb.internal.wal;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** The last metadata of each series while a log is read; all series of a metric share one. Not thread-safe. */
final class LatestMetadata {
    private final Map<Long, Metadata> latest = new TreeMap<>();
    private final Map<Metadata, Metadata> distinct = new HashMap<>();

    /** The texts stand for their bytes, a character each, since nobody says that they are UTF-8. */
    private record Metadata(int type, String unit, String help) {}

    void put(long seriesRef, int type, byte[] bytes, int unitOffset, int unitLength, int helpOffset, int helpLength) {
        Metadata metadata = new Metadata(
                type,
                new String(bytes, unitOffset, unitLength, StandardCharsets.ISO_8859_1),
                new String(bytes, helpOffset, helpLength, StandardCharsets.ISO_8859_1));
        Metadata known = distinct.putIfAbsent(metadata, metadata);
        latest.put(seriesRef, known != null ? known : metadata);
    }

    /** Of all series that have metadata, ascending. */
    Collection<Long> seriesRefs() {
        return latest.keySet();
    }

    void addTo(LogBatch batch, long seriesRef) {
        Metadata metadata = latest.get(seriesRef);
        if (metadata == null) {
            throw new IllegalArgumentException("no metadata of series " + seriesRef);
        }
        byte[] unit = metadata.unit.getBytes(StandardCharsets.ISO_8859_1);
        byte[] help = metadata.help.getBytes(StandardCharsets.ISO_8859_1);
        batch.addMetadata(seriesRef, metadata.type, unit, 0, unit.length, help, 0, help.length);
    }
}
