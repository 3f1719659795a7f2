package dev.cairndb.receiver.tools;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Floating-point numbers as text with the fewest digits that read back as the same number, in the layouts of Go's
 * strconv.FormatFloat. Before Java 19 {@link Double#toString} has some digits too many. Stateless.
 */
public final class GoFloat {
    /** Two numbers of so many digits are never the same double, so there is no shorter one. */
    private static final int UNIQUE_DIGITS = 15;

    private static final int GENERAL_EXPONENT_MAX = 5;
    private static final int EXPONENT_MAX = 20;
    private static final int EXPONENT_MIN = -4;
    private static final int JSON_EXPONENT_MIN = -6;

    private GoFloat() {}

    /** With an exponent for numbers below 1e-4 or from 1e6 on (verb g, as in the text formats). */
    public static String general(double value) {
        return text(value, EXPONENT_MIN, GENERAL_EXPONENT_MAX);
    }

    /** With an exponent for numbers below 1e-6 or from 1e21 on, as in Prometheus' JSON. */
    public static String json(double value) {
        return text(value, JSON_EXPONENT_MIN, EXPONENT_MAX);
    }

    private static String text(double value, int exponentMin, int exponentMax) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0" : "0";
        }
        BigDecimal shortest = shortest(value);
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= exponentMin && exponent <= exponentMax) {
            return shortest.toPlainString();
        }
        String digits = shortest.unscaledValue().abs().toString();
        StringBuilder text = new StringBuilder(value < 0 ? "-" : "").append(digits.charAt(0));
        if (digits.length() > 1) {
            text.append('.').append(digits, 1, digits.length());
        }
        int size = Math.abs(exponent);
        return text.append(exponent < 0 ? "e-" : "e+")
                .append(size < 10 ? "0" : "")
                .append(size)
                .toString();
    }

    private static BigDecimal shortest(double value) {
        BigDecimal text = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        if (text.precision() <= UNIQUE_DIGITS && Math.abs(value) >= Double.MIN_NORMAL) {
            return text;
        }
        BigDecimal exact = new BigDecimal(value);
        BigDecimal shortest = text;
        for (int digits = text.precision(); digits > 0; digits--) {
            BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (rounded.doubleValue() != value) {
                // The next double away from zero is twice as far as the one before if this is a power of two.
                rounded = exact.round(new MathContext(digits, RoundingMode.UP));
            }
            if (rounded.doubleValue() != value) {
                break;
            }
            shortest = rounded;
        }
        return shortest.stripTrailingZeros();
    }
}
