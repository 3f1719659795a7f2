package dev.cairndb.receiver.tools;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cairn version}. */
final class VersionCommand implements Command {
    private final String version;

    VersionCommand(String version) {
        this.version = version;
    }

    @Override
    public CommandSpec spec() {
        return Page.of("version", "Shows the version of this program and of Java.");
    }

    @Override
    public int run(ParseResult line, Console console) {
        console.out().println("cairn " + version + " on Java " + Runtime.version());
        return FINE;
    }
}
