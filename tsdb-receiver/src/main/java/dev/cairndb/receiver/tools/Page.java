package dev.cairndb.receiver.tools;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The pages that {@code --help} shows: how they are laid out, and what all of them have. */
final class Page {
    static final int WIDTH = 110;

    private Page() {}

    /**
     * A command without parameters and options yet.
     *
     * @param summary one line, which the page of the group shows too
     * @param description paragraphs
     */
    static CommandSpec of(String name, String summary, String... description) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage()
                .header(summary)
                .headerHeading("")
                .synopsisHeading("%nusage: ")
                .descriptionHeading(description.length == 0 ? "" : "%n")
                .description(description.length == 0 ? new String[0] : new String[] {String.join("%n%n", description)})
                .parameterListHeading("%nparameters:%n")
                .optionListHeading("%noptions:%n")
                .commandListHeading("%ncommands:%n")
                .sortOptions(false)
                .abbreviateSynopsis(true)
                .width(WIDTH);
        return spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .type(boolean.class)
                .arity("0")
                .description("Shows this page.")
                .build());
    }

    /** @param found what it means that something was found; empty if the command looks for nothing */
    static void exitCodes(CommandSpec spec, String fine, String found) {
        Map<String, String> codes = new LinkedHashMap<>();
        codes.put(" " + Command.FINE, fine);
        if (!found.isEmpty()) {
            codes.put(" " + Command.FOUND, found);
        }
        codes.put(" " + Command.FAILED, "the command line is wrong, or it could not be done");
        spec.usageMessage().exitCodeListHeading("%nexit codes:%n").exitCodeList(codes);
    }

    /** @param lines command lines, each with a line about it in front */
    static void examples(CommandSpec spec, String... lines) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines.length; i++) {
            text.append(i % 2 == 0 ? "  # " : "  ").append(lines[i]);
            text.append(i == lines.length - 1 ? "" : i % 2 == 0 ? "%n" : "%n%n");
        }
        spec.usageMessage().footerHeading("%nexamples:%n").footer(text.toString());
    }
}
