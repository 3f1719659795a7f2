package dev.cairndb.index;

/** A text that is no series selector. The message begins with line and column, as in Prometheus. */
public final class SelectorSyntaxException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int offset;

    /** @param offset where in the text, in chars; negative if there is no place to name */
    SelectorSyntaxException(String text, int offset, String problem) {
        super(position(text, offset) + ": parse error: " + problem);
        this.offset = Math.max(0, offset);
    }

    /** Where in the text the problem is, in chars. */
    public int offset() {
        return offset;
    }

    /** Line and column, both from 1; columns count bytes of UTF-8. */
    private static String position(String text, int offset) {
        if (text.isEmpty() || offset < 0) {
            return "unknown position";
        }
        int lineStart = text.lastIndexOf('\n', offset - 1) + 1;
        long line =
                1 + text.substring(0, lineStart).chars().filter(c -> c == '\n').count();
        int column = 1 + Utf8.lengthOf(text, lineStart, offset);
        return line + ":" + column;
    }
}
