package dev.cairndb.io;

import java.io.IOException;

/**
 * The failures a store reports about its own data and files. What to do is told by the type:
 * {@link CorruptionException} and {@link FormatVersionException} need somebody to look at the files,
 * {@link StoreUnavailableException} and {@link LimitExceededException} are worth a retry, {@link QueryStoppedException}
 * asks for a smaller question, {@link StoreFailedException} to close and open the store again.
 */
public abstract sealed class TsdbException extends IOException
        permits CorruptionException,
                FormatVersionException,
                LimitExceededException,
                QueryStoppedException,
                StoreFailedException,
                StoreUnavailableException {
    private static final long serialVersionUID = 1L;

    TsdbException(String message) {
        super(message);
    }

    TsdbException(String message, Throwable cause) {
        super(message, cause);
    }
}
