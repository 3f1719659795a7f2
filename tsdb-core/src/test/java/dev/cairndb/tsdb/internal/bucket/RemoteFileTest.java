package dev.cairndb.tsdb.internal.bucket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.testkit.FlakyObjectStore;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RemoteFileTest {
    private static final int PAGE = PageCache.PAGE_BYTES;
    private static final ObjectKey KEY = ObjectKey.of("index");

    private final SideBySide alone = new SideBySide(null, 0);

    private static FlakyObjectStore storeOf(int pages) throws IOException {
        FlakyObjectStore store = new FlakyObjectStore(new InMemoryObjectStore());
        store.put(KEY, ObjectBody.ofBytes(new byte[pages * PAGE]));
        return store;
    }

    private static RemoteFile ofPages(int pages) throws IOException {
        return new RemoteFile(storeOf(pages), KEY, (long) pages * PAGE, new PageCache(1L << 24));
    }

    /** Three ranges: of one page, of two, and of the second of these and one more. */
    private static int prefetch(RemoteFile file, int pagesMax, SideBySide reads) throws IOException {
        long[] starts = {10, PAGE + 10, 3 * PAGE - 10};
        long[] ends = {20, 3 * PAGE - 10, 4 * PAGE};
        return file.prefetchInTurn(starts, ends, 3, (long) pagesMax * PAGE, reads);
    }

    @Test
    void itTellsHowManyRangesThereWasRoomFor() throws IOException {
        int[] whole = {0, 1, 1, 2, 3, 3};
        for (int pages = 0; pages < whole.length; pages++) {
            assertEquals(whole[pages], prefetch(ofPages(9), pages, alone), pages + " pages");
        }
    }

    @Test
    void aReadThatFailsIsThrownAndNotTriedAgain() throws IOException {
        FlakyObjectStore flaky = storeOf(100);
        RemoteFile file = new RemoteFile(flaky, KEY, 100L * PAGE, new PageCache(1L << 24));
        AtomicInteger reads = new AtomicInteger();
        flaky.plan((call, operation, name) -> {
            reads.incrementAndGet();
            return FlakyObjectStore.Fault.BEFORE;
        });
        long[] apart = {0, 40L * PAGE, 90L * PAGE};
        long[] ends = {1, 40L * PAGE + 1, 90L * PAGE + 1};
        assertThrows(ObjectStoreException.class, () -> file.prefetch(apart, ends, 3, 10L * PAGE, alone));
        assertEquals(1, reads.get());
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
