package dev.cairndb.remote;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A remote read request (Prometheus prompb/remote.proto). Immutable, thread-safe.
 *
 * @param acceptedResponseTypes ids of {@link ResponseType}, unknown ones included, the best first
 */
public record ReadRequest(List<Query> queries, List<Integer> acceptedResponseTypes) {
    public ReadRequest {
        queries = List.copyOf(queries);
        acceptedResponseTypes = List.copyOf(acceptedResponseTypes);
    }

    /** The form of an answer, with its id in messages. */
    public enum ResponseType {
        /** All samples in one message, compressed as a snappy block. */
        SAMPLES(0),
        /** A stream of frames with encoded chunks. */
        STREAMED_XOR_CHUNKS(1);

        private final int id;

        ResponseType(int id) {
            this.id = id;
        }

        public int id() {
            return id;
        }
    }

    /**
     * What is asked for.
     *
     * @param startTimestampMillis inclusive
     * @param endTimestampMillis inclusive
     */
    public record Query(
            long startTimestampMillis,
            long endTimestampMillis,
            List<LabelMatcher> matchers,
            @Nullable Hints hints) {
        public Query {
            matchers = List.copyOf(matchers);
        }

        /** Where samples are wanted from, inclusive: what the hints say, if there are any. */
        public long fromMillis() {
            return hints == null ? startTimestampMillis : hints.startMillis;
        }

        /** Up to where samples are wanted, inclusive: what the hints say, if there are any. */
        public long toMillis() {
            return hints == null ? endTimestampMillis : hints.endMillis;
        }
    }

    /** How a label is compared, with its id in messages. */
    public enum MatchType {
        EQUAL(0),
        NOT_EQUAL(1),
        REGEX(2),
        NOT_REGEX(3);

        private static final MatchType[] BY_ID = values();

        private final int id;

        MatchType(int id) {
            this.id = id;
        }

        public int id() {
            return id;
        }

        static @Nullable MatchType ofId(int id) {
            return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
        }
    }

    /** A condition on a label; bytes that are not UTF-8 became U+FFFD. */
    public record LabelMatcher(MatchType type, String name, String value) {}

    /**
     * What the samples are for.
     *
     * @param function of PromQL, or empty
     * @param grouping label names of an aggregation
     * @param by whether the aggregation keeps the labels it names
     */
    public record Hints(
            long stepMillis,
            String function,
            long startMillis,
            long endMillis,
            List<String> grouping,
            boolean by,
            long rangeMillis) {
        public Hints {
            grouping = List.copyOf(grouping);
        }
    }

    /**
     * The first of the accepted types that there is; {@link ResponseType#SAMPLES} if none is named, null if only
     * unknown ones are.
     */
    public @Nullable ResponseType responseType() {
        for (int id : acceptedResponseTypes) {
            for (ResponseType type : ResponseType.values()) {
                if (type.id == id) {
                    return type;
                }
            }
        }
        return acceptedResponseTypes.isEmpty() ? ResponseType.SAMPLES : null;
    }
}
