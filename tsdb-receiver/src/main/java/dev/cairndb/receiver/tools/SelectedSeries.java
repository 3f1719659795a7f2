package dev.cairndb.receiver.tools;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The series that one or more selectors select, each once, in label order. Not thread-safe. */
final class SelectedSeries implements AutoCloseable {
    private final List<Member> members = new ArrayList<>();
    private @Nullable Labels shown;

    private static final class Member {
        final SeriesCursor cursor;

        @Nullable
        Labels labels;

        Member(SeriesCursor cursor) {
            this.cursor = cursor;
        }

        void advance() throws IOException {
            labels = cursor.next() ? cursor.labels() : null;
        }
    }

    SelectedSeries(Querier querier, List<Matcher[]> selections) throws IOException {
        for (Matcher[] selection : selections) {
            members.add(new Member(querier.select(selection)));
        }
    }

    /** A cursor at the next series, which is only to be read from; null behind the last one. */
    @Nullable
    SeriesCursor next() throws IOException {
        Labels last = shown;
        Labels first = null;
        SeriesCursor cursor = null;
        for (Member member : members) {
            Labels present = member.labels;
            if (last == null || present != null && last.equals(present)) {
                member.advance();
            }
            Labels labels = member.labels;
            if (labels != null && (first == null || labels.compareTo(first) < 0)) {
                first = labels;
                cursor = member.cursor;
            }
        }
        shown = first;
        return cursor;
    }

    @Override
    public void close() {
        members.forEach(member -> member.cursor.close());
    }
}
