package dev.cairndb.objstore.s3;

import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStoreException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.security.cert.CertificateException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** What exceptions of the SDK mean to callers of an object store. Stateless. */
final class Failures {
    static final int STATUS_PRECONDITION_FAILED = 412;
    static final int STATUS_RANGE_NOT_SATISFIABLE = 416;

    private static final int STATUS_TOO_MANY_REQUESTS = 429;
    /** Refusals by status that may pass: something else is under way, or the bytes suffered on the way. */
    private static final Set<String> PASSING = Set.of(
            "BadDigest",
            "ConditionalRequestConflict",
            "ExpiredToken",
            "IncompleteBody",
            "OperationAborted",
            "RequestTimeTooSkewed",
            "RequestTimeout",
            "XAmzContentSHA256Mismatch");

    private Failures() {}

    /** @param name the key, or the prefix of a listing */
    static ObjectStoreException of(String what, String bucket, Object name, RuntimeException e) {
        for (Throwable at = e; at != null; at = at.getCause()) {
            if (at instanceof BodyFailure body) {
                return body.reason();
            }
        }
        if (e instanceof AbortedException || Thread.currentThread().isInterrupted()) {
            // The SDK gives the mark of an interrupt back only in some places.
            Thread.currentThread().interrupt();
            return new ObjectStoreException(what + ": interrupted, " + place(bucket, name), true, e);
        }
        return new ObjectStoreException(what + ": " + e.getMessage() + ", " + place(bucket, name), passes(e), e);
    }

    private static String place(String bucket, Object name) {
        return (name instanceof ObjectKey ? "key=" : "prefix=") + name + ", bucket=" + bucket;
    }

    private static boolean passes(RuntimeException e) {
        if (e instanceof SdkServiceException refusal) {
            int status = refusal.statusCode();
            return (status >= HttpURLConnection.HTTP_INTERNAL_ERROR && status != HttpURLConnection.HTTP_NOT_IMPLEMENTED)
                    || status == HttpURLConnection.HTTP_CLIENT_TIMEOUT
                    || status == STATUS_TOO_MANY_REQUESTS
                    || refusal.isThrottlingException()
                    || PASSING.contains(codeOf(refusal));
        }
        boolean network = e instanceof SdkException failure && failure.retryable();
        for (Throwable at = e; at != null; at = at.getCause()) {
            if (at instanceof CertificateException) {
                return false;
            }
            network |= at instanceof IOException;
        }
        return network;
    }

    private static String codeOf(SdkServiceException e) {
        @Nullable AwsErrorDetails details = e instanceof AwsServiceException refusal ? refusal.awsErrorDetails() : null;
        String code = details == null ? null : details.errorCode();
        return code == null ? "" : code;
    }

    /** Whether it can only be the object that is not there; without a body of the answer the bucket may be missing. */
    static boolean isAbsence(SdkServiceException e) {
        return e.statusCode() == HttpURLConnection.HTTP_NOT_FOUND
                && (e instanceof NoSuchKeyException
                        || codeOf(e).isEmpty()
                        || codeOf(e).equals("404"));
    }
}
