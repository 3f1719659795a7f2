package dev.cairndb.objstore.s3;

import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * A bucket of S3, or of a server that speaks its protocol.
 *
 * <p>Objects are streamed both ways; those beyond the size of a part are sent in parts, one after the other, and an
 * upload that fails is aborted on the server. The SDK repeats what failed on the way, with growing pauses; an exception
 * that says retryable comes after that. {@link #putIfAbsent} asks the server for it ({@code If-None-Match: *}), is one
 * request and so takes objects of up to 5 GiB, and is refused where the server does not keep the promise. Listings skip
 * what is no valid {@link ObjectKey}, such as the empty objects with which consoles make folders. Credentials need the
 * right to list the bucket: without it S3 says "denied" of what is not there.
 *
 * <p>The SDK logs through slf4j: a host without a provider for it sees a notice at the first use, which slf4j-nop ends.
 *
 * <p>Thread-safe. No threads of its own; Java's HTTP client keeps connections open for some seconds after the last
 * call, and one thread of its own until then.
 */
public final class S3ObjectStore implements ObjectStore {
    private final String bucket;
    private final S3Client client;
    private final SdkAutoCloseable resources;
    private final Encryption encryption;
    private final Upload upload;
    private final ConditionalPuts conditionalPuts;
    private final Listing listing;
    private volatile boolean bucketSeen;
    private volatile boolean closed;

    /** @param resources closed behind the client */
    S3ObjectStore(S3Client client, SdkAutoCloseable resources, Upload.Settings settings, int listPageMax) {
        this.client = client;
        this.resources = resources;
        bucket = settings.bucket();
        encryption = settings.encryption();
        upload = new Upload(client, settings);
        conditionalPuts = new ConditionalPuts(client, upload, settings);
        listing = new Listing(client, bucket, listPageMax);
    }

    /** @param bucket the bucket's name; it must exist when it is used */
    public static S3ObjectStoreBuilder builder(String bucket) {
        return new S3ObjectStoreBuilder(bucket);
    }

    @Override
    public void put(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        requireOpen();
        try {
            upload.put(key, body);
            bucketSeen = true;
        } catch (SdkException | BodyFailure e) {
            throw Failures.of("cannot store object", bucket, key, e);
        } catch (IOException e) {
            throw bodyNotClosed(key, e);
        }
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        requireOpen();
        if (body.length() > Upload.REQUEST_BYTES_MAX) {
            throw new ObjectStoreException(
                    "an object of more than " + Upload.REQUEST_BYTES_MAX
                            + " bytes cannot be stored only if there is none: found=" + body.length() + ", key=" + key,
                    false,
                    null);
        }
        try {
            return conditionalPuts.put(key, body);
        } catch (SdkException | BodyFailure e) {
            throw Failures.of("cannot store object", bucket, key, e);
        } catch (ObjectStoreException e) {
            throw e;
        } catch (IOException e) {
            throw bodyNotClosed(key, e);
        }
    }

    private static ObjectStoreException bodyNotClosed(ObjectKey key, IOException e) {
        return new ObjectStoreException("cannot read the body of an object: key=" + key, false, e);
    }

    @Override
    public long size(ObjectKey key) throws ObjectStoreException {
        requireOpen();
        HeadObjectRequest request = encryption
                .applyTo(HeadObjectRequest.builder())
                .bucket(bucket)
                .key(key.value())
                .build();
        try {
            long size = client.headObject(request).contentLength();
            bucketSeen = true;
            return size;
        } catch (SdkServiceException e) {
            throw absenceOr("cannot read size", key, e);
        } catch (SdkException e) {
            throw Failures.of("cannot read size", bucket, key, e);
        }
    }

    @Override
    public int read(ObjectKey key, long offset, ByteBuffer target) throws ObjectStoreException {
        requireOpen();
        if (offset < 0) {
            throw new IllegalArgumentException("negative offset: " + offset);
        }
        int count = target.remaining();
        if (count == 0 || offset > Long.MAX_VALUE - count) {
            // No range says this; but it must be there.
            long unused = size(key);
            return 0;
        }
        GetObjectRequest request = encryption
                .applyTo(GetObjectRequest.builder())
                .bucket(bucket)
                .key(key.value())
                .range("bytes=" + offset + '-' + (offset + count - 1))
                .build();
        try {
            int read = client.getObject(request, new RangeReader(offset, target));
            bucketSeen = true;
            return read;
        } catch (SdkServiceException e) {
            if (e.statusCode() == Failures.STATUS_RANGE_NOT_SATISFIABLE) {
                return 0;
            }
            throw absenceOr("cannot read object", key, e);
        } catch (SdkException e) {
            throw Failures.of("cannot read object", bucket, key, e);
        }
    }

    @Override
    public void list(String prefix, boolean recursive, Consumer<ObjectEntry> sink) throws ObjectStoreException {
        requireOpen();
        listing.show(prefix, recursive, sink);
    }

    @Override
    public void delete(ObjectKey key) throws ObjectStoreException {
        requireOpen();
        try {
            var unused = client.deleteObject(request -> request.bucket(bucket).key(key.value()));
        } catch (SdkServiceException e) {
            if (!(absenceOr("cannot delete object", key, e) instanceof ObjectNotFoundException)) {
                throw Failures.of("cannot delete object", bucket, key, e);
            }
        } catch (SdkException e) {
            throw Failures.of("cannot delete object", bucket, key, e);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            client.close();
            resources.close();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("object store is closed: bucket=" + bucket);
        }
    }

    /** An answer without a body does not tell a missing object from a missing bucket. */
    private ObjectStoreException absenceOr(String what, ObjectKey key, SdkServiceException e) {
        if (!Failures.isAbsence(e)) {
            return Failures.of(what, bucket, key, e);
        }
        if (!bucketSeen) {
            try {
                var unused = client.headBucket(request -> request.bucket(bucket));
            } catch (SdkServiceException bucketFailure) {
                // Whoever may not ask for the bucket may still use it.
                if (bucketFailure.statusCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                    return new ObjectStoreException(
                            what + ": no such bucket: key=" + key + ", bucket=" + bucket, false, e);
                }
            } catch (SdkException bucketFailure) {
                return Failures.of(what, bucket, key, bucketFailure);
            }
            bucketSeen = true;
        }
        return new ObjectNotFoundException(key, e);
    }
}
