package dev.cairndb.receiver;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a port with TLS is told: files in PEM, read again when they change.
 *
 * @param certificate of the server, with what links it to a root
 * @param clientCa what clients' certificates must come from; null: clients need none
 * @param protocols as the JDK names them
 */
record TlsFiles(Path certificate, Path key, @Nullable Path clientCa, List<String> protocols) {
    private static final List<String> VERSIONS = List.of("1.0", "1.1", "1.2", "1.3");
    private static final List<String> NAMES = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

    /** Null if there is to be no TLS. */
    static @Nullable TlsFiles of(String certificate, String key, String clientCa, String versionMin) {
        if (certificate.isEmpty() && key.isEmpty()) {
            if (!clientCa.isEmpty()) {
                throw new IllegalArgumentException(
                        "when a client CA is used a server key and certificate must also be provided");
            }
            return null;
        }
        if (certificate.isEmpty() || key.isEmpty()) {
            throw new IllegalArgumentException("both server key and certificate must be provided");
        }
        int first = VERSIONS.indexOf(versionMin);
        if (first < 0) {
            throw new IllegalArgumentException("expected=one of " + VERSIONS + ", found=" + versionMin);
        }
        return new TlsFiles(
                Path.of(certificate),
                Path.of(key),
                clientCa.isEmpty() ? null : Path.of(clientCa),
                NAMES.subList(first, NAMES.size()));
    }
}
