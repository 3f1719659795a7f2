package dev.cairndb.index;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A snapshot of a list that grows in place has what was added before, whole. */
@JCStressTest
@Outcome(id = "1 2", expect = Expect.ACCEPTABLE, desc = "before both")
@Outcome(id = "1 2 5", expect = Expect.ACCEPTABLE, desc = "between")
@Outcome(id = "1 2 5 9", expect = Expect.ACCEPTABLE, desc = "after both")
@Outcome(expect = Expect.FORBIDDEN, desc = "a slot that was not added")
@State
public class GrowingPostingsStress {
    private final GrowingPostings list = GrowingPostings.of(1, 2);

    @Actor
    public void add() {
        list.add(5).add(9);
    }

    @Actor
    public void read(L_Result result) {
        StringBuilder slots = new StringBuilder();
        for (int slot : list.snapshot().toArray()) {
            slots.append(slots.isEmpty() ? "" : " ").append(slot);
        }
        result.r1 = slots.toString();
    }
}
