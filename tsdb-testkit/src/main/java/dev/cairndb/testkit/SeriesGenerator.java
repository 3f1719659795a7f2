package dev.cairndb.testkit;

import dev.cairndb.io.Varint;
import java.nio.charset.StandardCharsets;

/**
 * Makes the label sets of series as a Kubernetes cluster has them, always the same for the same seed and number: ten
 * labels each, eight with values that many series share and two, {@code pod} and {@code uid}, that only this one has.
 *
 * <p>A label set is written packed: for each label in byte order of names length and bytes of its name, length and
 * bytes of its value, lengths as unsigned varints. Free for any thread; nothing is kept.
 */
public final class SeriesGenerator {
    /** As many bytes as a label set takes at most. */
    public static final int PACKED_BYTES_MAX = 512;

    /** Labels of each series. */
    public static final int LABELS_PER_SERIES = 10;

    private static final byte[][] NAMES = {
        ascii("__name__"),
        ascii("cluster"),
        ascii("code"),
        ascii("container"),
        ascii("handler"),
        ascii("instance"),
        ascii("job"),
        ascii("namespace"),
        ascii("pod"),
        ascii("uid"),
    };

    private final long seed;

    /** A generator whose unique values depend on the seed. */
    public SeriesGenerator(long seed) {
        this.seed = seed;
    }

    /** Writes the labels of one series and returns the offset behind them. */
    public int write(int number, byte[] target, int offset) {
        int scraped = number / 500;
        int metric = number % 500;
        int at = put(target, offset, 0, "app_metric_" + metric % 200 + (metric % 3 == 0 ? "_total" : "_seconds"));
        at = put(target, at, 1, "edge-" + number % 3);
        at = put(target, at, 2, Integer.toString(200 + metric / 200 * 100));
        at = put(target, at, 3, "app-" + scraped % 7);
        at = put(target, at, 4, "/api/v1/resource" + metric % 24);
        at = put(
                target, at, 5, "10." + scraped / 62500 % 250 + '.' + scraped / 250 % 250 + '.' + scraped % 250 + ":80");
        at = put(target, at, 6, "service-" + scraped % 97);
        at = put(target, at, 7, "team-" + scraped % 23);
        at = put(target, at, 8, "service-" + scraped % 97 + '-' + Integer.toHexString(number));
        return put(target, at, 9, Long.toHexString(mix(seed + number)));
    }

    private static int put(byte[] target, int offset, int name, String value) {
        int at = put(target, offset, NAMES[name]);
        return put(target, at, ascii(value));
    }

    private static int put(byte[] target, int offset, byte[] bytes) {
        int at = Varint.putUvarint(target, offset, bytes.length);
        System.arraycopy(bytes, 0, target, at, bytes.length);
        return at + bytes.length;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Every number has another result. */
    private static long mix(long value) {
        long mixed = (value ^ value >>> 32) * 0xD6E8FEB86659FD93L;
        return (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
    }
}
