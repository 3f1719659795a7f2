package dev.cairndb.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The values of a label name that has many, in the order they came, so that a reader which sorts them needs to add no
 * more than what came since. One writer; readers at any time. A log is never shortened: when values go, the writer
 * makes another one and closes this, with which its readers may go on. It may have a value twice.
 */
final class ValueLog {
    private static final int OBJECT_BYTES = 64;

    private static final VarHandle COUNT;

    static {
        try {
            COUNT = MethodHandles.lookup().findVarHandle(ValueLog.class, "count", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final AtomicLong sortedBytes;
    private final IntPages symbols = new IntPages();
    private int count;

    private final Object building = new Object();
    private volatile @Nullable Sorted sorted;
    private boolean closed;

    /** The first so many of the log, in order. */
    private record Sorted(SortedValues values, int logged) {}

    /** @param sortedBytes what the size of the sorted values is added to */
    ValueLog(AtomicLong sortedBytes) {
        this.sortedBytes = sortedBytes;
    }

    // ---------------------------------------------------------------------------------------------- for any thread

    /** All that is in the log now, and perhaps some more. */
    SortedValues sorted(SymbolTable table) {
        int logged = (int) COUNT.getAcquire(this);
        Sorted present = sorted;
        if (present != null && present.logged >= logged) {
            return present.values;
        }
        // Nobody who adds series waits here, only who asks the same.
        synchronized (building) {
            present = sorted;
            logged = (int) COUNT.getAcquire(this);
            int before = present == null ? 0 : present.logged;
            if (present != null && before == logged) {
                return present.values;
            }
            int[] more = new int[logged - before];
            for (int i = 0; i < more.length; i++) {
                more[i] = symbols.get(before + i);
            }
            SortedValues values = (present == null ? SortedValues.empty() : present.values).with(more, table);
            keep(new Sorted(values, logged));
            return values;
        }
    }

    private synchronized void keep(@Nullable Sorted next) {
        if (!closed) {
            Sorted present = sorted;
            sortedBytes.addAndGet(
                    (next == null ? 0 : next.values.sizeBytes()) - (present == null ? 0 : present.values.sizeBytes()));
            sorted = next;
        }
    }

    // ---------------------------------------------------------------------------------------------- for the writer

    void add(int symbol) {
        symbols.ensure(count);
        symbols.set(count, symbol);
        COUNT.setRelease(this, count + 1);
    }

    /** No new reader will come: what is sorted is given up. */
    synchronized void close() {
        keep(null);
        closed = true;
    }

    long sizeBytes() {
        return OBJECT_BYTES + symbols.sizeBytes();
    }
}
