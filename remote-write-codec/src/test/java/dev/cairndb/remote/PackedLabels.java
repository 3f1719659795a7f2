package dev.cairndb.remote;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Reads packed labels the slow and plain way. */
final class PackedLabels {
    private PackedLabels() {}

    /** Names and values in hex, {@code name=value}. */
    static List<String> list(byte[] bytes, int offset, int length) {
        List<String> labels = new ArrayList<>();
        int[] at = {offset};
        while (at[0] < offset + length) {
            String name = text(bytes, at);
            labels.add(name + "=" + text(bytes, at));
        }
        return labels;
    }

    private static String text(byte[] bytes, int[] at) {
        int length = 0;
        int shift = 0;
        byte b;
        do {
            b = bytes[at[0]++];
            length |= (b & 0x7F) << shift;
            shift += 7;
        } while (b < 0);
        at[0] += length;
        return HexFormat.of().formatHex(bytes, at[0] - length, at[0]);
    }
}
