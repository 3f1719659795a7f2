package dev.cairndb.tsdb.internal.head;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** A row that was removed is never seen alive while its slot is given back. */
@JCStressTest
@Outcome(id = "false", expect = Expect.ACCEPTABLE, desc = "gone")
@Outcome(id = "true", expect = Expect.FORBIDDEN, desc = "a removed series takes samples")
@State
public class RowAliveStress {
    private static final long REF = 1;

    private final Rows rows = new Rows();
    private final int slot = rows.take();

    public RowAliveStress() {
        rows.setLong(slot, Rows.REF, REF);
        rows.setFlag(slot, Rows.LOGGED | Rows.DEAD);
    }

    @Actor
    public void giveBack() {
        rows.giveBack(slot);
    }

    @Actor
    public void ask(Z_Result result) {
        result.r1 = rows.isAlive(slot, REF);
    }
}
