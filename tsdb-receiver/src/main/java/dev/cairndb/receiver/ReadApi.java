package dev.cairndb.receiver;

import dev.cairndb.io.QueryStoppedException;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.URIUtil;
import org.jspecify.annotations.Nullable;

/**
 * The part of Prometheus' HTTP API that needs no PromQL. Answers go out as they are made, so that their memory is
 * bounded, from a thread of {@link QueryTurns}, which waits for the client. Thread-safe.
 */
final class ReadApi {
    /** A hundred years, in place of no limit. */
    private static final long ENDLESS_MILLIS = 100L * 365 * 24 * 3_600_000;

    private static final String LABEL_PREFIX = "/api/v1/label/";
    private static final String LABEL_SUFFIX = "/values";
    private static final int RETRY_SECONDS = 1;

    /**
     * A path that is answered here.
     *
     * @param name in metrics
     * @param pathValue what stands in the path in place of a name
     */
    record Route(String name, ApiEndpoint endpoint, String pathValue) {}

    private final ReceiverSettings settings;
    private final Tenants tenants;
    private final AtomicInteger underWay;
    private final BooleanSupplier ready;
    private final Map<String, ApiEndpoint> endpoints;
    private final ApiEndpoint labelValues = LabelsEndpoint.values();
    private final Route statusOfTenants;
    private final QueryTurns turns;
    private final LimitMetrics metrics;

    /** @param underWay counts queries too: a stop waits for them */
    ReadApi(
            ReceiverSettings settings,
            Tenants tenants,
            AtomicInteger underWay,
            BooleanSupplier ready,
            QueryTurns turns,
            LimitMetrics metrics) {
        this.settings = settings;
        this.tenants = tenants;
        this.underWay = underWay;
        this.ready = ready;
        this.turns = turns;
        this.metrics = metrics;
        endpoints = Map.of(
                "/api/v1/series",
                new SeriesEndpoint(),
                "/api/v1/labels",
                LabelsEndpoint.names(),
                "/api/v1/query_exemplars",
                new ExemplarsEndpoint(),
                "/api/v1/metadata",
                new MetadataEndpoint(),
                TenantStatus.PATH,
                TenantStatus.asInPrometheus(tenants),
                "/federate",
                new FederateEndpoint(settings, System::currentTimeMillis));
        statusOfTenants = new Route(TenantStatus.PATH, TenantStatus.asInThanos(tenants), "");
    }

    /** Null if the path is not one of these. */
    @Nullable
    Route route(String path) {
        ApiEndpoint endpoint = endpoints.get(path);
        if (endpoint != null) {
            return new Route(path, endpoint, "");
        }
        int end = path.length() - LABEL_SUFFIX.length();
        if (path.startsWith(LABEL_PREFIX) && path.endsWith(LABEL_SUFFIX) && end > LABEL_PREFIX.length()) {
            String name = URIUtil.decodePath(path.substring(LABEL_PREFIX.length(), end));
            if (name.indexOf('/') < 0) {
                return new Route(LABEL_PREFIX + "name" + LABEL_SUFFIX, labelValues, name);
            }
        }
        return null;
    }

    /** Of {@link TenantStatus#PATH} on the write port. */
    Route statusOfTenants() {
        return statusOfTenants;
    }

    void handle(Route route, Request request, Response response, Callback callback) {
        String method = request.getMethod();
        boolean takesForms = route.endpoint.takesForms();
        if (method.equals("OPTIONS")) {
            TextResponse.write(response, callback, Answer.NO_CONTENT);
        } else if (!method.equals("GET") && !(method.equals("POST") && takesForms)) {
            response.getHeaders().put(HttpHeader.ALLOW, takesForms ? "GET, OPTIONS, POST" : "GET, OPTIONS");
            TextResponse.write(response, callback, Answer.of(405, "Method Not Allowed"));
        } else {
            long latestNanos =
                    System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(QueryTurns.WAIT_MILLIS_MAX + queryMillisMax());
            // A query that waits or looks at much is silent without being idle; a reader that stopped reading is.
            request.addIdleTimeoutListener(silence -> System.nanoTime() - latestNanos > 0);
            underWay.incrementAndGet();
            Callback ended = Callback.from(callback, underWay::decrementAndGet);
            String header = request.getHeaders().get(settings.tenantHeader());
            String tenant =
                    header == null || header.isEmpty() ? settings.defaultTenant() : TenantName.fromHeader(header);
            turns.submit(tenant, new InTurn(route, tenant, request, response, ended));
        }
    }

    private final class InTurn implements FairAdmission.Work {
        private final Route route;
        private final String tenant;
        private final Request request;
        private final Response response;
        private final Callback callback;

        InTurn(Route route, String tenant, Request request, Response response, Callback callback) {
            this.route = route;
            this.tenant = tenant;
            this.request = request;
            this.response = response;
            this.callback = callback;
        }

        @Override
        public void run() {
            answer(route, tenant, request, response, callback);
        }

        @Override
        public void refuse(FairAdmission.Refusal why) {
            metrics.queryRefused(tenants.known(tenant) == null ? "" : tenant, why);
            answerError(route, unavailable(QueryTurns.text(why)), new AnswerStream(response), response, callback);
        }
    }

    private void answer(Route route, String tenant, Request request, Response response, Callback callback) {
        AnswerStream out = new AnswerStream(response);
        try {
            route.endpoint.answer(query(route, tenant, request), out);
            out.end();
            callback.succeeded();
        } catch (ApiException e) {
            answerError(route, e, out, response, callback);
        } catch (EofException e) {
            Log.debug("the client of " + route.name + " has gone: " + Log.describe(e));
            callback.failed(e);
        } catch (QueryStoppedException e) {
            ApiException.Type type = e.reason() == QueryStoppedException.Reason.TIME
                    ? ApiException.Type.TIMEOUT
                    : ApiException.Type.EXECUTION;
            answerError(route, new ApiException(type, Log.describe(e)), out, response, callback);
        } catch (IOException | RuntimeException e) {
            if (ready.getAsBoolean()) {
                Log.error("cannot answer " + route.name, e);
            }
            ApiException error = ready.getAsBoolean()
                    ? new ApiException(ApiException.Type.INTERNAL, Log.describe(e))
                    : unavailable("the receiver is stopping");
            answerError(route, error, out, response, callback);
        } catch (Error e) {
            callback.failed(e);
            throw e;
        }
    }

    private ApiQuery query(Route route, String tenant, Request request) throws IOException, ApiException {
        long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(queryMillisMax());
        if (!ready.getAsBoolean()) {
            throw unavailable("the receiver is starting or stopping");
        }
        String problem = TenantName.problem(tenant);
        if (problem != null) {
            throw ApiException.badData(problem);
        }
        return new ApiQuery(
                ApiParameters.of(request),
                route.pathValue,
                request.getHeaders().get(HttpHeader.ACCEPT),
                tenant,
                store(tenant),
                settings.queryLimits(),
                deadlineNanos);
    }

    private long queryMillisMax() {
        Duration max = settings.queryLimits().timeMax();
        return max.isZero() ? ENDLESS_MILLIS : Math.min(ENDLESS_MILLIS, max.toMillis());
    }

    private @Nullable Tsdb store(String name) throws ApiException {
        Tenant tenant = tenants.known(name);
        if (tenant == null) {
            return null;
        }
        CompletableFuture<Tsdb> store = tenant.store();
        if (store.isCompletedExceptionally()) {
            throw unavailable("the store of tenant " + name + " cannot be opened");
        }
        if (!store.isDone()) {
            throw unavailable("the store of tenant " + name + " is being opened");
        }
        return store.join();
    }

    private static ApiException unavailable(String why) {
        return new ApiException(ApiException.Type.UNAVAILABLE, why);
    }

    private static void answerError(
            Route route, ApiException error, AnswerStream out, Response response, Callback callback) {
        if (out.hasBegun()) {
            Log.warn("broke off an answer to " + route.name + ": " + error.text());
            callback.failed(error);
            return;
        }
        try {
            out.reset();
            if (error.type() == ApiException.Type.UNAVAILABLE) {
                response.getHeaders().put(HttpHeader.RETRY_AFTER, RETRY_SECONDS);
            }
            if (route.endpoint.hasPlainErrors()) {
                TextResponse.write(response, callback, Answer.of(error.type().status(), error.text()));
                return;
            }
            out.begin(JsonAnswer.CONTENT_TYPE);
            response.setStatus(error.type().status());
            JsonAnswer.writeError(out, error);
            out.end();
            callback.succeeded();
        } catch (IOException e) {
            callback.failed(e);
        }
    }
}
