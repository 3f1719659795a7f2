package dev.cairndb.receiver.grpc;

import dev.cairndb.io.CorruptionException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code thanos.WriteRequest}: series of one tenant, as older routers send them, or of several, each in a message of
 * its own. Series have the form they have in remote_write 1.0, and stay bytes. Stateless.
 */
final class WriteMessage {
    private static final int SERIES = 1;
    private static final int TENANT = 2;
    private static final int PART = 4;

    /** Series of a tenant: a {@code prometheus.WriteRequest} of nothing else. */
    record Part(String tenant, int offset, int length) {}

    private WriteMessage() {}

    /** @param bytes are changed so that the series of a part lie next to each other */
    static List<Part> parse(byte[] bytes) throws CorruptionException {
        List<Part> parts = new ArrayList<>();
        ProtoReader in = new ProtoReader("WriteRequest", bytes);
        for (int field = in.next(); field != 0; field = in.next()) {
            if (field == PART) {
                in.countElement();
                parts.add(part(in.message("TimeSeriesTenantTuple"), bytes));
            }
        }
        if (parts.isEmpty()) {
            parts.add(part(new ProtoReader("WriteRequest", bytes), bytes));
        }
        return parts;
    }

    /** Moves series that do not lie next to each other; what is between them was read before. */
    private static Part part(ProtoReader in, byte[] bytes) throws CorruptionException {
        String tenant = "";
        int offset = 0;
        int end = -1;
        int at = in.position();
        for (int field = in.next(); field != 0; field = in.next()) {
            if (field == TENANT) {
                tenant = in.text();
            } else {
                in.skip();
            }
            if (field == SERIES) {
                int length = in.position() - at;
                if (end < 0) {
                    offset = at;
                    end = at;
                }
                System.arraycopy(bytes, at, bytes, end, length);
                end += length;
            }
            at = in.position();
        }
        return new Part(tenant, offset, Math.max(0, end - offset));
    }
}
