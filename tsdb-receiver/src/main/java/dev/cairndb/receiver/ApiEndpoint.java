package dev.cairndb.receiver;

import java.io.IOException;

/** One path of the read API. Thread-safe. */
interface ApiEndpoint {
    /** Writes the whole answer but its end; the caller ends the stream, or turns what is thrown into an error. */
    void answer(ApiQuery query, AnswerStream out) throws IOException, ApiException;

    /** Whether POST is taken beside GET, with the parameters as a form. */
    default boolean takesForms() {
        return true;
    }

    /** Whether errors are lines of text instead of JSON. */
    default boolean hasPlainErrors() {
        return false;
    }
}
