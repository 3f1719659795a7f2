package dev.cairndb.receiver.grpc;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.QueryStoppedException;
import dev.cairndb.io.StoreUnavailableException;
import io.grpc.Status;
import java.io.IOException;

/** Runs what reads stores in its turn, and makes a status of what goes wrong. Stateless but for its access. */
final class Queries {
    /** A query, in a thread of its own. */
    interface Query {
        void run() throws IOException, RefusedException;
    }

    /** The answer is this status, which is no fault of the receiver. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Status status;

        RefusedException(Status status) {
            super(status.getDescription());
            this.status = status;
        }

        Status status() {
            return status;
        }
    }

    private static final int WARNING = 2;

    private final StoreAccess access;

    Queries(StoreAccess access) {
        this.access = access;
    }

    StoreAccess access() {
        return access;
    }

    /** @param name of the method, for the log */
    void submit(String name, Reply reply, Query query) {
        if (!access.isReady()) {
            reply.fail(Status.UNAVAILABLE.withDescription("Not ready"));
            return;
        }
        access.query(reply.tenant(), new StoreAccess.QueryWork() {
            @Override
            public void run() {
                if (!reply.isCancelled()) {
                    Queries.this.run(name, reply, query);
                }
            }

            @Override
            public void refuse(String why) {
                reply.fail(Status.UNAVAILABLE.withDescription(why));
            }
        });
    }

    private void run(String name, Reply reply, Query query) {
        try {
            query.run();
            reply.finish();
        } catch (RefusedException e) {
            reply.fail(e.status());
        } catch (QueryStoppedException e) {
            reply.fail(statusOf(e));
        } catch (StoreUnavailableException e) {
            reply.fail(Status.UNAVAILABLE.withDescription(e.getMessage()));
        } catch (IOException | RuntimeException e) {
            access.failed(name, e);
            reply.fail(Status.INTERNAL.withDescription(e.toString()));
        } catch (Error e) {
            reply.fail(Status.INTERNAL.withDescription(e.toString()));
            throw e;
        }
    }

    /**
     * What goes wrong in one tenant's store leaves a warning, so that the others are answered.
     *
     * @param name of the method, for the log
     * @return what to say of it
     * @throws IOException the failure, if no part of the answer may be missing, or nobody wants it any more
     */
    String warning(String name, IOException failure, boolean aborts) throws IOException {
        boolean stopped = failure instanceof QueryStoppedException;
        if (aborts
                || (failure instanceof QueryStoppedException e
                        && e.reason() == QueryStoppedException.Reason.CANCELLED)) {
            throw failure;
        }
        if (!stopped && !(failure instanceof StoreUnavailableException)) {
            access.failed(name, failure);
        }
        return String.valueOf(failure.getMessage());
    }

    /** The message with a warning in the answers of exemplars and of status. */
    static Message warning(String text) {
        ByteWriter warning = new ByteWriter(text.length() + 8);
        ProtoWriter.element(warning, WARNING, text);
        return Message.of(warning);
    }

    /**
     * As {@link #warning}, of a store that cannot be asked.
     *
     * @throws RefusedException if no part of the answer may be missing
     */
    static String leftOut(String why, boolean aborts) throws RefusedException {
        if (aborts) {
            throw new RefusedException(Status.ABORTED.withDescription(why));
        }
        return why;
    }

    private static Status statusOf(QueryStoppedException stopped) {
        Status status = switch (stopped.reason()) {
            case CANCELLED -> Status.CANCELLED;
            case TIME -> Status.DEADLINE_EXCEEDED;
            default -> Status.RESOURCE_EXHAUSTED;
        };
        return status.withDescription(stopped.getMessage());
    }
}
