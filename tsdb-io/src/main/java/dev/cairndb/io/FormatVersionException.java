package dev.cairndb.io;

/** A file of a known kind in a version this build does not read. */
public final class FormatVersionException extends TsdbException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final int found;
    private final int min;
    private final int max;

    public FormatVersionException(String file, int found, int min, int max) {
        super("cannot read format version: found=" + found + ", supported=" + min + ".." + max + ", file=" + file);
        this.file = file;
        this.found = found;
        this.min = min;
        this.max = max;
    }

    public String file() {
        return file;
    }

    public int found() {
        return found;
    }

    public int min() {
        return min;
    }

    public int max() {
        return max;
    }
}
