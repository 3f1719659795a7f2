package dev.cairndb.tsdb.internal.block;

import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import org.jspecify.annotations.Nullable;

/** As Go's encoder writes JSON: it also escapes what could end a script in a web page. */
public final class GoEscapes extends CharacterEscapes {
    private static final long serialVersionUID = 1L;

    private final int[] asciiEscapes;

    public GoEscapes() {
        asciiEscapes = standardAsciiEscapesForJSON();
        asciiEscapes['<'] = ESCAPE_CUSTOM;
        asciiEscapes['>'] = ESCAPE_CUSTOM;
        asciiEscapes['&'] = ESCAPE_CUSTOM;
    }

    @Override
    public int[] getEscapeCodesForAscii() {
        return asciiEscapes;
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int character) {
        boolean escaped = character < 0x80 || character == 0x2028 || character == 0x2029;
        return escaped ? new SerializedString(String.format("\\u%04x", character)) : null;
    }
}
