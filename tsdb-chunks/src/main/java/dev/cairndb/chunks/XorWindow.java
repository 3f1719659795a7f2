package dev.cairndb.chunks;

/** Numbers of leading and of trailing zeros around the significant bits of XORed values, in 16 bits of an int. */
final class XorWindow {
    /** No value differed from the one before it so far. */
    static final int NONE = 0xFF00;

    private XorWindow() {}

    static int of(int leading, int trailing) {
        return leading << 8 | trailing;
    }

    static int leading(int window) {
        return window >>> 8 & 0xFF;
    }

    static int trailing(int window) {
        return window & 0xFF;
    }
}
