package dev.cairndb.receiver;

import java.io.PrintStream;

/** The command line of {@code bin/cairn}. */
public final class Main {
    private static final int EXIT_OK = 0;
    private static final int EXIT_USAGE = 2;

    private Main() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(run(arguments, System.out, System.err));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err) {
        String command = arguments.length == 0 ? "" : arguments[0];
        switch (command) {
            case "help", "--help", "-h" -> {
                out.println(usage());
                return EXIT_OK;
            }
            case "version", "--version" -> {
                out.println("cairn " + version() + " on Java " + Runtime.version());
                return EXIT_OK;
            }
            default -> {
                err.println(command.isEmpty() ? "no command given" : "unknown command: " + command);
                err.println(usage());
                return EXIT_USAGE;
            }
        }
    }

    private static String usage() {
        return "usage: cairn COMMAND [FLAGS]\n\n  help\n  version";
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(not from a jar)" : version;
    }
}
