package dev.cairndb.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which series, label names and label values matchers select, with the meaning that Prometheus gives them: a series is
 * selected if each matcher accepts its value of the matcher's label, and a label it does not have is an empty value.
 * Without a matcher no series is selected, but all names and all values are.
 *
 * <p>A matcher that refuses the empty value picks the lists of the values it accepts. One that accepts it must not: it
 * takes away the lists of the values it refuses. So no matcher ever looks at single series.
 *
 * <p>Stateless. Each call works on one {@link LabelIndex#snapshot}.
 */
public final class Selections {
    private static final byte[][] NO_PREFIX = {{}};

    private Selections() {}

    /** The series that all matchers accept. */
    public static PostingList select(LabelIndex index, Matcher... matchers) throws IOException {
        return matchers.length == 0 ? PostingList.empty() : selectIn(index.snapshot(), Arrays.asList(matchers));
    }

    /** The names of labels of the selected series, or of all if there is no matcher, in byte order. */
    public static List<byte[]> labelNames(LabelIndex index, Matcher... matchers) throws IOException {
        LabelIndex view = index.snapshot();
        List<byte[]> names = new ArrayList<>();
        LabelIndex.NameVisitor collector = (bytes, offset, length) -> {
            names.add(copy(bytes, offset, length));
            return true;
        };
        if (matchers.length == 0) {
            view.forEachName(collector);
        } else {
            PostingList selected = selectIn(view, Arrays.asList(matchers));
            if (!selected.isEmpty() && !view.forEachNameOf(selected, collector)) {
                view.forEachName((bytes, offset, length) ->
                        !has(view, copy(bytes, offset, length), selected) || collector.name(bytes, offset, length));
            }
        }
        names.sort(Arrays::compareUnsigned);
        return names;
    }

    /** The values a label has in the selected series, or in all if there is no matcher, in byte order. */
    public static List<byte[]> labelValues(LabelIndex index, String name, Matcher... matchers) throws IOException {
        LabelIndex view = index.snapshot();
        List<Matcher> ofThisLabel = new ArrayList<>();
        List<Matcher> ofOthers = new ArrayList<>();
        for (Matcher matcher : matchers) {
            (matcher.name().equals(name) ? ofThisLabel : ofOthers).add(matcher);
        }
        List<byte[]> values = new ArrayList<>();
        PostingList selected = ofOthers.isEmpty() ? PostingList.empty() : selectIn(view, ofOthers);
        if (!ofOthers.isEmpty() && selected.isEmpty()) {
            return values;
        }
        byte[][] literals = literalsOf(ofThisLabel);
        if (literals != null) {
            if (!ofOthers.isEmpty()) {
                view.willLookUp(ofThisLabel.stream()
                        .filter(matcher -> !matcher.type().isNegative())
                        .toList());
            }
            for (byte[] literal : literals) {
                if (literal.length > 0
                        && matchAll(ofThisLabel, literal, 0, literal.length)
                        && (ofOthers.isEmpty()
                                ? view.has(Utf8.encode(name), literal)
                                : view.postings(Utf8.encode(name), literal).hasAnyOf(selected))) {
                    values.add(literal.clone());
                }
            }
            return values;
        }
        forEachValue(
                view,
                Utf8.encode(name),
                prefixesOf(ofThisLabel),
                (bytes, offset, length) -> matchAll(ofThisLabel, bytes, offset, length),
                (bytes, offset, length, postings) -> {
                    if (ofOthers.isEmpty() || postings.hasAnyOf(selected)) {
                        values.add(copy(bytes, offset, length));
                    }
                    return true;
                });
        // Costs little where they are in order already.
        values.sort(Arrays::compareUnsigned);
        return values;
    }

    /** What all values begin with that the matchers accept: one of these. */
    private static byte[][] prefixesOf(List<Matcher> matchers) {
        for (Matcher matcher : matchers) {
            if (!matcher.type().isNegative() && matcher.prefixes()[0].length > 0) {
                return matcher.prefixes();
            }
        }
        return NO_PREFIX;
    }

    /** Shows the values with one of some prefixes, which are sorted; all of them where that is no faster way. */
    private static void forEachValue(
            LabelIndex view,
            byte[] name,
            byte[][] prefixes,
            LabelIndex.ValueFilter filter,
            LabelIndex.ValueVisitor visitor)
            throws IOException {
        if (!view.valuesAreSorted(name)) {
            view.forEachValue(name, NO_PREFIX[0], filter, visitor);
            return;
        }
        byte[] last = null;
        for (byte[] prefix : prefixes) {
            // Sorted: one that begins with another comes behind it and is covered by it.
            if (last == null || !Glob.startsWith(prefix, 0, prefix.length, last)) {
                view.forEachValue(name, prefix, filter, visitor);
                last = prefix;
            }
        }
    }

    /** The only values that one of the matchers accepts, sorted; null if none of them says. */
    private static byte @Nullable [][] literalsOf(List<Matcher> matchers) {
        for (Matcher matcher : matchers) {
            if (!matcher.type().isNegative() && matcher.literals() != null) {
                return matcher.literals();
            }
        }
        return null;
    }

    private static byte[] copy(byte[] bytes, int offset, int length) {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }

    private static boolean matchAll(List<Matcher> matchers, byte[] bytes, int offset, int length) {
        for (Matcher matcher : matchers) {
            if (!matcher.matches(bytes, offset, length)) {
                return false;
            }
        }
        return true;
    }

    private static PostingList selectIn(LabelIndex view, List<Matcher> matchers) throws IOException {
        List<Matcher> picking = new ArrayList<>();
        List<Matcher> subtracting = new ArrayList<>();
        for (Matcher matcher : matchers) {
            boolean decided = matcher.name().isEmpty() || matcher.isEverything();
            if (!decided) {
                (matcher.matchesEmpty() ? subtracting : picking).add(matcher);
            } else if (!matcher.matchesEmpty()) {
                return PostingList.empty();
            }
        }
        List<Pick> picks = new ArrayList<>();
        for (Matcher matcher : picking) {
            Pick pick = new Pick(matcher, countMax(view, matcher, true));
            if (pick.countMax == 0) {
                return PostingList.empty();
            }
            picks.add(pick);
        }
        // The fewest first: what they have in common is never more. Look-ups before scans.
        picks.sort(Comparator.comparingLong(Pick::countMax));
        subtracting.sort(Comparator.comparingInt(matcher -> isScan(matcher, false) ? 1 : 0));
        List<Matcher> lookUps = new ArrayList<>();
        picks.stream().filter(pick -> pick.countMax < Long.MAX_VALUE).forEach(pick -> lookUps.add(pick.matcher));
        subtracting.stream().filter(matcher -> !isScan(matcher, false)).forEach(lookUps::add);
        view.willLookUp(lookUps);
        PostingList selected = picks.isEmpty() ? view.all() : seriesWhere(view, picks.get(0).matcher, true, null);
        for (int i = 1; i < picks.size() && !selected.isEmpty(); i++) {
            selected = restricted(view, selected, selected, picks.get(i).matcher, true);
        }
        // What takes from all, or nearly all, takes all that a value has.
        boolean areAll = picks.isEmpty();
        for (int i = 0; i < subtracting.size() && !selected.isEmpty(); i++) {
            selected = restricted(view, selected, areAll ? null : selected, subtracting.get(i), false);
        }
        return selected;
    }

    /** A matcher that picks values, and how many series they have at most. */
    private record Pick(Matcher matcher, long countMax) {}

    /** How many series the values have that the matcher accepts, or refuses, at most. */
    private static long countMax(LabelIndex view, Matcher matcher, boolean accepted) throws IOException {
        byte[][] literals = matcher.literals();
        if (literals == null || isScan(matcher, accepted)) {
            return Long.MAX_VALUE;
        }
        long sum = 0;
        for (byte[] literal : literals) {
            sum += literal.length == 0 ? 0 : view.countMax(matcher.nameBytes(), literal);
        }
        return sum;
    }

    /**
     * Those of the selected series that have a value the matcher accepts; or do not have one that it refuses.
     *
     * @param asked as for {@link #seriesWhere}
     */
    private static PostingList restricted(
            LabelIndex view, PostingList selected, @Nullable PostingList asked, Matcher matcher, boolean accepted)
            throws IOException {
        byte[][] literals = matcher.literals();
        if (literals != null && literals.length == 1 && literals[0].length > 0 && !isScan(matcher, accepted)) {
            return view.filter(selected, matcher.nameBytes(), literals[0], accepted);
        }
        PostingList series = seriesWhere(view, matcher, accepted, asked);
        return accepted ? PostingList.intersect(selected, series) : selected.minus(series);
    }

    private static boolean isScan(Matcher matcher, boolean accepted) {
        return accepted == matcher.type().isNegative();
    }

    /**
     * The series with a value, not an empty one, that the matcher accepts, or refuses.
     *
     * @param asked where it is given, series that are not among these may be left out
     */
    private static PostingList seriesWhere(
            LabelIndex view, Matcher matcher, boolean accepted, @Nullable PostingList asked) throws IOException {
        byte[] name = matcher.nameBytes();
        byte[][] literals = matcher.literals();
        boolean positive = !isScan(matcher, accepted);
        if (positive ? matcher.isEverythingButEmpty() : matcher.isOnlyEmpty()) {
            PostingList all = view.seriesWith(name);
            if (all != null) {
                return all;
            }
        }
        PostingsUnion lists = new PostingsUnion();
        if (positive && literals != null) {
            for (byte[] literal : literals) {
                if (literal.length > 0) {
                    lists.add(view.postings(name, literal));
                }
            }
            return lists.finish();
        }
        // Without bits it takes longer to ask each list than to join all of them.
        PostingList among = asked == null || asked.bits() == null ? null : asked;
        forEachValue(
                view,
                name,
                positive ? matcher.prefixes() : NO_PREFIX,
                (bytes, offset, length) -> length > 0 && matcher.positiveMatches(bytes, offset, length) == positive,
                (bytes, offset, length, postings) -> {
                    lists.add(among == null ? postings.load() : postings.loadAmong(among));
                    return true;
                });
        return lists.finish();
    }

    private static boolean has(LabelIndex view, byte[] name, PostingList selected) throws IOException {
        boolean[] found = new boolean[1];
        view.forEachValue(name, (bytes, offset, length, postings) -> {
            found[0] = postings.hasAnyOf(selected);
            return !found[0];
        });
        return found[0];
    }
}
