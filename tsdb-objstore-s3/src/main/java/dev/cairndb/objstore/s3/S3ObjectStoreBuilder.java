package dev.cairndb.objstore.s3;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.utils.AttributeMap;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * Settings of an {@link S3ObjectStore}. What is not set is as the SDK finds it: credentials and region from system
 * properties, the environment, the files in {@code ~/.aws}, the web identity token of a pod, or the metadata of the
 * container or the machine; a proxy from the environment. Not thread-safe.
 */
public final class S3ObjectStoreBuilder {
    public static final long DEFAULT_PART_BYTES = 64L << 20;
    /** S3 takes no smaller ones, but for the last. */
    public static final long PART_BYTES_LEAST = 5L << 20;
    /**
     * More than the JVM keeps connections open to a server: one that the server has closed meanwhile takes an attempt.
     */
    public static final int DEFAULT_ATTEMPTS_MAX = 10;

    /** Length of a customer's key. */
    public static final int CUSTOMER_KEY_BYTES = Encryption.CUSTOMER_KEY_BYTES;

    static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(10);
    static final Duration DEFAULT_READ_TIMEOUT = Duration.ofMinutes(2);
    static final int LIST_PAGE_MAX = 1000;
    static final Duration PAUSE_LEAST = Duration.ofMillis(100);
    static final Duration PAUSE_MAX = Duration.ofSeconds(20);
    /** Of servers that have no regions, and to begin with. */
    private static final Region ANY_REGION = Region.US_EAST_1;

    private final String bucket;
    private @Nullable URI endpoint;
    private @Nullable String region;
    private boolean anyRegion;
    private boolean pathStyle;
    private boolean dualStack;
    private @Nullable AwsCredentialsProvider credentials;
    private Encryption encryption = Encryption.NONE;
    private Map<String, String> userMetadata = Map.of();
    private @Nullable String storageClass;
    private boolean contentMd5 = true;
    private long partBytes = DEFAULT_PART_BYTES;
    private int attemptsMax = DEFAULT_ATTEMPTS_MAX;
    private Duration connectTimeout = DEFAULT_CONNECT_TIMEOUT;
    private Duration readTimeout = DEFAULT_READ_TIMEOUT;
    private TrustManager @Nullable [] trustManagers;
    private KeyManager @Nullable [] keyManagers;
    private boolean trustsAll;
    private Duration pauseLeast = PAUSE_LEAST;
    private int listPageMax = LIST_PAGE_MAX;

    S3ObjectStoreBuilder(String bucket) {
        if (bucket.isBlank()) {
            throw new IllegalArgumentException("a bucket without a name");
        }
        this.bucket = bucket;
    }

    /** Another server than AWS': {@code http://127.0.0.1:9000}. Without a region it gets one that such servers take. */
    public S3ObjectStoreBuilder endpoint(URI value) {
        if (value.getScheme() == null || value.getHost() == null) {
            throw new IllegalArgumentException("endpoint: expected=http(s)://host[:port], found=" + value);
        }
        endpoint = value;
        return this;
    }

    public S3ObjectStoreBuilder region(String value) {
        region = value;
        return this;
    }

    /** The bucket's own region, wherever that is in AWS; the SDK asks for it at the first use. */
    public S3ObjectStoreBuilder anyRegion() {
        anyRegion = true;
        return this;
    }

    /** The bucket in the path, {@code host/bucket/key}, in place of {@code bucket.host/key}. */
    public S3ObjectStoreBuilder pathStyle(boolean value) {
        pathStyle = value;
        return this;
    }

    /** AWS' endpoints with IPv6 addresses beside the others. */
    public S3ObjectStoreBuilder dualStack(boolean value) {
        dualStack = value;
        return this;
    }

    /** Fixed credentials in place of those that are found. */
    public S3ObjectStoreBuilder credentials(String accessKey, String secretKey) {
        credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey));
        return this;
    }

    /** Fixed credentials of a session. */
    public S3ObjectStoreBuilder credentials(String accessKey, String secretKey, String sessionToken) {
        credentials =
                StaticCredentialsProvider.create(AwsSessionCredentials.create(accessKey, secretKey, sessionToken));
        return this;
    }

    /** Objects are encrypted by the server with keys of its own (SSE-S3). */
    public S3ObjectStoreBuilder encryptWithServerKeys() {
        encryption = Encryption.withServerKeys();
        return this;
    }

    /** Objects are encrypted by the server with a key of KMS (SSE-KMS). */
    public S3ObjectStoreBuilder encryptWithKmsKey(String keyId, Map<String, String> context) {
        encryption = Encryption.withKmsKey(keyId, context);
        return this;
    }

    /** Objects are encrypted by the server with this key of 32 bytes, which it does not keep (SSE-C). */
    public S3ObjectStoreBuilder encryptWithCustomerKey(byte[] key) {
        encryption = Encryption.withCustomerKey(key);
        return this;
    }

    /** Kept with each object. */
    public S3ObjectStoreBuilder userMetadata(Map<String, String> value) {
        userMetadata = Map.copyOf(value);
        return this;
    }

    public S3ObjectStoreBuilder storageClass(String value) {
        storageClass = value;
        return this;
    }

    /** Whether the server is told an MD5 sum of what it gets, to refuse bytes that suffered; default true. */
    public S3ObjectStoreBuilder contentMd5(boolean value) {
        contentMd5 = value;
        return this;
    }

    /** Larger objects are sent in parts of this size, or larger ones if there would be more than 10,000. */
    public S3ObjectStoreBuilder partBytes(long value) {
        if (value < PART_BYTES_LEAST || value > Upload.REQUEST_BYTES_MAX) {
            throw new IllegalArgumentException("bytes of a part: expected=" + PART_BYTES_LEAST + " to "
                    + Upload.REQUEST_BYTES_MAX + ", found=" + value);
        }
        partBytes = value;
        return this;
    }

    /** Every object is sent as one request, which S3 takes up to 5 GiB. */
    public S3ObjectStoreBuilder withoutParts() {
        partBytes = Long.MAX_VALUE;
        return this;
    }

    /** How often a request is sent, the first time included. */
    public S3ObjectStoreBuilder attemptsMax(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("attempts: expected=at least 1, found=" + value);
        }
        attemptsMax = value;
        return this;
    }

    public S3ObjectStoreBuilder connectTimeout(Duration value) {
        connectTimeout = value;
        return this;
    }

    /** How long a server may be silent. */
    public S3ObjectStoreBuilder readTimeout(Duration value) {
        readTimeout = value;
        return this;
    }

    /** Whom to trust in place of the JVM's certificate authorities. */
    public S3ObjectStoreBuilder trustManagers(TrustManager... value) {
        trustManagers = value.clone();
        return this;
    }

    /** With which certificates to answer a server that asks for one. */
    public S3ObjectStoreBuilder keyManagers(KeyManager... value) {
        keyManagers = value.clone();
        return this;
    }

    /** Whatever certificate a server shows is taken: no protection against others in between. */
    public S3ObjectStoreBuilder trustAll() {
        trustsAll = true;
        return this;
    }

    /** For tests: the pause behind a first failure. */
    S3ObjectStoreBuilder pauseLeast(Duration value) {
        pauseLeast = value;
        return this;
    }

    /** For tests. */
    S3ObjectStoreBuilder listPageMax(int value) {
        listPageMax = value;
        return this;
    }

    /** Makes the store; nothing is sent yet. */
    public S3ObjectStore build() {
        SdkHttpClient http = httpClient();
        @Nullable
        DefaultCredentialsProvider found =
                credentials == null ? DefaultCredentialsProvider.builder().build() : null;
        SdkAutoCloseable resources = () -> {
            http.close();
            if (found != null) {
                found.close();
            }
        };
        try {
            S3ClientBuilder client = S3Client.builder()
                    .httpClient(http)
                    .credentialsProvider(found == null ? credentials : found)
                    .forcePathStyle(pathStyle)
                    .crossRegionAccessEnabled(anyRegion)
                    .dualstackEnabled(dualStack)
                    // Servers other than AWS' stumble over the trailers with which newer sums are sent.
                    .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                    .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                    .overrideConfiguration(override -> override.retryStrategy(retries()));
            if (endpoint != null) {
                client.endpointOverride(endpoint);
            }
            if (region != null) {
                client.region(Region.of(region));
            } else if (endpoint != null || anyRegion) {
                client.region(ANY_REGION);
            }
            Upload.Settings settings =
                    new Upload.Settings(bucket, encryption, userMetadata, storageClass, contentMd5, partBytes);
            return new S3ObjectStore(client.build(), resources, settings, listPageMax);
        } catch (RuntimeException e) {
            resources.close();
            throw e;
        }
    }

    private StandardRetryStrategy retries() {
        BackoffStrategy pauses = BackoffStrategy.exponentialDelay(pauseLeast, PAUSE_MAX);
        return AwsRetryStrategy.standardRetryStrategy().toBuilder()
                .maxAttempts(attemptsMax)
                .backoffStrategy(pauses)
                .throttlingBackoffStrategy(pauses)
                .build();
    }

    private SdkHttpClient httpClient() {
        UrlConnectionHttpClient.Builder http = UrlConnectionHttpClient.builder()
                .connectionTimeout(connectTimeout)
                .socketTimeout(readTimeout);
        TrustManager[] trust = trustManagers;
        if (trust != null) {
            http.tlsTrustManagersProvider(() -> trust);
        }
        KeyManager[] keys = keyManagers;
        if (keys != null) {
            http.tlsKeyManagersProvider(() -> keys);
        }
        return http.buildWithDefaults(AttributeMap.builder()
                .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, trustsAll)
                .build());
    }
}
