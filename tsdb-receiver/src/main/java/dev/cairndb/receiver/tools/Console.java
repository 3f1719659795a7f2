package dev.cairndb.receiver.tools;

import java.io.PrintStream;

/**
 * Where a command prints.
 *
 * @param out what was asked for
 * @param err what went wrong, and how far long work is
 * @param isTerminal whether {@code err} is one: progress is for people, not for files
 * @param printsToTerminal whether {@code out} is one
 */
public record Console(PrintStream out, PrintStream err, boolean isTerminal, boolean printsToTerminal) {
    /**
     * A line about long work that begins now.
     *
     * @param verb what is done, such as {@code copying}
     * @param noun what one of the items is, such as {@code block}
     * @param items 0 if not known, or if there are none
     * @param bytes 0 if not known, or if there are none
     */
    Progress progress(String verb, String noun, long items, long bytes) {
        return Progress.begin(this, new ProgressLine(verb, noun, System::nanoTime), items, bytes);
    }

    /** Of work that is counted in items, without an end that is known. */
    Progress progress(String verb, String noun) {
        return progress(verb, noun, 0, 0);
    }

    /** Of work that is counted in bytes alone. */
    Progress progress(String verb, long bytes) {
        return progress(verb, "", 0, bytes);
    }

    /** Says what went wrong, while progress may be shown. */
    void tell(String text) {
        err.println((isTerminal ? Progress.CLEARED : "") + text);
    }

    /** For work that prints as it goes: on a terminal that shows as well how far it is, and a line would be in between. */
    Console whilePrinting() {
        return new Console(out, err, isTerminal && !printsToTerminal, printsToTerminal);
    }
}
