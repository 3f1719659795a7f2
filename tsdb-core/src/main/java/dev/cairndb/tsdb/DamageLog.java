package dev.cairndb.tsdb;

import dev.cairndb.io.CorruptionException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Counts the damage that is found and tells the listener of it. Thread-safe. */
final class DamageLog {
    private final StoreFiles files;
    private final TsdbListener listener;
    private final Map<FileKind, Long> counts = new ConcurrentHashMap<>();
    private final Set<Path> met = ConcurrentHashMap.newKeySet();

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

    /** Damage that was met when an open store was read: told once for each file, whatever is read of it again. */
    void met(CorruptionException damage) {
        Path file = Path.of(damage.file());
        if (met.add(file)) {
            found(file, damage);
        }
    }

    /** How often damage was found, by kind of file; kinds without any are not in it. */
    Map<FileKind, Long> counts() {
        return Map.copyOf(counts.isEmpty() ? Map.of() : new EnumMap<>(counts));
    }
}
