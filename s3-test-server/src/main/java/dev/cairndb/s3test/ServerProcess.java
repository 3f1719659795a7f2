package dev.cairndb.s3test;

import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gaul.s3proxy.Main;

/** The process of {@link S3TestServer}: says its port when it listens, ends when nobody holds its input any more. */
final class ServerProcess {
    private static final long POLL_MILLIS = 20;
    /** Systems give none of these to connections by themselves: a free one stays free until the server listens. */
    private static final int FIRST_PORT = 12_000;

    private static final int PORTS = 8_000;
    /** Processes that start at the same time have numbers that are close, and look for ports that are not. */
    private static final int PORTS_APART = 13;

    private ServerProcess() {}

    /** @param arguments a folder for the configuration, the access key, the secret key */
    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        // All else that is printed is of no interest on the pipe.
        System.setOut(System.err);
        endWithInput();
        int port = freePort();
        Path properties = Path.of(arguments[0], "s3proxy.properties");
        Files.writeString(properties, """
                s3proxy.endpoint=http://127.0.0.1:%d
                s3proxy.authorization=aws-v2-or-v4
                s3proxy.identity=%s
                s3proxy.credential=%s
                jclouds.provider=transient-nio2
                jclouds.identity=any
                jclouds.credential=any
                """.formatted(port, arguments[1], arguments[2]));
        Main.main(new String[] {"--properties", properties.toString()});
        while (!listens(port)) {
            Thread.sleep(POLL_MILLIS);
        }
        out.println(port);
        out.flush();
    }

    private static void endWithInput() {
        Thread watch = new Thread(() -> {
            try {
                while (System.in.read() >= 0) {}
            } catch (IOException e) {
                // As good as its end.
            }
            Runtime.getRuntime().halt(0);
        });
        watch.setDaemon(true);
        watch.start();
    }

    private static int freePort() throws IOException {
        long first = ProcessHandle.current().pid() * PORTS_APART;
        for (int tried = 0; tried < PORTS; tried++) {
            int port = FIRST_PORT + (int) ((first + tried) % PORTS);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException e) {
                // Taken.
            }
        }
        throw new IOException("no port is free from " + FIRST_PORT + " on");
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
