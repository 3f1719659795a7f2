package dev.cairndb.objstore.s3;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/**
 * How the server is to encrypt objects: with keys of its own, with a key of KMS, or with a key that comes along with
 * every request and is kept nowhere. Immutable; never shown as a text.
 */
final class Encryption {
    static final Encryption NONE = new Encryption(null, null, null, null, null);
    static final int CUSTOMER_KEY_BYTES = 32;

    private static final String CUSTOMER_ALGORITHM = "AES256";

    private final @Nullable ServerSideEncryption byServer;
    private final @Nullable String kmsKeyId;
    private final @Nullable String kmsContext;
    private final @Nullable String customerKey;
    private final @Nullable String customerKeyMd5;

    private Encryption(
            @Nullable ServerSideEncryption byServer,
            @Nullable String kmsKeyId,
            @Nullable String kmsContext,
            @Nullable String customerKey,
            @Nullable String customerKeyMd5) {
        this.byServer = byServer;
        this.kmsKeyId = kmsKeyId;
        this.kmsContext = kmsContext;
        this.customerKey = customerKey;
        this.customerKeyMd5 = customerKeyMd5;
    }

    static Encryption withServerKeys() {
        return new Encryption(ServerSideEncryption.AES256, null, null, null, null);
    }

    static Encryption withKmsKey(String keyId, Map<String, String> context) {
        return new Encryption(
                ServerSideEncryption.AWS_KMS, keyId, context.isEmpty() ? null : json(context), null, null);
    }

    static Encryption withCustomerKey(byte[] key) {
        if (key.length != CUSTOMER_KEY_BYTES) {
            throw new IllegalArgumentException(
                    "bytes of a customer's key: expected=" + CUSTOMER_KEY_BYTES + ", found=" + key.length);
        }
        Base64.Encoder base64 = Base64.getEncoder();
        return new Encryption(null, null, null, base64.encodeToString(key), base64.encodeToString(md5().digest(key)));
    }

    static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("BUG: every Java platform has MD5", e);
        }
    }

    /** As the header of KMS wants it: JSON in base 64. */
    private static String json(Map<String, String> context) {
        StringBuilder json = new StringBuilder("{");
        new TreeMap<>(context).forEach((name, value) -> {
            json.append(json.length() == 1 ? "" : ",");
            appendQuoted(json, name);
            json.append(':');
            appendQuoted(json, value);
        });
        return Base64.getEncoder().encodeToString(json.append('}').toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void appendQuoted(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }

    private @Nullable String customerAlgorithm() {
        return customerKey == null ? null : CUSTOMER_ALGORITHM;
    }

    PutObjectRequest.Builder applyTo(PutObjectRequest.Builder request) {
        return request.serverSideEncryption(byServer)
                .ssekmsKeyId(kmsKeyId)
                .ssekmsEncryptionContext(kmsContext)
                .sseCustomerAlgorithm(customerAlgorithm())
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    CreateMultipartUploadRequest.Builder applyTo(CreateMultipartUploadRequest.Builder request) {
        return request.serverSideEncryption(byServer)
                .ssekmsKeyId(kmsKeyId)
                .ssekmsEncryptionContext(kmsContext)
                .sseCustomerAlgorithm(customerAlgorithm())
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    UploadPartRequest.Builder applyTo(UploadPartRequest.Builder request) {
        return request.sseCustomerAlgorithm(customerAlgorithm())
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    CompleteMultipartUploadRequest.Builder applyTo(CompleteMultipartUploadRequest.Builder request) {
        return request.sseCustomerAlgorithm(customerAlgorithm())
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    GetObjectRequest.Builder applyTo(GetObjectRequest.Builder request) {
        return request.sseCustomerAlgorithm(customerAlgorithm())
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    HeadObjectRequest.Builder applyTo(HeadObjectRequest.Builder request) {
        return request.sseCustomerAlgorithm(customerAlgorithm())
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }
}
