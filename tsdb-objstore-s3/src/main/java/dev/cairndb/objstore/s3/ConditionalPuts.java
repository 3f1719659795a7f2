package dev.cairndb.objstore.s3;

import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStoreException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;

/**
 * Stores objects only where there is none: {@code If-None-Match: *}. Servers that do not know the condition do not all
 * refuse it, some store the object as if it were not there. So before the first object an empty one of a name that
 * nobody else uses is stored twice: if that succeeds, nothing is stored this way here.
 *
 * <p>When an answer is lost the request is sent again, by the SDK or, unseen, by the JDK, and finds its own object. So
 * each object carries a token, which tells whose it is.
 *
 * <p>Thread-safe.
 */
final class ConditionalPuts {
    private static final ObjectBody EMPTY = ObjectBody.ofBytes(new byte[0]);
    private static final String PROBE_FOLDER = ".cairn-probe";

    private final S3Client client;
    private final Upload upload;
    private final Upload.Settings settings;
    private volatile boolean supported;

    ConditionalPuts(S3Client client, Upload upload, Upload.Settings settings) {
        this.client = client;
        this.upload = upload;
        this.settings = settings;
    }

    /** Returns false if there is an object of this key. */
    boolean put(ObjectKey key, ObjectBody body) throws IOException {
        if (!supported) {
            requireSupport();
        }
        return putIfAbsent(key, body);
    }

    /** Two threads may find out at the same time: each has a name of its own. */
    private void requireSupport() throws IOException {
        ObjectKey probe = ObjectKey.of(PROBE_FOLDER + '/' + UUID.randomUUID());
        try {
            boolean first = putIfAbsent(probe, EMPTY);
            if (putIfAbsent(probe, EMPTY) || !first) {
                throw unsupported(null);
            }
        } finally {
            var unused = client.deleteObject(
                    request -> request.bucket(settings.bucket()).key(probe.value()));
        }
        supported = true;
    }

    private boolean putIfAbsent(ObjectKey key, ObjectBody body) throws IOException {
        String token = UUID.randomUUID().toString();
        try {
            upload.putAtOnce(key, body, token);
            return true;
        } catch (SdkServiceException e) {
            if (e.statusCode() == Failures.STATUS_PRECONDITION_FAILED) {
                return isMarked(key, token);
            }
            if (e.statusCode() == HttpURLConnection.HTTP_NOT_IMPLEMENTED) {
                throw unsupported(e);
            }
            throw e;
        }
    }

    private boolean isMarked(ObjectKey key, String token) {
        HeadObjectRequest request = settings.encryption()
                .applyTo(HeadObjectRequest.builder())
                .bucket(settings.bucket())
                .key(key.value())
                .build();
        try {
            return token.equals(client.headObject(request).metadata().get(Upload.TOKEN));
        } catch (SdkServiceException e) {
            if (Failures.isAbsence(e)) {
                // Somebody else's, and deleted since.
                return false;
            }
            throw e;
        }
    }

    private ObjectStoreException unsupported(@Nullable Throwable cause) {
        return new ObjectStoreException(
                "the server cannot store an object only if there is none (If-None-Match): bucket=" + settings.bucket(),
                false,
                cause);
    }
}
