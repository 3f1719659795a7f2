package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A head's index filled with lists. */
class HeadListsTest {
    private static final PostingList RUN =
            PostingList.ofSorted(IntStream.range(0, 1000).toArray()).compact();

    private final SymbolTable symbols = new SymbolTable();
    private final HeadPostings postings = new HeadPostings(symbols);
    private final int name = symbol("name");
    private final int value = symbol("value");

    @Test
    void readersSeeNothingBeforeAllIsRestored() throws Exception {
        LabelIndex before = postings.snapshot();
        postings.restoreName(name, RUN);
        postings.restoreValue(value, RUN);
        postings.restoreValue(symbol("other"), PostingList.of(7));
        LabelIndex between = postings.snapshot();
        assertEquals(0, values(between));
        assertTrue(postings.all().isEmpty());
        postings.restoreAll(RUN);
        for (LabelIndex index : new LabelIndex[] {before, between}) {
            assertEquals(0, values(index));
            assertTrue(index.postings(bytes("name"), bytes("value")).isEmpty());
            index.forEachName((text, offset, length) -> {
                throw new AssertionError("a name of a moment without series");
            });
        }
        assertEquals(2, values(postings));
        assertArrayEquals(
                RUN.toArray(), postings.postings(bytes("name"), bytes("value")).toArray());
        assertArrayEquals(
                new int[] {7}, postings.postings(bytes("name"), bytes("other")).toArray());
        assertArrayEquals(RUN.toArray(), postings.all().toArray());
    }

    @Test
    void aBitmapIsKeptAlsoWhenSeriesAreAdded() throws Exception {
        restoreRun();
        PostingList kept = postings.postings(bytes("name"), bytes("value"));
        assertSame(RUN.bitmapPart(), kept.bitmapPart());
        postings.add(2000, new int[] {name, value}, 1);
        postings.add(1500, new int[] {name, value}, 1);
        PostingList more = postings.postings(bytes("name"), bytes("value"));
        assertSame(RUN.bitmapPart(), more.bitmapPart());
        assertEquals(1002, more.cardinality());
        assertTrue(more.contains(1500) && more.contains(2000));
        assertEquals(1000, kept.cardinality());
    }

    @Test
    void anArrayWithRoomIsNotWrittenTo() throws Exception {
        int[] ids = {3, 5, 9, 11};
        PostingList list = PostingList.ofSorted(ids, 2);
        postings.restoreName(name, list);
        postings.restoreValue(value, list);
        postings.restoreAll(list);
        postings.add(6, new int[] {name, value}, 1);
        assertArrayEquals(new int[] {3, 5, 9, 11}, ids);
        assertArrayEquals(
                new int[] {3, 5, 6},
                postings.postings(bytes("name"), bytes("value")).toArray());
    }

    @Test
    void aSmallBitmapCanBeAddedTo() throws Exception {
        PostingList two = PostingList.ofBitmap(org.roaringbitmap.RoaringBitmap.bitmapOf(1, 4));
        postings.restoreName(name, two);
        postings.restoreValue(value, two);
        postings.restoreAll(two);
        for (int slot = 10; slot < 40; slot++) {
            postings.add(slot, new int[] {name, value}, 1);
        }
        assertEquals(32, postings.postings(bytes("name"), bytes("value")).cardinality());
    }

    @Test
    void aValueOfOneSeriesTakesNoObject() {
        postings.restoreName(name, RUN);
        long before = postings.sizeBytes();
        for (int i = 0; i < 100; i++) {
            postings.restoreValue(symbol("value " + i), PostingList.of(i));
        }
        long each = (postings.sizeBytes() - before) / 100;
        assertTrue(each <= 2 * Long.BYTES, each + " bytes");
    }

    @Test
    void aNameWithManyValuesHasThemSorted() throws Exception {
        postings.restoreName(name, RUN);
        for (int i = 0; i < 1000; i++) {
            postings.restoreValue(symbol("value " + i), PostingList.of(i));
        }
        postings.restoreAll(RUN);
        assertTrue(postings.valuesAreSorted(bytes("name")));
        int[] found = {0};
        postings.forEachValue(
                bytes("name"), bytes("value 99"), (text, offset, length) -> true, (text, o, l, source) -> {
                    found[0]++;
                    return true;
                });
        assertEquals(11, found[0]);
    }

    @Test
    void anIndexWithoutSeriesIsRestoredToo() throws Exception {
        postings.forEachList(new Refusing());
        postings.restoreAll(PostingList.empty());
        LabelIndex empty = postings.snapshot();
        restoreRun();
        assertEquals(1, values(postings));
        assertEquals(0, values(empty));
    }

    @Test
    void anIndexWithSeriesIsNotFilled() {
        restoreRun();
        assertThrows(IllegalStateException.class, () -> postings.restoreName(symbol("more"), RUN));
        assertThrows(IllegalStateException.class, () -> postings.restoreValue(symbol("more"), RUN));
        assertThrows(IllegalStateException.class, () -> postings.restoreAll(RUN));
        HeadPostings added = new HeadPostings(symbols);
        added.restoreName(name, RUN);
        added.add(1, new int[] {name, value}, 1);
        assertThrows(IllegalStateException.class, () -> added.restoreAll(RUN));
    }

    @Test
    void listsThatCannotBeAreRefused() {
        assertThrows(IllegalStateException.class, () -> postings.restoreValue(value, RUN));
        assertThrows(IllegalArgumentException.class, () -> postings.restoreName(name, PostingList.empty()));
        assertThrows(IllegalArgumentException.class, () -> postings.restoreName(name, PostingList.of(-1)));
        postings.restoreName(name, RUN);
        assertThrows(IllegalArgumentException.class, () -> postings.restoreName(name, RUN));
        assertThrows(
                IllegalArgumentException.class, () -> postings.restoreValue(value, PostingList.of(Integer.MAX_VALUE)));
        assertThrows(IllegalArgumentException.class, () -> postings.restoreValue(value, PostingList.empty()));
        postings.restoreValue(value, RUN);
        assertThrows(IllegalArgumentException.class, () -> postings.restoreValue(value, PostingList.of(1)));
        assertThrows(IllegalArgumentException.class, () -> postings.restoreAll(PostingList.of(Integer.MAX_VALUE)));
    }

    @Test
    void listsAreNotGivenWhileSeriesAreHidden() throws Exception {
        restoreRun();
        postings.hide(RUN);
        assertThrows(IllegalStateException.class, () -> postings.forEachList(new Refusing()));
        assertTrue(postings.purge(1000));
        postings.forEachList(new Refusing());
        assertFalse(postings.sizeBytes() > new HeadPostings(symbols).sizeBytes() + 200);
    }

    private void restoreRun() {
        postings.restoreName(name, RUN);
        postings.restoreValue(value, RUN);
        postings.restoreAll(RUN);
    }

    private int values(LabelIndex index) throws IOException {
        int[] found = {0};
        index.forEachValue(bytes("name"), (text, offset, length, source) -> {
            found[0]++;
            return true;
        });
        return found[0];
    }

    private int symbol(String text) {
        byte[] bytes = bytes(text);
        return symbols.intern(bytes, 0, bytes.length);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Of an index without lists. */
    private static final class Refusing implements HeadPostings.ListVisitor {
        @Override
        public void name(int nameSymbol, PostingList series) {
            throw new AssertionError("a name");
        }

        @Override
        public void value(int valueSymbol, PostingList series) {
            throw new AssertionError("a value");
        }
    }
}
