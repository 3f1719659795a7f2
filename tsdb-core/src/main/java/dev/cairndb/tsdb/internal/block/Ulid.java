package dev.cairndb.tsdb.internal.block;

import org.jspecify.annotations.Nullable;

/**
 * The name of a block: 48 bits of time in milliseconds and 80 bits of randomness, written as 26 digits of Crockford's
 * base 32, so that names sort by time. {@code high} holds the time and the upper 16 random bits. Immutable.
 */
public record Ulid(long high, long low) implements Comparable<Ulid> {
    public static final Ulid ZERO = new Ulid(0, 0);
    public static final int TEXT_LENGTH = 26;
    public static final long TIMESTAMP_MILLIS_MAX = (1L << 48) - 1;

    private static final String DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int BITS_PER_DIGIT = 5;

    /** @throws IllegalArgumentException if {@code text} is not a name in its canonical form */
    public static Ulid parse(String text) {
        Ulid ulid = tryParse(text);
        if (ulid == null) {
            throw new IllegalArgumentException("not a ULID: " + text);
        }
        return ulid;
    }

    /** The name, or null if {@code text} is not one in its canonical form (26 digits, upper case, at most 128 bits). */
    public static @Nullable Ulid tryParse(String text) {
        // 26 digits are 130 bits: the first may only carry three.
        if (text.length() != TEXT_LENGTH || text.charAt(0) > '7') {
            return null;
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < TEXT_LENGTH; i++) {
            int digit = DIGITS.indexOf(text.charAt(i));
            if (digit < 0) {
                return null;
            }
            high = high << BITS_PER_DIGIT | low >>> (Long.SIZE - BITS_PER_DIGIT);
            low = low << BITS_PER_DIGIT | digit;
        }
        return new Ulid(high, low);
    }

    /** Builds a name from its parts; of {@code random16} the lower 16 bits count. */
    static Ulid of(long timestampMillis, int random16, long random64) {
        if (timestampMillis < 0 || timestampMillis > TIMESTAMP_MILLIS_MAX) {
            throw new IllegalArgumentException("time outside of 48 bits: " + timestampMillis);
        }
        return new Ulid(timestampMillis << 16 | (random16 & 0xFFFF), random64);
    }

    /** The smallest name of a time; of the nearest time that a name can have. */
    public static Ulid first(long timestampMillis) {
        return of(Math.min(Math.max(0, timestampMillis), TIMESTAMP_MILLIS_MAX), 0, 0);
    }

    public long timestampMillis() {
        return high >>> 16;
    }

    /** The next name of the same millisecond, or null after the last one. */
    @Nullable
    Ulid successor() {
        if (low != -1) {
            return new Ulid(high, low + 1);
        }
        return (high & 0xFFFF) == 0xFFFF ? null : new Ulid(high + 1, 0);
    }

    @Override
    public int compareTo(Ulid other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    @Override
    public String toString() {
        char[] text = new char[TEXT_LENGTH];
        long restHigh = high;
        long restLow = low;
        for (int i = TEXT_LENGTH - 1; i >= 0; i--) {
            text[i] = DIGITS.charAt((int) restLow & 0x1F);
            restLow = restLow >>> BITS_PER_DIGIT | restHigh << (Long.SIZE - BITS_PER_DIGIT);
            restHigh >>>= BITS_PER_DIGIT;
        }
        return new String(text);
    }
}
