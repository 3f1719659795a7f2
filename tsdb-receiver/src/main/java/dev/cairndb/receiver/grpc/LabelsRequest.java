package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Matcher;
import dev.cairndb.io.CorruptionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code thanos.LabelNamesRequest} or {@code thanos.LabelValuesRequest}: the fields of the latter are those of the
 * former behind the label.
 *
 * @param label whose values are asked for; empty where names are
 * @param aborts whether a store that cannot answer fails the call, instead of leaving a warning
 * @param withoutLabels as if no series had them
 * @param limit of names or values; 0: none
 */
record LabelsRequest(
        String label,
        boolean aborts,
        long fromMillis,
        long toMillis,
        List<Matcher> matchers,
        Set<String> withoutLabels,
        long limit) {

    static LabelsRequest parseNames(byte[] message) throws CorruptionException {
        return parse(new ProtoReader("LabelNamesRequest", message), 0);
    }

    static LabelsRequest parseValues(byte[] message) throws CorruptionException {
        return parse(new ProtoReader("LabelValuesRequest", message), 1);
    }

    private static LabelsRequest parse(ProtoReader in, int fieldsBefore) throws CorruptionException {
        String label = "";
        boolean aborts = false;
        long from = 0;
        long to = 0;
        List<Matcher> matchers = new ArrayList<>();
        Set<String> without = new TreeSet<>();
        long limit = 0;
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field - fieldsBefore) {
                case 0 -> label = in.text();
                case 1, 2 -> aborts |= in.flag();
                case 3 -> from = in.number();
                case 4 -> to = in.number();
                case 6 -> {
                    in.countElement();
                    matchers.add(SeriesRequest.matcher(in.message("LabelMatcher")));
                }
                case 7 -> {
                    in.countElement();
                    without.add(in.text());
                }
                case 8 -> limit = in.number();
                default -> {}
            }
        }
        return new LabelsRequest(label, aborts, from, to, matchers, without, limit);
    }
}
