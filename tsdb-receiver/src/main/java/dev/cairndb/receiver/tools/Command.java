package dev.cairndb.receiver.tools;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** A command: what it takes, the page about it, what it does. Stateless. */
interface Command {
    /** It was done, and nothing is wrong. */
    int FINE = 0;
    /** It was done, and something was found that is wrong. */
    int FOUND = 1;
    /** It was asked for wrongly, or could not be done. */
    int FAILED = 2;

    /** Made anew; {@link Page} begins one. */
    CommandSpec spec();

    /**
     * Does it.
     *
     * @return exit code
     * @throws IOException if it could not be done
     * @throws picocli.CommandLine.ParameterException if it was asked for wrongly, in a way that its spec cannot tell
     */
    int run(ParseResult line, Console console) throws IOException;
}
