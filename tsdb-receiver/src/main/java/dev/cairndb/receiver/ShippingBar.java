package dev.cairndb.receiver;

import dev.cairndb.receiver.tools.ProgressLine;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbStats;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A line that shows people how far the shipping of blocks is, of all tenants together, from when there is something to
 * ship to when there is not. Not thread-safe.
 */
final class ShippingBar {
    private final Supplier<TsdbStats.Shipping> source;
    private final ProgressLine line;
    /** The most that has waited since nothing did. */
    private long bytesMax;

    private int blocksMax;

    ShippingBar(Supplier<TsdbStats.Shipping> source, LongSupplier nanoTime) {
        this.source = source;
        line = new ProgressLine("shipping", "block", nanoTime);
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
            line.begin();
        }
        bytesMax = Math.max(bytesMax, Math.max(1, now.bytesWaiting()));
        blocksMax = Math.max(blocksMax, now.blocksWaiting());
        return line.show(blocksMax - now.blocksWaiting(), blocksMax, bytesMax - now.bytesWaiting(), bytesMax);
    }
}
