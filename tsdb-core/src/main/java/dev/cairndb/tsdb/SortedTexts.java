package dev.cairndb.tsdb;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** A set of UTF-8 texts in the order of their bytes, which is not that of {@link String} beyond U+FFFF. */
final class SortedTexts {
    private final TreeSet<byte[]> texts = new TreeSet<>(Arrays::compareUnsigned);

    void addAll(Collection<byte[]> more) {
        texts.addAll(more);
    }

    List<String> toStrings() {
        List<String> strings = new ArrayList<>(texts.size());
        for (byte[] text : texts) {
            strings.add(new String(text, StandardCharsets.UTF_8));
        }
        return strings;
    }
}
