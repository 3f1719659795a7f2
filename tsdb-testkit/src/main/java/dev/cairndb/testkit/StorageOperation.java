package dev.cairndb.testkit;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** The calls of a storage and its files that a {@link CrashingStorage} can be told to fail. */
public enum StorageOperation {
    CREATE,
    APPEND,
    OPEN,
    MAP,
    READ,
    WRITE,
    WRITE_AT,
    TRUNCATE,
    SYNC,
    SYNC_DIRECTORY,
    LIST,
    ATTRIBUTES,
    CREATE_DIRECTORY,
    RENAME,
    DELETE,
    LOCK;

    /** Those that change something or make a change durable. */
    public static Set<StorageOperation> changing() {
        return Collections.unmodifiableSet(
                EnumSet.of(CREATE, WRITE, WRITE_AT, TRUNCATE, SYNC, SYNC_DIRECTORY, CREATE_DIRECTORY, RENAME, DELETE));
    }
}
