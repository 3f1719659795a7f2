package dev.cairndb.receiver.tools;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Numbers as people read them. */
final class NumberText {
    private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};
    private static final int BYTE_UNIT = 1024;
    private static final double LARGE = 10;
    private static final int MILLIS_PER_SECOND = 1000;

    private NumberText() {}

    static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= BYTE_UNIT && unit < BYTE_UNITS.length - 1) {
            value /= BYTE_UNIT;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 || value >= LARGE ? "%.0f %s" : "%.1f %s", value, BYTE_UNITS[unit]);
    }

    /** {@code 1 block}, {@code 2 blocks}, {@code 2 series}. */
    static String count(long count, String noun) {
        return count + " " + noun + (count == 1 || noun.endsWith("s") ? "" : "s");
    }

    /** RFC 3339 in UTC, with milliseconds only where there are some. */
    static String timestamp(long unixMillis) {
        return Instant.ofEpochMilli(unixMillis).truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /** As Go writes durations: {@code 2h0m0s}, {@code 5m0s}, {@code 1.5s}, {@code 20ms}. */
    static String duration(long millis) {
        if (millis != 0 && Math.abs(millis) < MILLIS_PER_SECOND) {
            return millis + "ms";
        }
        Duration duration = Duration.ofMillis(Math.abs(millis));
        StringBuilder text = new StringBuilder(millis < 0 ? "-" : "");
        if (duration.toHours() > 0) {
            text.append(duration.toHours()).append('h');
        }
        if (duration.toMinutes() > 0) {
            text.append(duration.toMinutesPart()).append('m');
        }
        text.append(duration.toSecondsPart());
        if (duration.toMillisPart() > 0) {
            text.append(
                    String.format(Locale.ROOT, ".%03d", duration.toMillisPart()).replaceAll("0+$", ""));
        }
        return text.append('s').toString();
    }
}
