package dev.cairndb.tsdb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts the damage that is found and tells the listener of it. Thread-safe. */
final class DamageLog {
    private final StoreFiles files;
    private final TsdbListener listener;
    private final Map<FileKind, Long> counts = new ConcurrentHashMap<>();

    DamageLog(StoreFiles files, TsdbListener listener) {
        this.files = files;
        this.listener = listener;
    }

    /** @param place what to name where the damage itself does not say in which file it is */
    void found(Path place, IOException damage) {
        Path file = files.fileOf(place, damage);
        long unused = counts.merge(files.kindOf(file), 1L, Long::sum);
        listener.damageFound(file, damage);
    }

    /** How often damage was found, by kind of file; kinds without any are not in it. */
    Map<FileKind, Long> counts() {
        return Map.copyOf(counts.isEmpty() ? Map.of() : new EnumMap<>(counts));
    }
}
