package dev.cairndb.receiver.grpc;

import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.util.List;

/** What the services that read need of the receiver. Thread-safe. */
public interface StoreAccess {
    /** Whether all stores that there are were opened, and the receiver is not stopping. */
    boolean isReady();

    /** Those of all tenants, in order of their names. */
    List<TenantStore> stores();

    /** Of one query in one store. */
    QueryLimits queryLimits();

    /** What one Series call may send; 0: any number. */
    long seriesMax();

    /** As {@link #seriesMax}, with each chunk counted as 120 samples. */
    long samplesMax();

    /** Runs a query when it is its turn, or refuses it. */
    void query(String tenant, QueryWork work);

    /**
     * Runs what takes no time, but may wait for a lock, outside of the threads of connections.
     *
     * @throws java.util.concurrent.RejectedExecutionException if the receiver has stopped
     */
    void execute(Runnable work);

    /** Of a call that begins. */
    ByteShare joinBytes();

    /** A call has been answered, or broken off. */
    void handled(String service, String method, String code);

    /** Something went wrong that is not the caller's fault. */
    void failed(String what, Throwable failure);

    /** A query that waits for its turn. */
    interface QueryWork {
        /** In a thread that may wait. */
        void run();

        /** Instead of {@link #run}. */
        void refuse(String why);
    }
}
