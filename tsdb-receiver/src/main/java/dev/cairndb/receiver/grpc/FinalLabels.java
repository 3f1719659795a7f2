package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import java.util.Set;

/** Makes of a series' labels those that are answered: without some, and with external ones. Not thread-safe. */
final class FinalLabels {
    private final byte[][] removed;
    private final byte[] external;
    private final LabelWalk own = new LabelWalk();
    private final LabelWalk added = new LabelWalk();

    FinalLabels(Labels externalLabels, Set<String> removedNames) {
        removed = LabelWalk.namesOf(removedNames);
        Labels.Builder kept = Labels.builder();
        externalLabels.forEach((name, value) -> {
            if (!removedNames.contains(name)) {
                kept.add(name, value);
            }
        });
        external = kept.build().packed();
    }

    /** Appends the packed labels; an external label replaces one of the same name. */
    void append(byte[] series, ByteWriter target) {
        own.reset(series, series.length);
        added.reset(external, external.length);
        boolean hasOwn = own.next();
        boolean hasAdded = added.next();
        while (hasOwn || hasAdded) {
            int order = !hasOwn ? 1 : !hasAdded ? -1 : own.compareNames(added);
            if (order >= 0) {
                added.copyTo(target);
                hasAdded = added.next();
            } else if (!own.isNamedAs(removed)) {
                own.copyTo(target);
            }
            if (order <= 0) {
                hasOwn = own.next();
            }
        }
    }
}
