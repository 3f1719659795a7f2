package dev.cairndb.s3test;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * S3Proxy, with its objects in memory, on a port of the loopback interface. It runs in a process of its own, since what
 * it is made of does not go together with what is tested, and goes with {@link #close} or with this process, however
 * that ends. Thread-safe.
 */
public final class S3TestServer implements AutoCloseable {
    public static final String ACCESS_KEY = "cairn-test";
    public static final String SECRET_KEY = "cairn-test-secret";

    private static final long START_SECONDS_MAX = 60;
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Process process;
    private final Path folder;
    private final int port;
    private final AtomicInteger buckets = new AtomicInteger();

    private S3TestServer(Process process, Path folder, int port) {
        this.process = process;
        this.folder = folder;
        this.port = port;
    }

    /** Returns when the server answers. */
    public static S3TestServer start() throws IOException {
        Path folder = Files.createTempDirectory("s3-test-server");
        Path log = folder.resolve("log");
        Process process =
                new ProcessBuilder(command(folder)).redirectError(log.toFile()).start();
        try {
            String line =
                    CompletableFuture.supplyAsync(() -> firstLine(process)).get(START_SECONDS_MAX, TimeUnit.SECONDS);
            return new S3TestServer(process, folder, Integer.parseInt(line));
        } catch (Exception e) {
            process.destroyForcibly();
            throw new IOException("the S3 server did not start: " + Files.readString(log), e);
        }
    }

    private static List<String> command(Path folder) throws IOException {
        String classpath;
        try (InputStream in = S3TestServer.class.getResourceAsStream("classpath")) {
            if (in == null) {
                throw new IOException("not built: the list of the server's jars is missing");
            }
            classpath = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
        String own = Path.of(URI.create(S3TestServer.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString()))
                .toString();
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dlogback.configurationFile=dev/cairndb/s3test/logback.xml",
                "-cp",
                own + File.pathSeparator + classpath,
                ServerProcess.class.getName(),
                folder.toString(),
                ACCESS_KEY,
                SECRET_KEY);
    }

    private static String firstLine(Process process) {
        try {
            String line = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
            if (line == null) {
                throw new IllegalStateException("it ended");
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Makes a bucket that nobody uses yet, and returns its name. */
    public String newBucket() throws IOException {
        String bucket = "bucket-" + buckets.incrementAndGet();
        HttpURLConnection connection =
                (HttpURLConnection) endpoint().resolve("/" + bucket).toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        connection.setRequestMethod("PUT");
        String date = DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
                .format(ZonedDateTime.now(ZoneOffset.UTC));
        connection.setRequestProperty("Date", date);
        connection.setRequestProperty(
                "Authorization", "AWS " + ACCESS_KEY + ":" + signature("PUT\n\n\n" + date + "\n/" + bucket));
        if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
            throw new IOException("cannot make a bucket: status=" + connection.getResponseCode());
        }
        connection.disconnect();
        return bucket;
    }

    /** Version 2 of AWS' signatures, of which little is needed here. */
    private static String signature(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(SECRET_KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
            for (String name : List.of("log", "s3proxy.properties")) {
                Files.deleteIfExists(folder.resolve(name));
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
