package dev.cairndb.receiver;

/**
 * Where a server listens.
 *
 * @param host name or address; empty for all interfaces
 * @param port 0 for any free one
 */
record ListenAddress(String host, int port) {
    /** {@code host:port}, {@code :port} or {@code [v6]:port}. */
    static ListenAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            colon = -1;
        }
        int port = -1;
        if (colon >= 0) {
            try {
                port = Integer.parseInt(text.substring(colon + 1));
            } catch (NumberFormatException e) {
                port = -1;
            }
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("not an address such as 127.0.0.1:19291: " + text);
        }
        return new ListenAddress(host, port);
    }

    /** A host that a client on this machine can use. */
    String reachableHost() {
        String reachable = host.isEmpty() || host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
        return reachable.indexOf(':') >= 0 ? "[" + reachable + "]" : reachable;
    }
}
