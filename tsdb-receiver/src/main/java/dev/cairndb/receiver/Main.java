package dev.cairndb.receiver;

import dev.cairndb.io.FileStorage;
import dev.cairndb.receiver.tools.Console;
import dev.cairndb.receiver.tools.Tools;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The command line of {@code bin/cairn}. */
public final class Main {
    private static final int EXIT_OK = 0;
    private static final int EXIT_FAILURE = 1;
    private static final int EXIT_USAGE = 2;

    /** Set by {@code bin/cairn} if standard error is a terminal: Java cannot tell. */
    private static final String TERMINAL = "cairn.terminal";

    /** Set beside it if standard output is one as well. */
    private static final String TERMINAL_OUTPUT = "cairn.terminal.output";

    private static final long BAR_MILLIS = 200;

    private Main() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        CountDownLatch stop = new CountDownLatch(1);
        if (isReceive(arguments)) {
            // Other commands leave nothing half done when they are ended at once.
            StopSignals.onFirst(stop::countDown);
        }
        System.exit(run(arguments, System.out, System.err, stop));
    }

    /** @param stop counted down to end a command that serves */
    static int run(String[] arguments, PrintStream out, PrintStream err, CountDownLatch stop) {
        if (isReceive(arguments)) {
            return receive(Arrays.copyOfRange(arguments, 1, arguments.length), out, err, stop);
        }
        Console console = new Console(out, err, Boolean.getBoolean(TERMINAL), Boolean.getBoolean(TERMINAL_OUTPUT));
        return new Tools(version(), ReceiverPage.spec(), ReceiverPage.text(), new ReceiverBucketFlags(), console)
                .run(arguments);
    }

    private static boolean isReceive(String[] arguments) {
        return arguments.length > 0 && arguments[0].equals("receive");
    }

    private static int receive(String[] arguments, PrintStream out, PrintStream err, CountDownLatch stop) {
        if (Arrays.stream(arguments).anyMatch(argument -> argument.equals("--help") || argument.equals("-h"))) {
            out.println(ReceiverPage.text());
            return EXIT_OK;
        }
        ReceiverSettings settings;
        try {
            ReceiverFlags flags = new ReceiverFlags(arguments);
            Log.configure(flags.logLevel(), err);
            settings = flags.settings();
            flags.warnings().forEach(Log::warn);
        } catch (UsageException e) {
            err.println("cairn: error: " + e.getMessage() + "; try: cairn receive --help");
            return EXIT_USAGE;
        }
        Receiver receiver;
        try {
            receiver = Receiver.start(settings, FileStorage.instance(), version());
        } catch (IOException e) {
            err.println("cairn: error: " + e.getMessage());
            return EXIT_FAILURE;
        }
        out.println(welcome(receiver, settings));
        out.flush();
        Thread bar = Boolean.getBoolean(TERMINAL) && settings.bucket() != null ? showShipping(receiver) : null;
        try {
            stop.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        receiver.stop();
        if (bar != null) {
            takeAway(bar);
        }
        return EXIT_OK;
    }

    private static void takeAway(Thread bar) {
        bar.interrupt();
        try {
            bar.join(BAR_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Keeps a line on the terminal up to date until it is interrupted, also while the receiver stops. */
    private static Thread showShipping(Receiver receiver) {
        ShippingBar bar =
                new ShippingBar(() -> ShippingBar.sum(receiver.tenants().all()), System::nanoTime);
        Thread thread = new Thread(
                () -> {
                    try {
                        while (true) {
                            Log.status(bar.line());
                            Thread.sleep(BAR_MILLIS);
                        }
                    } catch (InterruptedException e) {
                        Log.status(null);
                    }
                },
                "receiver-shipping-bar");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static String welcome(Receiver receiver, ReceiverSettings settings) {
        return "CairnDB " + version() + " is ready.\n\n"
                + "  Send: put these lines into prometheus.yml\n"
                + "    remote_write:\n"
                + "      - url: " + receiver.writeUrl() + "\n"
                + "  Look: " + receiver.adminUrl() + "\n"
                + "  Data: " + settings.dataDirectory() + "\n"
                + "  Bucket: " + place(settings.bucket()) + "\n"
                + "  Stop: Ctrl-C\n";
    }

    private static String place(@Nullable BucketSettings bucket) {
        return bucket == null ? "none" : bucket.place();
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(not from a jar)" : version;
    }
}
