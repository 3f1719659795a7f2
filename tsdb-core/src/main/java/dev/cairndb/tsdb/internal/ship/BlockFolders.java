package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.tsdb.internal.block.Ulid;

/**
 * Where the blocks' folders are in the bucket. Immutable.
 *
 * @param prefix key under which they lie, empty for the top of the bucket
 */
record BlockFolders(String prefix) {
    ObjectKey of(Ulid ulid) {
        String name = ulid.toString();
        return prefix.isEmpty() ? ObjectKey.of(name) : ObjectKey.of(prefix).child(name);
    }

    /** What the keys of all folders begin with whose names lie between these. */
    String keyPrefix(Ulid from, Ulid to) {
        String first = from.toString();
        String last = to.toString();
        int common = 0;
        while (common < first.length() && first.charAt(common) == last.charAt(common)) {
            common++;
        }
        return top() + first.substring(0, common);
    }

    /** What comes before a folder's name. */
    String top() {
        return prefix.isEmpty() ? "" : prefix + '/';
    }
}
