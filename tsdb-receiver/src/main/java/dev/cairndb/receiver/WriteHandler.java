package dev.cairndb.receiver;

import java.util.Map;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The paths of the write port. It waits for nothing, and is not declared so: the thread that finds out which
 * connections have something would decode bodies too, one after the other in the order of connections, and no tenant
 * would get a turn. Thread-safe.
 */
final class WriteHandler extends Handler.Abstract {
    /**
     * Status when valid samples were stored and others rejected: Thanos' routers expect 409 as from Thanos, others 400.
     */
    private static final Map<String, Integer> REJECTION_STATUS =
            Map.of("/api/v1/receive", 409, "/api/v1/write", 400, "/api/v1/push", 400);

    private final WriteServices services;
    private final ReadApi api;

    WriteHandler(WriteServices services, ReadApi api) {
        this.services = services;
        this.api = api;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = Request.getPathInContext(request);
        Integer rejectionStatus = REJECTION_STATUS.get(path);
        if (rejectionStatus != null) {
            String handler = path.substring(path.lastIndexOf('/') + 1);
            new WriteExchange(services, request, response, callback, handler, rejectionStatus).begin();
            return true;
        }
        if (path.equals(TenantStatus.PATH)) {
            api.handle(api.statusOfTenants(), request, response, callback);
            return true;
        }
        TextResponse.write(response, callback, Answer.of(404, "no such path here; POST /api/v1/receive"));
        return true;
    }
}
