package dev.cairndb.objstore;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The name of an object: segments separated by {@code /}. Every valid key is a safe relative path on any file system
 * and a plain key on any object store: no empty, {@code .} or {@code ..} segment, no control character, no backslash,
 * no unpaired surrogate, at most {@value #MAX_SEGMENT_BYTES} bytes of UTF-8 in a segment and {@value #MAX_BYTES} in
 * all. Keys are case-sensitive, never normalised, and ordered by their UTF-8 bytes. Immutable.
 */
public record ObjectKey(String value) implements Comparable<ObjectKey> {
    public static final int MAX_BYTES = 1024;
    public static final int MAX_SEGMENT_BYTES = 255;

    /** @throws IllegalArgumentException if {@code value} is not a valid key */
    public ObjectKey {
        String fault = fault(value);
        if (fault != null) {
            throw new IllegalArgumentException("invalid object key: " + fault + ", key=" + value);
        }
    }

    public static ObjectKey of(String value) {
        return new ObjectKey(value);
    }

    /** This key with more segments behind it. */
    public ObjectKey child(String segments) {
        return new ObjectKey(value + '/' + segments);
    }

    @Override
    public int compareTo(ObjectKey other) {
        return Utf8Order.compare(value, other.value);
    }

    @Override
    public String toString() {
        return value;
    }

    static boolean isValid(String value) {
        return fault(value) == null;
    }

    private static @Nullable String fault(String value) {
        if (value.isEmpty()) {
            return "empty";
        }
        if (value.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            return "longer than " + MAX_BYTES + " bytes";
        }
        int start = 0;
        while (start <= value.length()) {
            int slash = value.indexOf('/', start);
            int end = slash < 0 ? value.length() : slash;
            String fault = faultOfSegment(value.substring(start, end));
            if (fault != null) {
                return fault;
            }
            start = end + 1;
        }
        return null;
    }

    private static @Nullable String faultOfSegment(String segment) {
        if (segment.isEmpty()) {
            return "empty segment";
        }
        if (segment.equals(".") || segment.equals("..")) {
            return "relative segment";
        }
        for (int i = 0; i < segment.length(); ) {
            int codePoint = segment.codePointAt(i);
            if (Character.isISOControl(codePoint) || codePoint == '\\') {
                return "control character or backslash";
            }
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                return "unpaired surrogate";
            }
            i += Character.charCount(codePoint);
        }
        return segment.getBytes(StandardCharsets.UTF_8).length > MAX_SEGMENT_BYTES
                ? "segment longer than " + MAX_SEGMENT_BYTES + " bytes"
                : null;
    }
}
