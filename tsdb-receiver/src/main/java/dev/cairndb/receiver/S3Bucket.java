package dev.cairndb.receiver;

import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStores;
import dev.cairndb.objstore.s3.S3ObjectStore;
import dev.cairndb.objstore.s3.S3ObjectStoreBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * A bucket of Thanos' type S3. Every field that Thanos knows has its effect, is refused, or, where nothing is lost with
 * it, is named in a warning: docs/receiver.md has the list. Loads nothing of the SDK before it is opened.
 */
final class S3Bucket implements BucketSettings {
    private static final String TYPE = "object store type S3: ";
    private static final String STORAGE_CLASS = "x-amz-storage-class";
    private static final Duration SILENCE_MAX = Duration.ofMinutes(2);
    /** AWS' own endpoints, with the region if it is in the name. */
    private static final Pattern AWS =
            Pattern.compile("s3(?:[.-](?:dualstack\\.)?([a-z]{2}(?:-[a-z0-9]+)+))?\\.amazonaws\\.com(?:\\.cn)?");
    /** They know buckets only as part of the host's name. */
    private static final Pattern ALIYUN = Pattern.compile(".*\\.aliyuncs\\.com(:\\d+)?");

    private final YamlSection config;
    private final String bucket;
    private final String endpoint;
    private final String prefix;
    private final List<Setting> settings = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    /** A part of the configuration that was understood, for when the bucket is opened. */
    private interface Setting {
        void applyTo(S3ObjectStoreBuilder builder);
    }

    private S3Bucket(YamlSection config, String prefix) throws UsageException {
        this.config = config;
        this.prefix = prefix;
        bucket = config.text("bucket");
        endpoint = config.text("endpoint");
        if (bucket.isBlank() || endpoint.isBlank()) {
            throw new UsageException(TYPE + "it needs config.bucket and config.endpoint");
        }
        if (endpoint.contains("/")) {
            throw new UsageException(TYPE + "config.endpoint: expected=host or host:port, found=" + endpoint);
        }
    }

    static S3Bucket parse(YamlSection config, String prefix) throws UsageException {
        S3Bucket bucket = new S3Bucket(config, prefix);
        if (!prefix.isEmpty()) {
            try {
                var unused = ObjectKey.of(prefix);
            } catch (IllegalArgumentException e) {
                throw new UsageException("prefix: " + e.getMessage());
            }
        }
        bucket.readPlace();
        bucket.readCredentials();
        bucket.readEncryption(config.section("sse_config"));
        bucket.readObjects();
        bucket.readHttp(config.section("http_config"));
        bucket.readRefused();
        config.requireNoOther();
        return bucket;
    }

    private void readPlace() throws UsageException {
        boolean plain = config.flag("insecure", false);
        Matcher aws = AWS.matcher(endpoint);
        boolean isAws = aws.matches();
        String region = config.text("region");
        if (region.isEmpty() && isAws && aws.group(1) != null) {
            region = aws.group(1);
        }
        String found = region;
        if (!found.isEmpty()) {
            settings.add(builder -> builder.region(found));
        }
        boolean dualStack = !config.flag("disable_dualstack", false) && isAws && !plain;
        settings.add(builder -> builder.dualStack(dualStack));
        if (!isAws || plain) {
            URI server;
            try {
                server = URI.create((plain ? "http://" : "https://") + endpoint);
                settings.add(builder -> builder.endpoint(server));
                if (server.getHost() == null) {
                    throw new IllegalArgumentException("no host");
                }
            } catch (IllegalArgumentException e) {
                throw new UsageException(TYPE + "config.endpoint: expected=host or host:port, found=" + endpoint);
            }
        } else if (found.isEmpty()) {
            settings.add(S3ObjectStoreBuilder::anyRegion);
        }
        boolean pathStyle = pathStyle(isAws || ALIYUN.matcher(endpoint).matches(), config.text("bucket_lookup_type"));
        settings.add(builder -> builder.pathStyle(pathStyle));
    }

    private static boolean pathStyle(boolean knowsHosts, String lookup) throws UsageException {
        return switch (lookup) {
            case "", "auto" -> !knowsHosts;
            case "virtual-hosted" -> false;
            case "path" -> true;
            default ->
                throw new UsageException(
                        TYPE + "config.bucket_lookup_type: expected=auto, virtual-hosted or path, found=" + lookup);
        };
    }

    private void readCredentials() throws UsageException {
        String access = config.text("access_key");
        String secret = config.text("secret_key");
        String session = config.text("session_token");
        if (access.isEmpty() != secret.isEmpty()) {
            throw new UsageException(TYPE + "config.access_key and config.secret_key need each other");
        }
        if (config.flag("aws_sdk_auth", false) && !access.isEmpty()) {
            throw new UsageException(TYPE + "config.aws_sdk_auth and config.access_key exclude each other");
        }
        if (access.isEmpty()) {
            if (!session.isEmpty()) {
                throw new UsageException(TYPE + "config.session_token needs config.access_key");
            }
        } else if (session.isEmpty()) {
            settings.add(builder -> builder.credentials(access, secret));
        } else {
            settings.add(builder -> builder.credentials(access, secret, session));
        }
    }

    private void readEncryption(YamlSection encryption) throws UsageException {
        String type = encryption.text("type");
        String keyId = encryption.text("kms_key_id");
        Map<String, String> context = encryption.texts("kms_encryption_context");
        String keyFile = encryption.text("encryption_key");
        encryption.requireNoOther();
        switch (type) {
            case "" -> {
                if (!keyId.isEmpty() || !context.isEmpty() || !keyFile.isEmpty()) {
                    throw new UsageException(TYPE + "config.sse_config needs a type");
                }
            }
            case "SSE-S3" -> settings.add(S3ObjectStoreBuilder::encryptWithServerKeys);
            case "SSE-KMS" -> {
                if (keyId.isEmpty()) {
                    throw new UsageException(TYPE + "config.sse_config.kms_key_id must be set for SSE-KMS");
                }
                settings.add(builder -> builder.encryptWithKmsKey(keyId, context));
            }
            case "SSE-C" -> {
                byte[] key = keyIn(keyFile);
                settings.add(builder -> builder.encryptWithCustomerKey(key));
            }
            default ->
                throw new UsageException(
                        TYPE + "config.sse_config.type: expected=SSE-S3, SSE-KMS or SSE-C, found=" + type);
        }
    }

    private static byte[] keyIn(String file) throws UsageException {
        if (file.isEmpty()) {
            throw new UsageException(TYPE + "config.sse_config.encryption_key must name a file for SSE-C");
        }
        try {
            byte[] key = Files.readAllBytes(Path.of(file));
            if (key.length != S3ObjectStoreBuilder.CUSTOMER_KEY_BYTES) {
                throw new UsageException(TYPE + "config.sse_config.encryption_key: expected=a file of "
                        + S3ObjectStoreBuilder.CUSTOMER_KEY_BYTES + " bytes, found=" + key.length);
            }
            return key;
        } catch (IOException | InvalidPathException e) {
            throw new UsageException(TYPE + "config.sse_config.encryption_key: cannot read " + file + ": " + e);
        }
    }

    private void readObjects() throws UsageException {
        Map<String, String> metadata = new HashMap<>(config.texts("put_user_metadata"));
        for (String name : List.copyOf(metadata.keySet())) {
            if (name.toLowerCase(Locale.ROOT).equals(STORAGE_CLASS)) {
                String storageClass = String.valueOf(metadata.remove(name));
                settings.add(builder -> builder.storageClass(storageClass));
            }
        }
        settings.add(builder -> builder.userMetadata(metadata));
        boolean md5 = config.flag("send_content_md5", true);
        settings.add(builder -> builder.contentMd5(md5));
        long partBytes = config.number("part_size");
        if (partBytes != 0) {
            set("part_size", builder -> builder.partBytes(partBytes));
        }
        if (config.flag("disable_multipart", false)) {
            settings.add(S3ObjectStoreBuilder::withoutParts);
        }
        long retries = config.number("max_retries");
        if (retries != 0) {
            settings.add(builder -> builder.attemptsMax((int) Math.min(retries, Integer.MAX_VALUE)));
        }
    }

    /** One that the builder may refuse. */
    private void set(String field, Setting setting) throws UsageException {
        try {
            setting.applyTo(S3ObjectStore.builder(bucket));
        } catch (IllegalArgumentException e) {
            throw new UsageException(TYPE + "config." + field + ": " + e.getMessage());
        }
        settings.add(setting);
    }

    private void readHttp(YamlSection http) throws UsageException {
        Duration silence = http.duration("response_header_timeout", SILENCE_MAX);
        settings.add(builder -> builder.readTimeout(silence));
        if (http.flag("insecure_skip_verify", false)) {
            settings.add(S3ObjectStoreBuilder::trustAll);
        }
        YamlSection tls = http.section("tls_config");
        String authorities = tls.text("ca_file");
        if (!authorities.isEmpty()) {
            TrustManager[] trust = trusted(authorities);
            settings.add(builder -> builder.trustManagers(trust));
        }
        for (String field : List.of("cert_file", "key_file", "server_name")) {
            if (tls.isSet(field)) {
                throw refused(tls.nameOf(field), "not in this version");
            }
        }
        warnIfSet(tls, "insecure_skip_verify");
        tls.requireNoOther();
        for (String field : List.of(
                "idle_conn_timeout",
                "tls_handshake_timeout",
                "expect_continue_timeout",
                "max_idle_conns",
                "max_idle_conns_per_host",
                "max_conns_per_host",
                "disable_compression")) {
            warnIfSet(http, field);
        }
        http.requireNoOther();
    }

    private void readRefused() throws UsageException {
        if (config.flag("signature_version2", false)) {
            throw refused(config.nameOf("signature_version2"), "the SDK signs in version 4 only");
        }
        if (config.isSet("sts_endpoint")) {
            throw refused(config.nameOf("sts_endpoint"), "set AWS_ENDPOINT_URL_STS in the environment");
        }
        String version = config.text("list_objects_version");
        if (!version.isEmpty() && !version.equals("v2")) {
            throw refused(config.nameOf("list_objects_version"), "expected=v2");
        }
        YamlSection trace = config.section("trace");
        warnIfSet(trace, "enable");
        trace.requireNoOther();
    }

    private static UsageException refused(String field, String reason) {
        return new UsageException(TYPE + field + " is refused: " + reason);
    }

    private void warnIfSet(YamlSection section, String field) {
        if (section.isSet(field)) {
            warnings.add(TYPE + section.nameOf(field) + " has no effect");
        }
    }

    private static TrustManager[] trusted(String file) throws UsageException {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (Certificate authority : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry(Integer.toString(store.size()), authority);
            }
            if (store.size() == 0) {
                throw new UsageException(TYPE + "config.http_config.tls_config.ca_file: no certificate in " + file);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (IOException | GeneralSecurityException | InvalidPathException e) {
            throw new UsageException(
                    TYPE + "config.http_config.tls_config.ca_file: cannot read " + file + ": " + e.getMessage());
        }
    }

    @Override
    public ObjectStore open() {
        S3ObjectStoreBuilder builder = S3ObjectStore.builder(bucket);
        settings.forEach(setting -> setting.applyTo(builder));
        ObjectStore store = builder.build();
        return prefix.isEmpty() ? store : ObjectStores.prefixed(store, ObjectKey.of(prefix));
    }

    @Override
    public ObjectStore openPresent() {
        return open();
    }

    @Override
    public String name() {
        return bucket;
    }

    @Override
    public String place() {
        return "s3://" + bucket + (prefix.isEmpty() ? "" : "/" + prefix) + " at " + endpoint;
    }

    @Override
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    @Override
    public String toString() {
        return place();
    }
}
