package dev.cairndb.objstore;

/** The order of UTF-8 bytes, taken from UTF-16 strings without encoding them. */
final class Utf8Order {
    private Utf8Order() {}

    static int compare(String left, String right) {
        int common = Math.min(left.length(), right.length());
        for (int i = 0; i < common; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                // Surrogates stand for code points above all others, but their units lie below U+E000.
                boolean aHigh = Character.isSurrogate(a);
                return aHigh == Character.isSurrogate(b) ? a - b : aHigh ? 1 : -1;
            }
        }
        return left.length() - right.length();
    }
}
