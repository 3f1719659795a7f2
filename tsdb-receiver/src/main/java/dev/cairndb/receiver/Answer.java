package dev.cairndb.receiver;

/**
 * An answer to a request: a status and one line of text, which is empty for 204.
 *
 * @param retryAfterSeconds for the header of that name; 0 for none
 */
record Answer(int status, String text, int retryAfterSeconds) {
    static final Answer NO_CONTENT = new Answer(204, "", 0);

    static Answer of(int status, String text) {
        return new Answer(status, text, 0);
    }

    static Answer later(int status, int retryAfterSeconds, String text) {
        return new Answer(status, text, retryAfterSeconds);
    }
}
