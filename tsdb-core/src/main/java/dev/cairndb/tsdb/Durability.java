package dev.cairndb.tsdb;

/** When a write is answered. */
public enum Durability {
    /** After its log bytes are on stable storage: survives a power cut. */
    SYNC,
    /** After its log bytes were handed to the system, which syncs them at a fixed interval in the background. */
    INTERVAL,
    /** After its log bytes were handed to the system: survives a kill of the process, not a power cut. */
    OS
}
