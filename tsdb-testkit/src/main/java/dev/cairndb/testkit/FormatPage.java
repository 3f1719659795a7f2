package dev.cairndb.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page under {@code docs/format}, for a test that compares what it says with what the code does. Examples stand in
 * fenced blocks with a name: {@code hex NAME} (blanks and line ends are free, {@code #} begins a comment) or
 * {@code json NAME}. Immutable, thread-safe.
 */
public final class FormatPage {
    private final String name;
    private final String text;

    private FormatPage(String name, String text) {
        this.name = name;
        this.text = text;
    }

    /** @param name of the file under {@code docs/format} */
    public static FormatPage read(String name) {
        try {
            return new FormatPage(
                    name,
                    Files.readString(Repository.root().resolve("docs/format").resolve(name)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Whether the page says this, in these words. */
    public boolean contains(String words) {
        return text.contains(words);
    }

    /** All places where the pattern matches. */
    public List<MatchResult> find(String pattern) {
        return Pattern.compile(pattern).matcher(text).results().toList();
    }

    /** The digits of a hex block and nothing else. */
    public String hex(String block) {
        return block("hex", block).replaceAll("#.*", "").replaceAll("\\s", "");
    }

    /** The bytes of a hex block. */
    public byte[] bytes(String block) {
        return HexFormat.of().parseHex(hex(block));
    }

    /** A JSON block without its last line end. */
    public String json(String block) {
        return block("json", block).replaceFirst("\n\\z", "");
    }

    private String block(String language, String block) {
        Pattern fenced = Pattern.compile("```" + language + " " + Pattern.quote(block) + "\n(.*?)```", Pattern.DOTALL);
        Matcher found = fenced.matcher(text);
        if (!found.find()) {
            throw new AssertionError("no block " + language + " " + block + " in " + name);
        }
        return found.group(1);
    }
}
