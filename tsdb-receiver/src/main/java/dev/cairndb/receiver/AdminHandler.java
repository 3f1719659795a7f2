package dev.cairndb.receiver;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** The paths of the HTTP port: probes, metrics, the status page and the read API. Thread-safe. */
final class AdminHandler extends Handler.Abstract {
    private final PrometheusRegistry registry;
    private final ExpositionFormats formats = ExpositionFormats.init();
    private final HttpMetrics metrics;
    private final RemoteReadHandler remoteRead;
    private final ReadApi api;
    private final StatusPage page;
    private final Supplier<@Nullable String> notReady;

    /** @param notReady says why the receiver is not ready, or null if it is */
    AdminHandler(
            PrometheusRegistry registry,
            HttpMetrics metrics,
            RemoteReadHandler remoteRead,
            ReadApi api,
            StatusPage page,
            Supplier<@Nullable String> notReady) {
        this.registry = registry;
        this.metrics = metrics;
        this.remoteRead = remoteRead;
        this.api = api;
        this.page = page;
        this.notReady = notReady;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws IOException {
        long beganNanos = System.nanoTime();
        String path = Request.getPathInContext(request);
        ReadApi.Route route = api.route(path);
        String handler = route == null ? handlerName(path) : route.name();
        Callback counted = Callback.from(
                () -> metrics.answered(handler, request.getMethod(), response.getStatus(), beganNanos), callback);
        if (path.equals(RemoteReadHandler.PATH)) {
            remoteRead.handle(request, response, counted);
            return true;
        }
        if (route != null) {
            api.handle(route, request, response, counted);
            return true;
        }
        String method = request.getMethod();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            TextResponse.write(response, counted, Answer.of(405, "Method not allowed"));
            return true;
        }
        switch (path) {
            case "/-/healthy" -> TextResponse.write(response, counted, Answer.of(200, "healthy"));
            case "/-/ready" -> {
                String reason = notReady.get();
                TextResponse.write(
                        response, counted, reason == null ? Answer.of(200, "ready") : Answer.of(503, reason));
            }
            case "/metrics" -> writeMetrics(request, response, counted);
            case "/" -> TextResponse.write(response, counted, 200, "text/html; charset=utf-8", page.html());
            default -> TextResponse.write(response, counted, Answer.of(404, "no such path here"));
        }
        return true;
    }

    private static String handlerName(String path) {
        return switch (path) {
            case "/-/healthy", "/-/ready", "/metrics", RemoteReadHandler.PATH, "/" -> path;
            default -> "other";
        };
    }

    private void writeMetrics(Request request, Response response, Callback callback) throws IOException {
        String accept = request.getHeaders().get(HttpHeader.ACCEPT);
        ExpositionFormatWriter writer = formats.findWriter(accept == null ? "" : accept);
        ByteArrayOutputStream body = new ByteArrayOutputStream(1 << 16);
        writer.write(body, registry.scrape());
        TextResponse.write(response, callback, 200, writer.getContentType(), body.toByteArray());
    }
}
