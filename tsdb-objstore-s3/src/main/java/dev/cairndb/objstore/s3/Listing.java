package dev.cairndb.objstore.s3;

import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Shows what is in a bucket, a page of the server's at a time. Within a page objects and folders come apart and are
 * brought into one order; that the pages are in order is checked, since S3's directory buckets do not keep any.
 * Thread-safe.
 */
final class Listing {
    private static final String DELIMITER = "/";

    private final S3Client client;
    private final String bucket;
    private final int pageMax;

    Listing(S3Client client, String bucket, int pageMax) {
        this.client = client;
        this.bucket = bucket;
        this.pageMax = pageMax;
    }

    void show(String prefix, boolean recursive, Consumer<ObjectEntry> sink) throws ObjectStoreException {
        int slash = prefix.lastIndexOf(DELIMITER);
        if (slash >= 0 && !isKey(prefix.substring(0, slash))) {
            // No key begins like this, and some servers refuse it.
            return;
        }
        ListObjectsV2Request.Builder request = ListObjectsV2Request.builder()
                .bucket(bucket)
                .prefix(prefix.isEmpty() ? null : prefix)
                .delimiter(recursive ? null : DELIMITER)
                .maxKeys(pageMax);
        @Nullable ObjectEntry last = null;
        while (true) {
            ListObjectsV2Response page = page(prefix, request.build());
            for (ObjectEntry entry : entriesOf(page)) {
                if (last != null && ObjectEntry.BY_NAME.compare(last, entry) >= 0) {
                    throw new ObjectStoreException(
                            "the server does not list in order: found=" + entry.name() + ", after=" + last.name()
                                    + ", bucket=" + bucket,
                            false,
                            null);
                }
                last = entry;
                sink.accept(entry);
            }
            String next = page.nextContinuationToken();
            if (!Boolean.TRUE.equals(page.isTruncated()) || next == null) {
                return;
            }
            request.continuationToken(next);
        }
    }

    private ListObjectsV2Response page(String prefix, ListObjectsV2Request request) throws ObjectStoreException {
        try {
            return client.listObjectsV2(request);
        } catch (SdkException e) {
            throw Failures.of("cannot list objects", bucket, prefix, e);
        }
    }

    private static List<ObjectEntry> entriesOf(ListObjectsV2Response page) {
        List<ObjectEntry> entries = new ArrayList<>();
        for (S3Object object : page.contents()) {
            if (isKey(object.key())) {
                entries.add(new ObjectEntry(object.key(), object.size()));
            }
        }
        for (CommonPrefix folder : page.commonPrefixes()) {
            String name = folder.prefix();
            if (name.endsWith(DELIMITER) && isKey(name.substring(0, name.length() - 1))) {
                entries.add(ObjectEntry.folder(name));
            }
        }
        entries.sort(ObjectEntry.BY_NAME);
        return entries;
    }

    private static boolean isKey(String name) {
        try {
            var unused = ObjectKey.of(name);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
