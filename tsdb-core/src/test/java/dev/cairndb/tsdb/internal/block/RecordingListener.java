package dev.cairndb.tsdb.internal.block;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes down what a block directory tells. */
public final class RecordingListener implements BlockDirectory.Listener {
    public final Map<String, IOException> damaged = new TreeMap<>();
    public final List<String> leftovers = new ArrayList<>();
    public final List<String> failed = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void blockDamaged(Path directory, IOException reason) {
        damaged.put(directory.getFileName().toString(), reason);
    }

    @Override
    public void leftoverRemoved(Path directory) {
        leftovers.add(directory.getFileName().toString());
    }

    @Override
    public void removalFailed(Path directory, IOException reason) {
        failed.add(directory.getFileName().toString());
    }
}
