package dev.cairndb.receiver.tools;

import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code cairn help}. */
final class HelpCommand implements Command {
    private final Function<CommandSpec, String> pages;

    HelpCommand(Function<CommandSpec, String> pages) {
        this.pages = pages;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of("help", "Shows the page about a command.");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .paramLabel("COMMAND")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("0..*")
                .description("Its name, and the names below it; none: the list of all commands.")
                .build());
        Page.examples(spec, "the page about one command", "cairn help tsdb verify");
        return spec;
    }

    @Override
    public int run(ParseResult line, Console console) {
        CommandSpec found = line.commandSpec().root();
        List<String> names = line.matchedPositionalValue(0, List.of());
        for (String name : names) {
            CommandLine next = found.subcommands().get(name);
            if (next == null) {
                throw new ParameterException(
                        line.commandSpec().commandLine(), "unknown command: " + String.join(" ", names));
            }
            found = next.getCommandSpec();
        }
        console.out().println(pages.apply(found));
        return FINE;
    }
}
