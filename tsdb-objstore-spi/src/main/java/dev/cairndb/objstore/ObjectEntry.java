package dev.cairndb.objstore;

import java.util.Comparator;

/**
 * One line of a listing: an object with its size, or, in listings that are not recursive, a folder (its name ends with
 * {@code /}, its size is {@link #FOLDER_SIZE}). Immutable.
 */
public record ObjectEntry(String name, long sizeBytes) {
    public static final long FOLDER_SIZE = -1;
    /** The order of listings: that of the names' bytes in UTF-8. */
    public static final Comparator<ObjectEntry> BY_NAME = (left, right) -> Utf8Order.compare(left.name, right.name);

    public static ObjectEntry object(ObjectKey key, long sizeBytes) {
        return new ObjectEntry(key.value(), sizeBytes);
    }

    public static ObjectEntry folder(String nameWithSlash) {
        return new ObjectEntry(nameWithSlash, FOLDER_SIZE);
    }

    public ObjectEntry {
        boolean folder = sizeBytes == FOLDER_SIZE;
        if (folder != name.endsWith("/") || sizeBytes < FOLDER_SIZE) {
            throw new IllegalArgumentException("neither an object nor a folder: " + name + ", size=" + sizeBytes);
        }
    }

    public boolean isFolder() {
        return sizeBytes == FOLDER_SIZE;
    }

    /** @throws IllegalArgumentException for a folder */
    public ObjectKey key() {
        return new ObjectKey(name);
    }
}
