package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS of the write port and of the gRPC port, with certificates that change. */
class TlsTest {
    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    static Path keys;

    @TempDir
    Path folder;

    private final Path certificate = keys.resolve("server.pem");
    private final Path key = keys.resolve("server.key");

    @BeforeAll
    static void makeKeys() throws Exception {
        make("first", "EC");
        make("second", "RSA");
        make("client", "EC");
        make("other", "EC");
    }

    private static void make(String name, String algorithm) throws Exception {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process process = new ProcessBuilder(
                        keytool.toString(),
                        "-genkeypair",
                        "-keystore",
                        store(name).toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-alias",
                        name,
                        "-keyalg",
                        algorithm,
                        "-dname",
                        "CN=" + name)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.waitFor(Patience.SECONDS, TimeUnit.SECONDS);
        assertEquals(0, process.exitValue());
        KeyStore loaded = load(name);
        Key key = loaded.getKey(name, PASSWORD);
        writePem(keys.resolve(name + ".key"), "PRIVATE KEY", key.getEncoded());
        writePem(
                keys.resolve(name + ".pem"),
                "CERTIFICATE",
                loaded.getCertificate(name).getEncoded());
    }

    private static void writePem(Path file, String kind, byte[] der) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(file, "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
    }

    private static Path store(String name) {
        return keys.resolve(name + ".p12");
    }

    private static KeyStore load(String name) throws Exception {
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store(name))) {
            loaded.load(in, PASSWORD);
        }
        return loaded;
    }

    /** With times that differ, however fast it goes. */
    private void use(String name, long seconds) throws IOException {
        for (Path file : List.of(certificate, key)) {
            String from = name + (file.equals(certificate) ? ".pem" : ".key");
            Files.write(file, Files.readAllBytes(keys.resolve(from)));
            Files.setLastModifiedTime(file, FileTime.fromMillis(seconds * 1000));
        }
    }

    private RunningReceiver start() throws IOException {
        String[] flags = {
            "--grpc-server-tls-cert=" + certificate,
            "--grpc-server-tls-key=" + key,
            "--remote-write.server-tls-cert=" + certificate,
            "--remote-write.server-tls-key=" + key,
            "--grpc-server-tls-client-ca=" + keys.resolve("client.pem"),
            "--remote-write.server-tls-client-ca=" + keys.resolve("client.pem")
        };
        return RunningReceiver.start(folder, flags);
    }

    @Test
    void certificatesAreReadAgainAndClientsNeedTheirs() throws Exception {
        use("first", 1_000);
        try (RunningReceiver receiver = start()) {
            int[] ports = {
                URI.create(receiver.receiver().writeUrl()).getPort(),
                receiver.receiver().grpcPort()
            };
            for (int port : ports) {
                assertEquals("CN=first", serverName(port, true));
                assertThrows(IOException.class, () -> serverName(port, false));
            }
            use("second", 2_000);
            for (int port : ports) {
                assertEquals("CN=second", serverName(port, true));
            }
            Files.writeString(key, "broken");
            Files.setLastModifiedTime(key, FileTime.fromMillis(3_000_000));
            for (int port : ports) {
                assertEquals("CN=second", serverName(port, true));
            }
        }
    }

    @Test
    void aCertificateNeedsItsOwnKey() throws Exception {
        use("first", 1_000);
        Files.write(key, Files.readAllBytes(keys.resolve("other.key")));
        IOException refused = assertThrows(IOException.class, this::start);
        assertTrue(String.valueOf(refused.getMessage()).contains("do not belong together"), refused::toString);
    }

    /** An ECPrivateKey of P-256 (RFC 5915), as {@code openssl ecparam -genkey} writes it, but for the public key. */
    @Test
    void aKeyThatIsCutIsRefused() throws Exception {
        byte[] curve = {(byte) 0xA0, 10, 6, 8, 42, -122, 72, -50, 61, 3, 1, 7};
        byte[] der = new byte[2 + 3 + 2 + 32 + curve.length];
        byte[] head = {0x30, (byte) (der.length - 2), 2, 1, 1, 4, 32};
        System.arraycopy(head, 0, der, 0, head.length);
        Arrays.fill(der, head.length, head.length + 32, (byte) 5);
        System.arraycopy(curve, 0, der, der.length - curve.length, curve.length);
        Path file = folder.resolve("ec.key");
        writePem(file, "EC PRIVATE KEY", der);
        assertEquals("EC", PemFiles.privateKey(file).getAlgorithm());
        for (int length = 1; length < der.length; length++) {
            byte[] cut = Arrays.copyOf(der, length);
            for (String kind : List.of("EC PRIVATE KEY", "RSA PRIVATE KEY", "PRIVATE KEY")) {
                writePem(file, kind, cut);
                assertThrows(IOException.class, () -> PemFiles.privateKey(file), kind + ", " + length + " bytes");
            }
        }
    }

    @Test
    void aReceiverDoesNotStartWithoutItsCertificate() throws Exception {
        use("first", 1_000);
        Files.delete(key);
        assertThrows(IOException.class, this::start);
        assertThrows(UsageException.class, () -> new ReceiverFlags("--grpc-server-tls-cert=" + certificate).settings());
        assertThrows(
                UsageException.class, () -> new ReceiverFlags("--grpc-server-tls-client-ca=" + certificate).settings());
    }

    /** Whom a client meets; fails also if the server closes the connection for want of a certificate. */
    private static String serverName(int port, boolean withCertificate) throws Exception {
        KeyManager[] clients = {};
        if (withCertificate) {
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(load("client"), PASSWORD);
            clients = factory.getKeyManagers();
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(clients, new TrustManager[] {new TrustsAll()}, null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(Patience.SECONDS * 1000);
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            X509Certificate met = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            // In TLS 1.3 a server says what it thinks of a client's certificate with its first answer.
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes());
            if (socket.getInputStream().read() < 0) {
                throw new IOException("closed");
            }
            return met.getSubjectX500Principal().getName();
        }
    }

    private static final class TrustsAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
