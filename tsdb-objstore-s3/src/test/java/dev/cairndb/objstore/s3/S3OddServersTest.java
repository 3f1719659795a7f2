package dev.cairndb.objstore.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that speak S3 in ways of their own, and what they are told. */
class S3OddServersTest {
    private static final ObjectKey KEY = ObjectKey.of("a");
    private static final ObjectBody BODY = ObjectBody.ofBytes(new byte[] {1, 2, 3});
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private ObjectStore store;

    private interface Answer {
        /** The status; a body if there is one. */
        Map.Entry<Integer, String> to(HttpExchange exchange);
    }

    private void start(Answer answer) throws IOException {
        start(HttpServer.create(loopback(), 0), answer);
        store = builder("http").build();
    }

    private void start(HttpServer made, Answer answer) {
        server = made;
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                heard.add(exchange.getRequestMethod() + " "
                        + exchange.getRequestHeaders().entrySet());
                Map.Entry<Integer, String> said = answer.to(exchange);
                byte[] body = said.getValue().getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(said.getKey(), body.length == 0 ? -1 : body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private S3ObjectStoreBuilder builder(String scheme) {
        return S3ObjectStore.builder("bucket")
                .endpoint(URI.create(
                        scheme + "://127.0.0.1:" + server.getAddress().getPort()))
                .pathStyle(true)
                .credentials("key", "secret")
                .attemptsMax(1);
    }

    @AfterEach
    void stop() {
        if (store != null) {
            store.close();
        }
        server.stop(0);
    }

    private static void isRefusal(ObjectStoreException e, String message) {
        assertFalse(e.retryable(), e.toString());
        assertTrue(String.valueOf(e.getMessage()).contains(message), e.toString());
    }

    @Test
    void aServerThatIgnoresTheConditionIsNotTrustedWithIt() throws Exception {
        start(exchange -> Map.entry(200, ""));
        isRefusal(assertThrows(ObjectStoreException.class, () -> store.putIfAbsent(KEY, BODY)), "If-None-Match");
        assertEquals(List.of("PUT", "PUT", "DELETE"), methods());
    }

    @Test
    void aServerThatDoesNotKnowTheConditionIsNamed() throws Exception {
        start(exchange -> Map.entry(exchange.getRequestMethod().equals("PUT") ? 501 : 204, ""));
        isRefusal(assertThrows(ObjectStoreException.class, () -> store.putIfAbsent(KEY, BODY)), "If-None-Match");
    }

    @Test
    void aServerThatIgnoresRangesIsNotTakenForOneThatKeepsThem() throws Exception {
        start(exchange -> Map.entry(200, "0123456789"));
        ByteBuffer target = ByteBuffer.allocate(4);
        assertEquals(4, store.read(KEY, 0, target));
        assertEquals("0123", new String(target.array(), StandardCharsets.UTF_8));
        isRefusal(assertThrows(ObjectStoreException.class, () -> store.read(KEY, 3, ByteBuffer.allocate(4))), "range");
    }

    @Test
    void aListingThatIsInNoOrderIsAFailure() throws Exception {
        start(exchange -> {
            boolean first = !String.valueOf(exchange.getRequestURI().getQuery()).contains("continuation-token");
            return Map.entry(
                    200,
                    "<ListBucketResult><IsTruncated>" + first + "</IsTruncated>"
                            + (first ? "<NextContinuationToken>t</NextContinuationToken>" : "")
                            + "<Contents><Key>" + (first ? "b" : "a") + "</Key><Size>1</Size></Contents>"
                            + "<Contents><Key>folder/</Key><Size>0</Size></Contents></ListBucketResult>");
        });
        List<String> names = new ArrayList<>();
        isRefusal(
                assertThrows(ObjectStoreException.class, () -> store.list("", true, entry -> names.add(entry.name()))),
                "does not list in order");
        assertEquals(List.of("b"), names);
    }

    @Test
    void settingsReachTheServer() throws Exception {
        start(exchange -> Map.entry(200, ""));
        byte[] key = new byte[Encryption.CUSTOMER_KEY_BYTES];
        for (S3ObjectStoreBuilder builder : List.of(
                builder("http").encryptWithServerKeys().userMetadata(Map.of("who", "me")),
                builder("http")
                        .encryptWithKmsKey("the-key", Map.of("a", "b\"c"))
                        .storageClass("STANDARD_IA"),
                builder("http").encryptWithCustomerKey(key).contentMd5(false))) {
            try (ObjectStore other = builder.build()) {
                other.put(KEY, BODY);
            }
        }
        hears(
                0,
                "X-amz-server-side-encryption=[AES256]",
                "X-amz-meta-who=[me]",
                "Content-md5=[Uonfc331cyb83SJZevsfrA==]");
        // {"a":"b\"c"} in base 64
        hears(
                1,
                "X-amz-server-side-encryption=[aws:kms]",
                "X-amz-server-side-encryption-aws-kms-key-id=[the-key]",
                "X-amz-server-side-encryption-context=[eyJhIjoiYlwiYyJ9]",
                "X-amz-storage-class=[STANDARD_IA]");
        hears(
                2,
                "X-amz-server-side-encryption-customer-algorithm=[AES256]",
                "-customer-key-md5=[cLyPS3KoaSFGi/joRB3OUQ==]",
                "-customer-key=[AAAA");
        assertFalse(heard.get(2).contains("Content-md5"), heard.get(2));
    }

    private void hears(int request, String... headers) {
        for (String header : headers) {
            assertTrue(heard.get(request).contains(header), header + " in " + heard.get(request));
        }
    }

    private List<String> methods() {
        return heard.stream().map(line -> line.substring(0, line.indexOf(' '))).toList();
    }

    @Test
    void onlyTrustedServersAreTalkedTo(@TempDir Path folder) throws Exception {
        KeyStore keys = selfSigned(folder.resolve("keys.p12"));
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(own.getKeyManagers(), null, null);
        HttpsServer https = HttpsServer.create(loopback(), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(tls));
        start(https, exchange -> Map.entry(200, ""));
        store = builder("https").build();
        isRefusal(assertThrows(ObjectStoreException.class, () -> store.put(KEY, BODY)), "certification path");
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keys);
        for (S3ObjectStoreBuilder builder : List.of(
                builder("https").trustManagers(trust.getTrustManagers()),
                builder("https").trustAll())) {
            try (ObjectStore trusting = builder.build()) {
                trusting.put(KEY, BODY);
            }
        }
        assertEquals(List.of("PUT", "PUT"), methods());
    }

    private static KeyStore selfSigned(Path file) throws Exception {
        String tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Process process = new ProcessBuilder(
                        tool,
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=test",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-ext",
                        "bc=ca:true",
                        "-keystore",
                        file.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-alias",
                        "server")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        KeyStore pair = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            pair.load(in, PASSWORD);
        }
        pair.setCertificateEntry("authority", pair.getCertificate("server"));
        return pair;
    }
}
