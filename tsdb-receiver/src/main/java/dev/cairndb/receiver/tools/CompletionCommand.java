package dev.cairndb.receiver.tools;

import java.util.List;
import java.util.Locale;
import picocli.AutoComplete;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** {@code cairn completion}: what a shell completes command lines of {@code cairn} with. */
final class CompletionCommand implements Command {
    private static final List<String> SHELLS = List.of("bash", "zsh");

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "completion",
                "Prints a script with which a shell completes commands and flags.",
                "The script is one for both shells; zsh reads it through its bashcompinit.");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .paramLabel("SHELL")
                .type(String.class)
                .arity("1")
                .required(true)
                .converters(CompletionCommand::shell)
                .completionCandidates(SHELLS)
                .description("bash or zsh.")
                .build());
        Page.exitCodes(spec, "the script was printed", "");
        Page.examples(
                spec,
                "in this shell, from now on",
                "source <(cairn completion bash)",
                "in every shell",
                "cairn completion bash > ~/.local/share/bash-completion/completions/cairn");
        return spec;
    }

    private static String shell(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        if (!SHELLS.contains(name)) {
            throw new TypeConversionException("expected=bash or zsh, found=" + text);
        }
        return name;
    }

    @Override
    public int run(ParseResult line, Console console) {
        console.out().print(AutoComplete.bash("cairn", line.commandSpec().root().commandLine()));
        return FINE;
    }
}
