package dev.cairndb.index;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The labels of series that are added to a head's index together, by name: series that come one after the other have
 * mostly the same names and many of the same values, and those in turn that have a value in common go into its list at
 * once. For the index's writer, and for one such addition.
 */
final class LabelRuns {
    private static final int NAMES_EXPECTED = 32;
    private static final int SLOTS_EXPECTED = 64;

    private final HeadNames names;
    /** Open addressing by the names' symbols; at most half of the places are taken. */
    private @Nullable Run[] runs = new Run[2 * NAMES_EXPECTED];

    private int count;

    /** The series that have a name, and which of them are not in the list of their value yet. */
    private static final class Run {
        final HeadName name;
        int valueSymbol = SymbolTable.NONE;
        int[] slots = new int[SLOTS_EXPECTED];
        int count;
        /** Where the series with the value begin. */
        int start;

        Run(HeadName name) {
            this.name = name;
        }

        void add(int slot) {
            if (count == slots.length) {
                slots = Arrays.copyOf(slots, 2 * count);
            }
            slots[count++] = slot;
        }
    }

    LabelRuns(HeadNames names) {
        this.names = names;
    }

    /** Takes the labels of a series, some of which are in the index only after {@link #finish}. */
    void add(int slot, int[] labelSymbols, int from, int to) {
        for (int i = from; i < to; i += 2) {
            Run run = run(labelSymbols[i]);
            if (run.valueSymbol != labelSymbols[i + 1]) {
                addValue(run);
                run.valueSymbol = labelSymbols[i + 1];
            }
            run.add(slot);
        }
    }

    private void addValue(Run run) {
        if (run.start < run.count) {
            names.addValue(run.name, run.valueSymbol, run.slots, run.start, run.count);
            run.start = run.count;
        }
    }

    void finish() {
        for (Run run : runs) {
            if (run != null) {
                addValue(run);
                names.addSeries(run.name, run.slots, run.count);
            }
        }
    }

    private Run run(int nameSymbol) {
        int at = place(nameSymbol);
        Run run = runs[at];
        if (run != null) {
            return run;
        }
        if (2 * ++count > runs.length) {
            grow();
            at = place(nameSymbol);
        }
        run = new Run(names.nameOrNew(nameSymbol));
        runs[at] = run;
        return run;
    }

    /** Where the name is, or where it goes. */
    private int place(int nameSymbol) {
        int mask = runs.length - 1;
        int at = HeadNames.tagOf(nameSymbol) >>> 8 & mask;
        for (Run run = runs[at]; run != null && run.name.symbol() != nameSymbol; run = runs[at]) {
            at = at + 1 & mask;
        }
        return at;
    }

    private void grow() {
        @Nullable Run[] old = runs;
        runs = new Run[2 * old.length];
        for (Run run : old) {
            if (run != null) {
                runs[place(run.name.symbol())] = run;
            }
        }
    }
}
