package dev.cairndb.receiver;

import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What {@code cairn receive --help} and a shell's completion say of the {@link Flag}s. */
final class ReceiverPage {
    private ReceiverPage() {}

    /** The command with the flags that have an effect: what a shell offers. */
    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("receive");
        spec.usageMessage().header("Receives remote_write, keeps a store per tenant, ships blocks to a bucket.");
        Flag.ALL.values().stream()
                .filter(Flag::hasEffect)
                .sorted(Comparator.comparing(Flag::name))
                .forEach(flag -> addTo(spec, flag));
        return spec;
    }

    private static void addTo(CommandSpec spec, Flag flag) {
        switch (flag.kind()) {
            case VALUE ->
                spec.addOption(OptionSpec.builder("--" + flag.name())
                        .type(String.class)
                        .arity("1")
                        .build());
            case REPEATED ->
                spec.addOption(OptionSpec.builder("--" + flag.name())
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .arity("1")
                        .build());
            case SWITCH -> {
                spec.addOption(OptionSpec.builder("--" + flag.name())
                        .type(boolean.class)
                        .arity("0")
                        .build());
                spec.addOption(OptionSpec.builder("--no-" + flag.name())
                        .type(boolean.class)
                        .arity("0")
                        .build());
            }
        }
    }

    /** A page about the flags that have an effect. */
    static String text() {
        StringBuilder page = new StringBuilder("""
                usage: cairn receive [FLAGS]

                Receives remote_write, keeps a store per tenant, ships blocks to a bucket. The flags are those of
                thanos receive; one that has no effect yet says so, one that cannot be ignored safely is refused.

                """);
        appendFlags(page, Flag.Treatment.EFFECTIVE);
        page.append("\nnot in Thanos:\n");
        appendFlags(page, Flag.Treatment.OWN);
        return page.append("""

                exit codes:
                  0   stopped by a signal, with all that was to be shipped in the bucket or told of in the log
                  1   it could not start: the data directory or an address is in use, a file cannot be read
                  2   the command line is wrong

                examples:
                  # one receiver, one tenant, no bucket
                  cairn receive --tsdb.path=data

                  # blocks are shipped to a bucket; the labels tell its writers apart
                  cairn receive --tsdb.path=data --label='replica="a"' --objstore.config-file=bucket.yml
                """).toString().stripTrailing();
    }

    private static void appendFlags(StringBuilder page, Flag.Treatment treatment) {
        Flag.ALL.values().stream()
                .filter(flag -> flag.treatment() == treatment)
                .sorted(Comparator.comparing(Flag::name))
                .forEach(flag -> page.append("  --")
                        .append(flag.name())
                        .append(
                                flag.kind() == Flag.Kind.REPEATED
                                        ? "=... (repeatable)\n"
                                        : "=" + flag.defaultValue() + "\n")
                        .append("        ")
                        .append(flag.remark())
                        .append('\n'));
    }
}
