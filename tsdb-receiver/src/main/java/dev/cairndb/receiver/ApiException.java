package dev.cairndb.receiver;

/**
 * A request of the read API that is answered with an error. Types and status codes are those of Prometheus' HTTP API.
 */
final class ApiException extends Exception {
    private static final long serialVersionUID = 1L;

    enum Type {
        BAD_DATA("bad_data", 400),
        EXECUTION("execution", 422),
        TIMEOUT("timeout", 503),
        UNAVAILABLE("unavailable", 503),
        INTERNAL("internal", 500);

        private final String text;
        private final int status;

        Type(String text, int status) {
            this.text = text;
            this.status = status;
        }

        /** As written in an answer. */
        String text() {
            return text;
        }

        int status() {
            return status;
        }
    }

    private final Type type;

    ApiException(Type type, String message) {
        super(message);
        this.type = type;
    }

    static ApiException badData(String message) {
        return new ApiException(Type.BAD_DATA, message);
    }

    static ApiException badParameter(String name, String message) {
        return badData("invalid parameter \"" + name + "\": " + message);
    }

    Type type() {
        return type;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
