package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BucketConfigTest {
    @Test
    void aFolderIsReadInBothFormsOfYaml() throws Exception {
        assertEquals(
                new FolderBucket(Path.of("/b")), BucketConfig.parse("{type: FILESYSTEM, config: {directory: /b}}"));
        assertEquals(
                new FolderBucket(Path.of("/b/x/y")),
                BucketConfig.parse("type: filesystem\nconfig:\n  directory: /b\nprefix: /x/y\n"));
        assertEquals(
                new FolderBucket(Path.of("b").toAbsolutePath()),
                BucketConfig.parse("{type: FILESYSTEM, config: {directory: b}}"));
    }

    @Test
    void noTextIsNoBucket() throws Exception {
        assertNull(BucketConfig.parse(""));
        assertNull(BucketConfig.parse(" \n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {type: S3, config: {bucket: b}} | needs config.bucket and config.endpoint
            {type: S3, config: {endpoint: e}} | needs config.bucket and config.endpoint
            {type: S3, config: {endpoint: 'http://e', bucket: b}} | host or host:port
            {type: S3, config: {endpoint: 'e f', bucket: b}} | host or host:port
            {type: S3, config: {endpoint: e, bucket: b, storage: x}} | config has an unknown field: storage
            {type: S3, config: {endpoint: e, bucket: b, signature_version2: true}} | signature_version2 is refused
            {type: S3, config: {endpoint: e, bucket: b, sts_endpoint: x}} | sts_endpoint is refused
            {type: S3, config: {endpoint: e, bucket: b, list_objects_version: v1}} | list_objects_version is refused
            {type: S3, config: {endpoint: e, bucket: b, bucket_lookup_type: dns}} | bucket_lookup_type: expected=auto
            {type: S3, config: {endpoint: e, bucket: b, access_key: a}} | need each other
            {type: S3, config: {endpoint: e, bucket: b, session_token: a}} | session_token needs
            {type: S3, config: {endpoint: e, bucket: b, access_key: a, secret_key: s, aws_sdk_auth: true}} | exclude
            {type: S3, config: {endpoint: e, bucket: b, part_size: 1}} | config.part_size
            {type: S3, config: {endpoint: e, bucket: b, part_size: big}} | config.part_size: expected=a whole number
            {type: S3, config: {endpoint: e, bucket: b, insecure: 1}} | config.insecure: expected=true or false
            {type: S3, config: {endpoint: e, bucket: b, max_retries: -1}} | not negative
            {type: S3, config: {endpoint: e, bucket: b, sse_config: {type: AES}}} | expected=SSE-S3
            {type: S3, config: {endpoint: e, bucket: b, sse_config: {kms_key_id: k}}} | needs a type
            {type: S3, config: {endpoint: e, bucket: b, sse_config: {type: SSE-KMS}}} | kms_key_id must be set
            {type: S3, config: {endpoint: e, bucket: b, sse_config: {type: SSE-C}}} | must name a file
            {type: S3, config: {endpoint: e, bucket: b, sse_config: {type: SSE-C, encryption_key: /no}}} | cannot read
            {type: S3, config: {endpoint: e, bucket: b, http_config: {tls_config: {key_file: x}}}} | key_file is refused
            {type: S3, config: {endpoint: e, bucket: b, http_config: {tls_config: {ca_file: /no/file}}}} | cannot read
            {type: S3, config: {endpoint: e, bucket: b, http_config: {response_header_timeout: x}}} | a duration
            {type: S3, config: {endpoint: e, bucket: b, http_config: {proxy: x}}} | unknown field: proxy
            {type: S3, config: {endpoint: e, bucket: b}, prefix: a//b} | invalid object key
            {type: GCS} | GCS is not in this version
            {type: DISK} | unknown object store type: DISK
            {config: {directory: b}} | unknown object store type: none
            {type: FILESYSTEM} | needs config.directory
            {type: FILESYSTEM, config: {directory: [1]}} | config.directory: expected=a text
            {type: FILESYSTEM, config: {directory: b, part_size: 1}} | config has an unknown field: part_size
            {type: FILESYSTEM, config: {directory: b}, prefix: ../c} | leads out of the bucket
            {type: FILESYSTEM, config: {directory: b}, sse: x} | unknown field: sse
            x | is not a map
            {type: [ | is not YAML
            """)
    void whatCannotBeUsedIsNamed(String yaml, String message) {
        UsageException failure = assertThrows(UsageException.class, () -> BucketConfig.parse(yaml));
        assertTrue(String.valueOf(failure.getMessage()).contains(message), failure.getMessage());
    }

    @Test
    void everyFieldOfThanosForS3IsTakenOrNamedInAWarning(@TempDir Path folder) throws Exception {
        Path key = Files.write(folder.resolve("key"), new byte[32]);
        // All of objstore's providers/s3 and exthttp, but for those that are refused.
        BucketSettings bucket = settings("""
                type: S3
                prefix: /some/where/
                config:
                  bucket: b
                  endpoint: minio:9000
                  region: eu-west-1
                  disable_dualstack: true
                  aws_sdk_auth: false
                  access_key: AKIA-is-no-secret
                  insecure: true
                  signature_version2: false
                  secret_key: the-secret
                  session_token: the-token
                  put_user_metadata: {X-Amz-Storage-Class: STANDARD_IA, a: b}
                  http_config:
                    idle_conn_timeout: 90s
                    response_header_timeout: 1m
                    insecure_skip_verify: true
                    tls_handshake_timeout: 10s
                    expect_continue_timeout: 1s
                    max_idle_conns: 100
                    max_idle_conns_per_host: 100
                    max_conns_per_host: 0
                    tls_config: {ca_file: '', cert_file: '', key_file: '', server_name: '', insecure_skip_verify: true}
                    disable_compression: false
                  trace: {enable: true}
                  list_objects_version: v2
                  bucket_lookup_type: path
                  send_content_md5: false
                  disable_multipart: false
                  part_size: 67108864
                  sse_config: {type: SSE-C, kms_key_id: '', kms_encryption_context: {}, encryption_key: %s}
                  sts_endpoint: ''
                  max_retries: 3
                """.formatted(key));
        assertEquals("s3://b/some/where at minio:9000", bucket.place());
        assertEquals("b", bucket.name());
        assertEquals(
                List.of(
                        "http_config.tls_config.insecure_skip_verify",
                        "http_config.idle_conn_timeout",
                        "http_config.tls_handshake_timeout",
                        "http_config.expect_continue_timeout",
                        "http_config.max_idle_conns",
                        "http_config.max_idle_conns_per_host",
                        "trace.enable"),
                bucket.warnings().stream()
                        .map(line -> line.replace("object store type S3: config.", "")
                                .replace(" has no effect", ""))
                        .toList());
        bucket.open().close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{type: S3, config: {endpoint: s3.amazonaws.com, bucket: b}}",
                "{type: S3, config: {endpoint: s3.eu-west-1.amazonaws.com, bucket: b, sse_config: {type: SSE-S3}}}",
                "{type: s3, config: {endpoint: s3.dualstack.eu-west-1.amazonaws.com, bucket: b, aws_sdk_auth: true}}",
                "{type: S3, config: {endpoint: storage.googleapis.com, bucket: b, disable_multipart: true}}",
                "{type: S3, config: {endpoint: '[::1]:9000', bucket: b, sse_config:"
                        + " {type: SSE-KMS, kms_key_id: k, kms_encryption_context: {a: b}}}}"
            })
    void whatManyWriteIsTaken(String yaml) throws Exception {
        BucketSettings bucket = settings(yaml);
        assertEquals(List.of(), bucket.warnings());
        bucket.open().close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "the-secret",
                "{type: S3, config: {secret_key: the-secret: x}}",
                "{type: S3, config: {secret_key: [the-secret]}}",
                "{type: S3, config: {secret_key: the-secret, bucket: b, endpoint: e}}",
                "{type: S3, config: {secret_key: 'the-secret}}",
                "{type: S3, config: the-secret}",
                "{type: FILESYSTEM, config: {directory: a, secret_key: the-secret}}"
            })
    void noSecretIsShown(String yaml) {
        UsageException failure = assertThrows(UsageException.class, () -> BucketConfig.parse(yaml));
        assertFalse(String.valueOf(failure.getMessage()).contains("the-secret"), failure.getMessage());
    }

    private static BucketSettings settings(String yaml) throws UsageException {
        return Objects.requireNonNull(BucketConfig.parse(yaml));
    }
}
