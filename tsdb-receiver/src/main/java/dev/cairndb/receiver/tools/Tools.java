package dev.cairndb.receiver.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * All commands of {@code cairn} but the one that serves: finds the one that a command line names, and runs it. Not
 * thread-safe; one for each command line.
 */
public final class Tools {
    private final Console console;
    private final CommandLine root;
    private final Command versionCommand;
    private final CommandSpec receive;
    private final String receivePage;
    private final IdentityHashMap<CommandSpec, Command> commands = new IdentityHashMap<>();

    /**
     * @param receive the flags of {@code cairn receive}, which is run elsewhere
     * @param receivePage what its {@code --help} shows
     * @param buckets what flags about buckets mean
     */
    public Tools(String version, CommandSpec receive, String receivePage, BucketFlags buckets, Console console) {
        this.console = console;
        versionCommand = new VersionCommand(version);
        this.receive = receive;
        this.receivePage = receivePage;
        CommandSpec top = Page.of("cairn", "CairnDB: a Prometheus-compatible time-series store.");
        top.usageMessage().customSynopsis("cairn COMMAND [FLAGS]");
        top.addSubcommand("receive", receive);
        top.addSubcommand("tsdb", tsdb(buckets));
        top.addSubcommand("bucket", bucket(buckets));
        addTo(top, new CompletionCommand());
        addTo(top, new HelpCommand(this::pageOf));
        addTo(top, versionCommand);
        top.addOption(OptionSpec.builder("--version")
                .versionHelp(true)
                .type(boolean.class)
                .arity("0")
                .description("As the command version.")
                .build());
        root = new CommandLine(top)
                .setExpandAtFiles(false)
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
    }

    private CommandSpec tsdb(BucketFlags flags) {
        CommandSpec group = Page.of(
                "tsdb",
                "Reads the directory of a store, repairs it, copies it, and makes blocks.",
                "DIR is the directory of one store, for example a tenant's folder.");
        List.of(new TsdbList(), new TsdbAnalyze(), new TsdbDump(), new TsdbVerify(), new TsdbRepair(), new TsdbBackup())
                .forEach(command -> addTo(group, command));
        CommandSpec creation = Page.of("create-blocks-from", "Makes blocks of a history that comes from elsewhere.");
        addTo(creation, new CreateBlocksFromOpenMetrics(flags));
        Page.exitCodes(creation, "all samples are in blocks", "");
        Page.examples(creation, "a file of text", "cairn tsdb create-blocks-from openmetrics history.om data");
        group.addSubcommand(creation.name(), creation);
        return group;
    }

    private CommandSpec bucket(BucketFlags flags) {
        CommandSpec group = Page.of(
                "bucket",
                "Looks at the blocks in a bucket, checks, copies and marks them.",
                "The bucket is that of the receiver's flags --objstore.config-file or --objstore.config, in Thanos'"
                        + " layout. Whoever writes to it meanwhile may go on.");
        BucketOptions options = new BucketOptions(flags);
        List.of(
                        new BucketList(options),
                        new BucketInspect(options),
                        new BucketVerify(options),
                        new BucketCopy(flags),
                        new BucketMark(options))
                .forEach(command -> addTo(group, command));
        return group;
    }

    private void addTo(CommandSpec group, Command command) {
        CommandSpec spec = command.spec();
        group.addSubcommand(spec.name(), spec);
        commands.put(spec, command);
    }

    /** Returns the exit code: 0 fine, 1 something was found, 2 it was asked for wrongly or could not be done. */
    public int run(String... arguments) {
        int exitCode = runCommand(arguments);
        if (Output.isLost(console.out())) {
            console.err().println("cairn: error: cannot write to standard output; is its disk full?");
            return Command.FAILED;
        }
        return exitCode;
    }

    private int runCommand(String... arguments) {
        try {
            ParseResult line = root.parseArgs(arguments);
            if (line.isVersionHelpRequested()) {
                return versionCommand.run(line, console);
            }
            while (line.hasSubcommand()) {
                line = line.subcommand();
            }
            if (line.isUsageHelpRequested()) {
                console.out().println(pageOf(line.commandSpec()));
                return Command.FINE;
            }
            Command command = commands.get(line.commandSpec());
            if (command == null) {
                return wrong("no command given", line.commandSpec());
            }
            return command.run(line, console);
        } catch (UnmatchedArgumentException e) {
            CommandSpec spec = e.getCommandLine().getCommandSpec();
            String first = e.getUnmatched().get(0);
            boolean isCommand = !spec.subcommands().isEmpty() && !first.startsWith("-");
            return isCommand ? wrong("unknown command: " + below(spec) + first, spec) : wrong(e);
        } catch (ParameterException e) {
            return wrong(e);
        } catch (IOException | InvalidPathException e) {
            return failed(e);
        } catch (UncheckedIOException e) {
            return failed(e.getCause());
        } catch (OutOfMemoryError e) {
            console.err()
                    .println("cairn: error: not enough memory; give the JVM more, for example with"
                            + " CAIRN_JAVA_OPTS=-Xmx2g");
            return Command.FAILED;
        } catch (RuntimeException | StackOverflowError e) {
            // Not 1, which the JVM would end with: that is for what a command finds.
            console.err().println("cairn: error: this is a bug, please report it: " + FailureText.of(e));
            e.printStackTrace(console.err());
            return Command.FAILED;
        }
    }

    private int failed(@Nullable Throwable failure) {
        console.err().println("cairn: error: " + FailureText.of(failure));
        return Command.FAILED;
    }

    private int wrong(String problem, CommandSpec spec) {
        console.err().println(problem);
        console.err().println(pageOf(spec));
        return Command.FAILED;
    }

    private int wrong(ParameterException e) {
        CommandLine command = e.getCommandLine();
        console.err().println("cairn: error: " + e.getMessage());
        console.err().print("usage: " + command.getHelp().synopsis(0));
        console.err().println("try: " + command.getCommandSpec().qualifiedName() + " --help");
        return Command.FAILED;
    }

    /** The names of the groups down to one, without the program's. */
    private static String below(CommandSpec spec) {
        String name = spec.qualifiedName();
        int space = name.indexOf(' ');
        return space < 0 ? "" : name.substring(space + 1) + " ";
    }

    private String pageOf(CommandSpec spec) {
        return spec == receive
                ? receivePage
                : spec.commandLine().getUsageMessage().stripTrailing();
    }
}
