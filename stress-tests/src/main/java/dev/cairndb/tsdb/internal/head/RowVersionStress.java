package dev.cairndb.tsdb.internal.head;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJI_Result;

/** What a reader copies from a row between two equal, even versions belongs together. */
@JCStressTest
@Outcome(id = "0, 0, 1", expect = Expect.ACCEPTABLE, desc = "before the change")
@Outcome(id = "7, 7, 1", expect = Expect.ACCEPTABLE, desc = "after the change")
@Outcome(id = "-1, -1, 0", expect = Expect.ACCEPTABLE, desc = "noticed a change: the reader tries again")
@Outcome(expect = Expect.FORBIDDEN, desc = "a torn row")
@State
public class RowVersionStress {
    private static final long NEW = 7;

    private final Rows rows = new Rows();
    private final int slot = rows.take();
    private final Rows.Page page = rows.page(slot);

    @Actor
    public void change() {
        Rows.beginChange(page, slot);
        page.longs[Rows.longAt(slot, Rows.OPEN_MIN)] = NEW;
        page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)] = NEW;
        Rows.endChange(page, slot);
    }

    @Actor
    public void read(JJI_Result result) {
        int version = Rows.version(page, slot);
        long min = page.longs[Rows.longAt(slot, Rows.OPEN_MIN)];
        long last = page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)];
        boolean together = Rows.unchanged(page, slot, version);
        result.r1 = together ? min : -1;
        result.r2 = together ? last : -1;
        result.r3 = together ? 1 : 0;
    }
}
