package dev.cairndb.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** A series is in all lists of a snapshot or in none. */
@JCStressTest
@Outcome(id = "false, false, false", expect = Expect.ACCEPTABLE, desc = "before")
@Outcome(id = "true, true, true", expect = Expect.ACCEPTABLE, desc = "after")
@Outcome(expect = Expect.FORBIDDEN, desc = "a series with half of its labels")
@State
public class HeadPostingsStress {
    private static final int SLOT = 1;
    private static final byte[] A = bytes("a");
    private static final byte[] B = bytes("b");

    private final SymbolTable symbols = new SymbolTable();
    private final HeadPostings postings = new HeadPostings(symbols);
    private final int[] labels = {intern(A), intern(B), intern(B), intern(A)};

    public HeadPostingsStress() {
        postings.add(0, labels, 2);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private int intern(byte[] text) {
        return symbols.intern(text, 0, text.length);
    }

    @Actor
    public void add() {
        postings.add(SLOT, labels, 2);
    }

    @Actor
    public void read(ZZZ_Result result) {
        try {
            LabelIndex snapshot = postings.snapshot();
            result.r1 = has(snapshot.postings(A, B));
            result.r2 = has(snapshot.all());
            result.r3 = has(snapshot.postings(B, A));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean has(PostingList list) {
        for (int slot : list.toArray()) {
            if (slot == SLOT) {
                return true;
            }
        }
        return false;
    }
}
