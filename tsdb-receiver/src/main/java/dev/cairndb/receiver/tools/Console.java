package dev.cairndb.receiver.tools;

import java.io.PrintStream;

/**
 * Where a command prints.
 *
 * @param out what was asked for
 * @param err what went wrong, and how far long work is
 * @param isTerminal whether {@code err} is one: progress is for people, not for files
 */
public record Console(PrintStream out, PrintStream err, boolean isTerminal) {
    /**
     * A line about long work that begins now.
     *
     * @param verb what is done, such as {@code copying}
     * @param noun what one of the items is, such as {@code block}
     */
    Progress progress(String verb, String noun, int items, long bytes) {
        return new Progress(this, new ProgressLine(verb, noun, System::nanoTime), items, bytes);
    }
}
