package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Matcher;
import dev.cairndb.io.CorruptionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * {@code thanos.SeriesRequest}, as far as it concerns a store of raw data: hints, steps and aggregates are stepped
 * over.
 *
 * @param aborts whether a store that cannot answer fails the call, instead of leaving a warning
 * @param withoutLabels taken off all series
 * @param limit of series; 0: none
 * @param batchSize series per message; up to 1: each in its own
 */
record SeriesRequest(
        long fromMillis,
        long toMillis,
        List<Matcher> matchers,
        boolean aborts,
        boolean skipsChunks,
        @Nullable ShardInfo shard,
        Set<String> withoutLabels,
        long limit,
        long batchSize) {

    /** By their numbers in a message. */
    private static final List<Matcher.Type> MATCHER_TYPES =
            List.of(Matcher.Type.EQUAL, Matcher.Type.NOT_EQUAL, Matcher.Type.REGEX, Matcher.Type.NOT_REGEX);

    /** Which share of the series is asked for: those whose labels, or others, hash to its number. */
    record ShardInfo(long index, long total, boolean by, Set<String> labels) {}

    static SeriesRequest parse(byte[] message) throws CorruptionException {
        ProtoReader in = new ProtoReader("SeriesRequest", message);
        long from = 0;
        long to = 0;
        List<Matcher> matchers = new ArrayList<>();
        boolean aborts = false;
        boolean skipsChunks = false;
        ShardInfo shard = null;
        Set<String> without = new TreeSet<>();
        long limit = 0;
        long batchSize = 0;
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 1 -> from = in.number();
                case 2 -> to = in.number();
                case 3 -> {
                    in.countElement();
                    matchers.add(matcher(in.message("LabelMatcher")));
                }
                case 6 -> aborts |= in.flag();
                case 7 -> aborts |= in.flag();
                case 8 -> skipsChunks = in.flag();
                case 13 -> shard = shard(in.message("ShardInfo"));
                case 14 -> {
                    in.countElement();
                    without.add(in.text());
                }
                case 15 -> limit = in.number();
                case 16 -> batchSize = in.number();
                default -> {}
            }
        }
        return new SeriesRequest(from, to, matchers, aborts, skipsChunks, shard, without, limit, batchSize);
    }

    static Matcher matcher(ProtoReader in) throws CorruptionException {
        long type = 0;
        String name = "";
        String value = "";
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 1 -> type = in.number();
                case 2 -> name = in.text();
                case 3 -> value = in.text();
                default -> {}
            }
        }
        if (type < 0 || type >= MATCHER_TYPES.size()) {
            throw new CorruptionException("LabelMatcher", in.position(), "type 0 to 3", Long.toUnsignedString(type));
        }
        try {
            return Matcher.of(MATCHER_TYPES.get((int) type), name, value);
        } catch (IllegalArgumentException e) {
            throw new CorruptionException("LabelMatcher", in.position(), "a regex", String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable ShardInfo shard(ProtoReader in) throws CorruptionException {
        long index = 0;
        long total = 0;
        boolean by = false;
        Set<String> labels = new TreeSet<>();
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 1 -> index = in.number();
                case 2 -> total = in.number();
                case 3 -> by = in.flag();
                case 4 -> {
                    in.countElement();
                    labels.add(in.text());
                }
                default -> {}
            }
        }
        return total < 1 ? null : new ShardInfo(index, total, by, labels);
    }
}
