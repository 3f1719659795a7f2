package dev.cairndb.tsdb.internal.bucket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class RemoteFileTest {
    private static final int PAGE = PageCache.PAGE_BYTES;
    private static final ObjectKey KEY = ObjectKey.of("index");

    private final SideBySide alone = new SideBySide(null, 0);

    private static RemoteFile ofPages(int pages) throws IOException {
        InMemoryObjectStore store = new InMemoryObjectStore();
        byte[] bytes = new byte[pages * PAGE];
        store.put(KEY, ObjectBody.ofBytes(bytes));
        return new RemoteFile(store, KEY, bytes.length, new PageCache(1L << 24));
    }

    /** Three ranges: of one page, of two, and of the second of these and one more. */
    private static int prefetch(RemoteFile file, int pagesMax, SideBySide reads) throws IOException {
        long[] starts = {10, PAGE + 10, 3 * PAGE - 10};
        long[] ends = {20, 3 * PAGE - 10, 4 * PAGE};
        return file.prefetch(starts, ends, 3, (long) pagesMax * PAGE, reads);
    }

    @Test
    void itTellsHowManyRangesThereWasRoomFor() throws IOException {
        int[] whole = {0, 1, 1, 2, 3, 3};
        for (int pages = 0; pages < whole.length; pages++) {
            assertEquals(whole[pages], prefetch(ofPages(9), pages, alone), pages + " pages");
        }
    }

    @Test
    void whatIsHereTakesNoRoom() throws IOException {
        RemoteFile file = ofPages(9);
        assertEquals(1, prefetch(file, 2, alone));
        assertEquals(3, prefetch(file, 2, alone));
    }

    @Test
    void aRangeIsCutAtTheEndOfTheObject() throws IOException {
        assertEquals(3, prefetch(ofPages(2), 9, alone));
    }
}
