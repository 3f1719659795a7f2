package dev.cairndb.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * A growing array of ints in pages, for one writer at a time and readers at any time. The first page grows by doubling,
 * the others have their full size at once, so a small array is small and no page is a humongous object.
 *
 * <p>Elements and the array of pages are written with release and read with acquire. A reader that got hold of the
 * first page just before it grew may read an element's older value once; the next read sees the newer one if that was
 * written before something else the reader has seen.
 */
final class IntPages {
    private static final int PAGE_SHIFT = 14;
    private static final int PAGE = 1 << PAGE_SHIFT;
    private static final int FIRST_PAGE = 64;

    private static final VarHandle PAGES;
    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(int[].class);

    static {
        try {
            PAGES = MethodHandles.lookup().findVarHandle(IntPages.class, "pages", int[][].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private int[][] pages = {new int[FIRST_PAGE]};

    int get(int index) {
        int[][] present = (int[][]) PAGES.getAcquire(this);
        return (int) ELEMENT.getAcquire(present[index >>> PAGE_SHIFT], index & PAGE - 1);
    }

    /** For the writer only; the element must have a page. */
    void set(int index, int value) {
        ELEMENT.setRelease(pages[index >>> PAGE_SHIFT], index & PAGE - 1, value);
    }

    /** Makes room up to and with an index that is at most one behind the present end. */
    void ensure(int index) {
        int page = index >>> PAGE_SHIFT;
        if (page == pages.length) {
            int[][] more = Arrays.copyOf(pages, page + 1);
            more[page] = new int[PAGE];
            PAGES.setRelease(this, more);
        } else if (page == 0 && index >= pages[0].length) {
            int[] larger = Arrays.copyOf(pages[0], Math.min(PAGE, pages[0].length * 2));
            PAGES.setRelease(this, new int[][] {larger});
        }
    }

    long sizeBytes() {
        return 16 + 16 + pages.length * (16L + 4) + 4L * pages[0].length + 4L * PAGE * (pages.length - 1);
    }
}
