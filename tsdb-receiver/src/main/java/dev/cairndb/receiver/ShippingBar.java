package dev.cairndb.receiver;

import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbStats;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A line that shows people how far the shipping of blocks is, of all tenants together, from when there is something to
 * ship to when there is not. Not thread-safe.
 */
final class ShippingBar {
    private static final int CELLS = 30;
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};
    private static final int UNIT = 1024;
    private static final double LARGE = 10;

    private final Supplier<TsdbStats.Shipping> source;
    private final LongSupplier nanoTime;
    /** The most that has waited since nothing did. */
    private long bytesMax;

    private int blocksMax;
    private long beganNanos;

    ShippingBar(Supplier<TsdbStats.Shipping> source, LongSupplier nanoTime) {
        this.source = source;
        this.nanoTime = nanoTime;
    }

    /** What all tenants' stores ship. */
    static TsdbStats.Shipping sum(Iterable<Tenant> tenants) {
        TsdbStats.Shipping sum = TsdbStats.Shipping.NONE;
        for (Tenant tenant : tenants) {
            Tsdb db = tenant.openStore();
            if (db != null) {
                TsdbStats.Shipping one = db.stats().shipping();
                sum = new TsdbStats.Shipping(
                        sum.passes() + one.passes(),
                        sum.passesFailed() + one.passesFailed(),
                        sum.blocksFailed() + one.blocksFailed(),
                        sum.blocksWaiting() + one.blocksWaiting(),
                        sum.bytesWaiting() + one.bytesWaiting(),
                        sum.bytesSent() + one.bytesSent());
            }
        }
        return sum;
    }

    /** The line as it is now, without its end; null while there is nothing to be shipped. */
    @Nullable
    String line() {
        TsdbStats.Shipping now = source.get();
        if (now.blocksWaiting() == 0) {
            bytesMax = 0;
            blocksMax = 0;
            return null;
        }
        if (blocksMax == 0) {
            beganNanos = nanoTime.getAsLong();
        }
        bytesMax = Math.max(bytesMax, Math.max(1, now.bytesWaiting()));
        blocksMax = Math.max(blocksMax, now.blocksWaiting());
        long done = bytesMax - now.bytesWaiting();
        int cells = (int) (CELLS * done / bytesMax);
        StringBuilder line = new StringBuilder("shipping [")
                .append("#".repeat(cells))
                .append("-".repeat(CELLS - cells))
                .append("] ")
                .append(blocksMax - now.blocksWaiting())
                .append(" of ")
                .append(blocksMax)
                .append(blocksMax == 1 ? " block, " : " blocks, ")
                .append(size(done))
                .append(" of ")
                .append(size(bytesMax));
        double seconds = (nanoTime.getAsLong() - beganNanos) / (double) TimeUnit.SECONDS.toNanos(1);
        if (done > 0 && seconds >= 1) {
            line.append(", ").append(size((long) (done / seconds))).append("/s, ");
            line.append((long) Math.ceil(now.bytesWaiting() * seconds / done)).append(" s left");
        }
        return line.toString();
    }

    private static String size(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= UNIT && unit < UNITS.length - 1) {
            value /= UNIT;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 || value >= LARGE ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }
}
