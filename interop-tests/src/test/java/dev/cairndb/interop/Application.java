package dev.cairndb.interop;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * A program to be scraped: a page in OpenMetrics with exemplars, units, help and creation times, whose numbers grow
 * with every scrape. A counter starts again now and then, and one series ends.
 */
final class Application implements AutoCloseable {
    private static final int SCRAPES_TO_RESET = 7;
    private static final int SCRAPES_TO_END = 10;

    private final HttpServer server;
    private final long bornMillis = System.currentTimeMillis();
    private int scrapes;

    private Application(HttpServer server) {
        this.server = server;
    }

    static Application start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        Application application = new Application(server);
        server.createContext("/metrics", exchange -> {
            byte[] body = application.page().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders()
                    .set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return application;
    }

    int port() {
        return server.getAddress().getPort();
    }

    private synchronized String page() {
        int scrape = scrapes++;
        double now = System.currentTimeMillis() / 1000.0;
        StringBuilder page = new StringBuilder();
        page.append("# TYPE app_requests counter\n# HELP app_requests Requests, all of them.\n");
        for (int path = 0; path < 3; path++) {
            int count = scrape % SCRAPES_TO_RESET * (path + 1);
            page.append("app_requests_total{path=\"/%d\"} %d # {trace_id=\"t%d-%d\"} 1.0 %.3f\n"
                    .formatted(path, count, scrape, path, now));
            page.append("app_requests_created{path=\"/%d\"} %.3f\n".formatted(path, bornMillis / 1000.0));
        }
        page.append("# TYPE app_latency_seconds histogram\n# UNIT app_latency_seconds seconds\n");
        page.append("# HELP app_latency_seconds How long it took.\n");
        for (int bound = 1; bound <= 4; bound++) {
            page.append("app_latency_seconds_bucket{le=\"%s\"} %d # {trace_id=\"b%d-%d\"} %s %.3f\n"
                    .formatted(bound == 4 ? "+Inf" : "0." + bound, bound * scrape, scrape, bound, "0.0" + bound, now));
        }
        page.append("app_latency_seconds_count %d\napp_latency_seconds_sum %s\n".formatted(4 * scrape, scrape / 3.0));
        page.append("# TYPE app_temperature_celsius gauge\n# UNIT app_temperature_celsius celsius\n");
        page.append("app_temperature_celsius %s\n".formatted(scrape % 2 == 0 ? "NaN" : "-1.5"));
        if (scrape < SCRAPES_TO_END) {
            page.append("# TYPE app_gone unknown\napp_gone %d\n".formatted(scrape));
        }
        return page.append("# EOF\n").toString();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
