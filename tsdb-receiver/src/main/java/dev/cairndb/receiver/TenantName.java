package dev.cairndb.receiver;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Which names a tenant may have: its store is in a folder of that name, so it must be one safe path segment. */
final class TenantName {
    static final int BYTES_MAX = 150;

    private TenantName() {}

    /** What is wrong with the name, or null if nothing is. */
    static @Nullable String problem(String name) {
        if (name.isEmpty()) {
            return "tenant name is empty";
        }
        if (name.equals(".") || name.equals("..")) {
            return "tenant name not valid: it may not be . or ..";
        }
        for (int at = 0; at < name.length(); ) {
            int c = name.codePointAt(at);
            if (c == '/' || c == '\\') {
                return "tenant name not valid: it may not have / or \\";
            }
            if (Character.isISOControl(c) || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                return "tenant name not valid: it may not have control characters or broken text";
            }
            at += Character.charCount(c);
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        return bytes > BYTES_MAX ? "tenant name not valid: it has " + bytes + " bytes, max=" + BYTES_MAX : null;
    }

    /** The name in a header: header values come as one char per byte, and tenants are UTF-8. */
    static String fromHeader(String header) {
        int all = 0;
        for (int i = 0; i < header.length(); i++) {
            all |= header.charAt(i);
        }
        boolean ascii = all < 0x80;
        boolean bytes = all < 0x100;
        return ascii || !bytes
                ? header
                : new String(header.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
