package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.Matcher;
import dev.cairndb.index.PostingList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A label index over {@link RemoteFile}s, whose failures it throws as they came from the bucket. */
final class RemoteLabelIndex implements LabelIndex {
    private final LabelIndex index;

    RemoteLabelIndex(LabelIndex index) {
        this.index = index;
    }

    private interface Read<T> {
        T run() throws IOException;
    }

    private static <T> T unpacked(Read<T> read) throws IOException {
        try {
            return read.run();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public LabelIndex snapshot() {
        return new RemoteLabelIndex(index.snapshot());
    }

    @Override
    public PostingList all() throws IOException {
        return unpacked(index::all);
    }

    @Override
    public PostingList postings(byte[] name, byte[] value) throws IOException {
        return unpacked(() -> index.postings(name, value));
    }

    @Override
    public void willLookUp(List<Matcher> matchers) throws IOException {
        boolean unused = unpacked(() -> {
            index.willLookUp(matchers);
            return true;
        });
    }

    @Override
    public boolean has(byte[] name, byte[] value) throws IOException {
        return unpacked(() -> index.has(name, value));
    }

    @Override
    public int countMax(byte[] name, byte[] value) throws IOException {
        return unpacked(() -> index.countMax(name, value));
    }

    @Override
    public PostingList filter(PostingList series, byte[] name, byte[] value, boolean carrying) throws IOException {
        return unpacked(() -> index.filter(series, name, value, carrying));
    }

    @Override
    public @Nullable PostingList seriesWith(byte[] name) throws IOException {
        try {
            return index.seriesWith(name);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public void forEachValue(byte[] name, ValueVisitor visitor) throws IOException {
        boolean unused = unpacked(() -> {
            index.forEachValue(name, visitor);
            return true;
        });
    }

    @Override
    public void forEachValue(byte[] name, byte[] prefix, ValueFilter filter, ValueVisitor visitor) throws IOException {
        boolean unused = unpacked(() -> {
            index.forEachValue(name, prefix, filter, visitor);
            return true;
        });
    }

    @Override
    public void forEachName(NameVisitor visitor) throws IOException {
        boolean unused = unpacked(() -> {
            index.forEachName(visitor);
            return true;
        });
    }

    @Override
    public boolean forEachNameOf(PostingList series, NameVisitor visitor) throws IOException {
        return unpacked(() -> index.forEachNameOf(series, visitor));
    }

    @Override
    public boolean valuesAreSorted(byte[] name) {
        return index.valuesAreSorted(name);
    }
}
