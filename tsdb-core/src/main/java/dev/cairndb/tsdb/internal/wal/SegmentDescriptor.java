package dev.cairndb.tsdb.internal.wal;

import java.util.Locale;

/**
 * Layout of log segments and their names, as in Prometheus. A segment is a run of pages; a page is a run of fragments
 * and, behind the last one, zeros. A record is one fragment ({@code FULL}) or several over consecutive pages ({@code
 * FIRST MIDDLE* LAST}); it is compressed before it is split and never crosses a segment's end.
 *
 * <pre>
 * fragment: type u8 (bits 0..2 fragment type, bit 3 snappy, bit 4 zstd) | length u16 | crc32c(payload) u32 | payload
 * </pre>
 */
final class SegmentDescriptor {
    static final int PAGE_SIZE_BYTES = 32 * 1024;
    static final int HEADER_SIZE_BYTES = 7;

    static final int LENGTH_OFFSET = 1;
    static final int CRC_OFFSET = 3;

    static final int TYPE_MASK = 0x07;
    static final int PAGE_END = 0;
    static final int FULL = 1;
    static final int FIRST = 2;
    static final int MIDDLE = 3;
    static final int LAST = 4;

    static final int SNAPPY_BIT = 0x08;
    static final int ZSTD_BIT = 0x10;

    private static final String CHECKPOINT_PREFIX = "checkpoint.";
    private static final String TEMPORARY_SUFFIX = ".tmp";

    private SegmentDescriptor() {}

    static String segmentName(int segment) {
        return String.format(Locale.ROOT, "%08d", segment);
    }

    static String checkpointName(int lastSegment) {
        return CHECKPOINT_PREFIX + segmentName(lastSegment);
    }

    static String temporaryName(String name) {
        return name + TEMPORARY_SUFFIX;
    }

    /** A segment's number, or -1 if this is not a segment's name. */
    static int segmentOf(String name) {
        return numberOf(name);
    }

    /** The number of the last segment a checkpoint covers, or -1 if this is not a checkpoint's name. */
    static int checkpointOf(String name) {
        return name.startsWith(CHECKPOINT_PREFIX) ? numberOf(name.substring(CHECKPOINT_PREFIX.length())) : -1;
    }

    /** Whether a file or directory is a leftover of ours that was never given its final name. */
    static boolean isTemporary(String name) {
        if (!name.endsWith(TEMPORARY_SUFFIX)) {
            return false;
        }
        String target = name.substring(0, name.length() - TEMPORARY_SUFFIX.length());
        return checkpointOf(target) >= 0 || numberOf(target.split("\\.", 2)[0]) >= 0;
    }

    private static int numberOf(String name) {
        if (name.isEmpty() || name.length() > 10) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            number = number * 10 + (c - '0');
        }
        return number <= Integer.MAX_VALUE ? (int) number : -1;
    }
}
