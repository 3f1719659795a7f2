package dev.cairndb.objstore.s3;

import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedMultipartUpload;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/**
 * Sends objects, as one request or in parts. What is sent is read from the body as it goes; if it is to carry a
 * checksum, the part is read once more before. Throws what the SDK throws, and {@link BodyFailure}. Thread-safe.
 */
final class Upload {
    /** S3 takes no more parts of one object. */
    static final int PARTS_MAX = 10_000;
    /** S3 takes no more in one request. */
    static final long REQUEST_BYTES_MAX = 5L << 30;

    /** Metadata of an object, tells who stored it. */
    static final String TOKEN = "cairn-put";

    private static final String ANY = "*";
    private static final String CONTENT_TYPE = "application/octet-stream";
    private static final int COPY_BYTES = 64 << 10;

    /**
     * What all objects get.
     *
     * @param partBytes objects larger than this are sent in parts of this size; no parts if it is Long.MAX_VALUE
     */
    record Settings(
            String bucket,
            Encryption encryption,
            Map<String, String> userMetadata,
            @Nullable String storageClass,
            boolean contentMd5,
            long partBytes) {}

    private final S3Client client;
    private final Settings settings;

    Upload(S3Client client, Settings settings) {
        this.client = client;
        this.settings = settings;
    }

    /** Stores an object whatever is there; objects beyond the size of a part go in parts. */
    void put(ObjectKey key, ObjectBody body) throws IOException {
        if (body.length() > settings.partBytes()) {
            putInParts(key, body);
        } else {
            putAtOnce(key, body, null);
        }
    }

    /**
     * Stores an object in one request, which the server carries out as a whole or not at all.
     *
     * @param token null to store it whatever is there, else it is stored, with the token, only if there is none
     */
    void putAtOnce(ObjectKey key, ObjectBody body, @Nullable String token) throws IOException {
        long length = body.length();
        try (BodyReader digested = new BodyReader(key, body, false);
                BodyReader sent = new BodyReader(key, body, true)) {
            if (length == 0) {
                digested.requireEnd();
            }
            PutObjectRequest request = settings.encryption()
                    .applyTo(PutObjectRequest.builder())
                    .bucket(settings.bucket())
                    .key(key.value())
                    .contentType(CONTENT_TYPE)
                    .contentMD5(md5(digested, 0, length))
                    .metadata(token == null ? settings.userMetadata() : withToken(token))
                    .storageClass(settings.storageClass())
                    .ifNoneMatch(token == null ? null : ANY)
                    .build();
            var unused = client.putObject(request, requestBody(sent, 0, length));
        }
    }

    private Map<String, String> withToken(String token) {
        Map<String, String> metadata = new HashMap<>(settings.userMetadata());
        metadata.put(TOKEN, token);
        return metadata;
    }

    private void putInParts(ObjectKey key, ObjectBody body) throws IOException {
        CreateMultipartUploadRequest begin = settings.encryption()
                .applyTo(CreateMultipartUploadRequest.builder())
                .bucket(settings.bucket())
                .key(key.value())
                .contentType(CONTENT_TYPE)
                .metadata(settings.userMetadata())
                .storageClass(settings.storageClass())
                .build();
        String uploadId = client.createMultipartUpload(begin).uploadId();
        boolean whole = false;
        try {
            CompletedMultipartUpload parts = CompletedMultipartUpload.builder()
                    .parts(sendParts(key, body, uploadId))
                    .build();
            CompleteMultipartUploadRequest end = settings.encryption()
                    .applyTo(CompleteMultipartUploadRequest.builder())
                    .bucket(settings.bucket())
                    .key(key.value())
                    .uploadId(uploadId)
                    .multipartUpload(parts)
                    .build();
            var unused = client.completeMultipartUpload(end);
            whole = true;
        } finally {
            if (!whole) {
                abort(key, uploadId);
            }
        }
    }

    private List<CompletedPart> sendParts(ObjectKey key, ObjectBody body, String uploadId) throws IOException {
        long length = body.length();
        long partBytes = partBytes(length);
        List<CompletedPart> parts = new ArrayList<>();
        try (BodyReader digested = new BodyReader(key, body, false);
                BodyReader sent = new BodyReader(key, body, true)) {
            for (long offset = 0; offset < length; offset += partBytes) {
                long count = Math.min(partBytes, length - offset);
                UploadPartRequest request = settings.encryption()
                        .applyTo(UploadPartRequest.builder())
                        .bucket(settings.bucket())
                        .key(key.value())
                        .uploadId(uploadId)
                        .partNumber(parts.size() + 1)
                        .contentMD5(md5(digested, offset, count))
                        .build();
                String tag = client.uploadPart(request, requestBody(sent, offset, count))
                        .eTag();
                parts.add(CompletedPart.builder()
                        .partNumber(request.partNumber())
                        .eTag(tag)
                        .build());
            }
        }
        return parts;
    }

    /** The size asked for, or as much more as it takes not to need too many parts. */
    private long partBytes(long length) {
        return Math.max(settings.partBytes(), (length + PARTS_MAX - 1) / PARTS_MAX);
    }

    private static RequestBody requestBody(BodyReader body, long offset, long count) {
        return RequestBody.fromContentProvider(() -> body.part(offset, count), count, CONTENT_TYPE);
    }

    private @Nullable String md5(BodyReader body, long offset, long count) throws IOException {
        if (!settings.contentMd5()) {
            return null;
        }
        MessageDigest digest = Encryption.md5();
        byte[] buffer = new byte[(int) Math.max(1, Math.min(COPY_BYTES, count))];
        try (InputStream part = body.part(offset, count)) {
            for (int read; (read = part.read(buffer, 0, buffer.length)) >= 0; ) {
                digest.update(buffer, 0, read);
            }
        }
        return Base64.getEncoder().encodeToString(digest.digest());
    }

    /** The server would keep the parts, unseen, and bill for them. */
    private void abort(ObjectKey key, String uploadId) {
        // An interrupt would keep this request from being sent.
        boolean interrupted = Thread.interrupted();
        try {
            var unused = client.abortMultipartUpload(request ->
                    request.bucket(settings.bucket()).key(key.value()).uploadId(uploadId));
        } catch (SdkException e) {
            // What made the upload fail counts. The bucket's rule about uploads that were never ended has to do it.
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
