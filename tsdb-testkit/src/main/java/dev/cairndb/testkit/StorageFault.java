package dev.cairndb.testkit;

/** What can go wrong with a call to a {@link CrashingStorage}. */
public enum StorageFault {
    /** EIO. A write may have been done in part; what a failed sync should have made durable may be lost for good. */
    IO_ERROR("Input/output error"),
    /** ENOSPC. A write may have been done in part. */
    NO_SPACE("No space left on device"),
    /** The process ends in the middle of the call: it and all later calls fail. */
    DEATH("The process is gone");

    private final String message;

    StorageFault(String message) {
        this.message = message;
    }

    String message() {
        return message;
    }
}
