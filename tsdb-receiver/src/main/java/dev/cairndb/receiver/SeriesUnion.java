package dev.cairndb.receiver;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The series that one or more selectors select, each once, in label order. Not thread-safe. */
final class SeriesUnion implements AutoCloseable {
    private static final int CHECK_EVERY = 128;
    private static final Matcher[] ALL = {Matcher.regex("__name__", ".*")};

    private final List<Member> members = new ArrayList<>();
    private final ApiQuery query;
    private long seriesSeen;
    private @Nullable Member shown;

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

    /** @param sets a set without matchers selects all series */
    SeriesUnion(Querier querier, List<Matcher[]> sets, ApiQuery query) throws IOException {
        this.query = query;
        for (Matcher[] matchers : sets) {
            Member member = new Member(querier.select(matchers.length == 0 ? ALL : matchers));
            members.add(member);
            member.advance();
        }
    }

    boolean next() throws IOException, ApiException {
        if (++seriesSeen % CHECK_EVERY == 0) {
            query.checkTime();
        }
        Labels last = shown == null ? null : shown.labels;
        if (last != null) {
            for (Member member : members) {
                Labels present = member.labels;
                if (present != null && last.equals(present)) {
                    member.advance();
                }
            }
        }
        shown = null;
        Labels first = null;
        for (Member member : members) {
            Labels labels = member.labels;
            if (labels != null && (first == null || labels.compareTo(first) < 0)) {
                first = labels;
                shown = member;
            }
        }
        return shown != null;
    }

    private Member shown() {
        Member present = shown;
        if (present == null) {
            throw new IllegalStateException("the cursor is not at a series");
        }
        return present;
    }

    Labels labels() {
        return Objects.requireNonNull(shown().labels);
    }

    SampleCursor samples() throws IOException {
        return shown().cursor.samples();
    }

    @Override
    public void close() {
        members.forEach(member -> member.cursor.close());
    }
}
