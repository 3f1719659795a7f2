package dev.cairndb.io;

/** Bytes that are not what their format says: where, what was expected and what was found. */
public final class CorruptionException extends TsdbException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final long offset;
    private final String expected;
    private final String found;

    /**
     * @param file the file, or a name for the buffer, the bytes came from
     * @param offset byte offset in {@code file} of what is wrong
     */
    public CorruptionException(String file, long offset, String expected, String found) {
        super("corrupt data: expected=" + expected + ", found=" + found + ", file=" + file + ", offset=" + offset);
        this.file = file;
        this.offset = offset;
        this.expected = expected;
        this.found = found;
    }

    public String file() {
        return file;
    }

    public long offset() {
        return offset;
    }

    public String expected() {
        return expected;
    }

    public String found() {
        return found;
    }
}
