package dev.cairndb.tsdb;

import com.sun.management.ThreadMXBean;
import dev.cairndb.remote.RemoteWriteRequest;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.Consumer;

/** Measures the garbage that appends make in their own thread. */
final class AppendGarbage {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private AppendGarbage() {}

    /** Bytes for each request but the first ones, which only warm up. */
    static double perRequest(Tsdb db, List<RemoteWriteRequest> requests, int warmUp, Consumer<AppendResult> check)
            throws IOException {
        long before = 0;
        for (int i = 0; i < requests.size(); i++) {
            if (i == warmUp) {
                before = THREADS.getCurrentThreadAllocatedBytes();
            }
            check.accept(db.append(requests.get(i)));
        }
        return (THREADS.getCurrentThreadAllocatedBytes() - before) / (double) (requests.size() - warmUp);
    }
}
