package dev.cairndb.index;

import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import java.io.IOException;

/** All lists of a head's index as bytes, and back. */
final class ListsImage implements HeadPostings.ListVisitor {
    private static final int NAME = 1;
    private static final int VALUE = 2;

    private final ByteWriter bytes = new ByteWriter(1 << 10);

    private ListsImage() {}

    static ByteWriter of(HeadPostings postings) throws IOException {
        ListsImage image = new ListsImage();
        postings.forEachList(image);
        image.bytes.putByte(0);
        postings.all().put(image.bytes);
        return image.bytes;
    }

    static HeadPostings restored(ByteWriter image, SymbolTable symbols) throws CorruptionException {
        ByteReader in = new ByteReader("image of lists").reset(image.array(), 0, image.size(), 0);
        HeadPostings postings = new HeadPostings(symbols);
        for (int kind = in.readByte(); kind != 0; kind = in.readByte()) {
            int symbol = in.readUvarintInt(Integer.MAX_VALUE);
            PostingList list = PostingList.read(in, Integer.MAX_VALUE);
            if (kind == NAME) {
                postings.restoreName(symbol, list);
            } else {
                postings.restoreValue(symbol, list);
            }
        }
        postings.restoreAll(PostingList.read(in, Integer.MAX_VALUE));
        return postings;
    }

    @Override
    public void name(int nameSymbol, PostingList series) {
        put(NAME, nameSymbol, series);
    }

    @Override
    public void value(int valueSymbol, PostingList series) {
        put(VALUE, valueSymbol, series);
    }

    private void put(int kind, int symbol, PostingList series) {
        bytes.putByte(kind);
        bytes.putUvarint(symbol);
        series.put(bytes);
    }
}
