package dev.cairndb.tsdb.internal.metadata;

import dev.cairndb.remote.MetricType;
import java.nio.charset.StandardCharsets;

/**
 * How names of series and of their family belong together: what a type's series have behind the family's name, as the
 * exposition formats lay down.
 */
public final class MetricFamilies {
    private static final String[] NOTHING = {""};
    private static final String[] COUNTER = {"", "_total"};
    private static final String[] HISTOGRAM = {"", "_bucket", "_count", "_sum"};
    private static final String[] GAUGE_HISTOGRAM = {"", "_bucket", "_gcount", "_gsum"};
    private static final String[] SUMMARY = {"", "_count", "_sum"};
    private static final String[] INFO = {"", "_info"};

    private MetricFamilies() {}

    /** What the names of a family's series may have behind the family's name; the empty string first. */
    public static String[] suffixes(MetricType type) {
        return switch (type) {
            case COUNTER -> COUNTER;
            case HISTOGRAM -> HISTOGRAM;
            case GAUGE_HISTOGRAM -> GAUGE_HISTOGRAM;
            case SUMMARY -> SUMMARY;
            case INFO -> INFO;
            case UNKNOWN, GAUGE, STATE_SET -> NOTHING;
        };
    }

    /**
     * How much of a series' name is the family's. Counters and infos keep their ending: in the text format, and in
     * messages, it is part of the family's name.
     */
    static int familyLength(byte[] name, int offset, int length, MetricType type) {
        if (type == MetricType.COUNTER || type == MetricType.INFO) {
            return length;
        }
        for (String suffix : suffixes(type)) {
            if (!suffix.isEmpty() && endsWith(name, offset, length, suffix)) {
                return length - suffix.length();
            }
        }
        return length;
    }

    private static boolean endsWith(byte[] name, int offset, int length, String suffix) {
        int from = offset + length - suffix.length();
        return length > suffix.length()
                && suffix.equals(new String(name, from, suffix.length(), StandardCharsets.ISO_8859_1));
    }
}
