package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.remote.RemoteWriteEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A site that could not reach {@code bin/cairn receive} for a while delivers what its log holds, beside a live sender
 * of the same tenant: all of it arrives.
 */
@Tag("interop")
class BacklogTest {
    /** Of a quarter of a second each. */
    private static final int CUT_OFF_SCRAPES = Integer.getInteger("cairn.interop.backlogScrapes", 40);

    private static final Duration BACKLOG = Duration.ofHours(8);
    /** A fast machine takes some more before the sender is stopped. */
    private static final Duration SPARE = Duration.ofHours(2);

    private static final int BACKLOG_REQUESTS = 3 * 470;
    private static final Duration TIME_MAX = Duration.ofSeconds(180);

    @TempDir
    Path scratch;

    @Test
    void eightHoursArriveAtFullSpeedBesideALiveSender() throws IOException {
        Path data = scratch.resolve("cairn");
        Path tenant = data.resolve(Cairn.TENANT);
        int port = Http.freePort();
        try (Cairn cairn = Cairn.start(scratch, data);
                Prometheus live = Prometheus.start(
                        scratch, scratch.resolve("live"), port, config("live", cairn.writePort(), port, false))) {
            live.program().await("sending", TIME_MAX, () -> sent(live) > 0);
            long began = System.nanoTime();
            SampleSet acknowledged;
            SampleSet attempted;
            try (Sender site = Sender.start(cairn.writePort(), BACKLOG.plus(SPARE))) {
                assertTrue(
                        Waiting.until(TIME_MAX, () -> site.acknowledgedRequests() >= BACKLOG_REQUESTS),
                        () -> site.acknowledgedRequests() + " requests, " + site.refusals() + cairn.log());
                site.stop();
                assertEquals(0, site.refusals().size(), () -> site.refusals().toString());
                acknowledged = site.acknowledged();
                attempted = site.attempted();
            }
            long millis = (System.nanoTime() - began) / 1_000_000;
            live.reload(config("live", cairn.writePort(), 0, false));
            live.awaitEndedAndSent();
            SampleSet all = new SampleSet();
            all.addAll(acknowledged);
            SampleSet ofLive = live.samples();
            all.addAll(withLabel(ofLive, "site", "live"));
            assertTrue(late(cairn) > acknowledged.sampleCount() / 2, () -> late(cairn) + " came late");
            RemoteRead.all(cairn.httpPort()).withLabels(BacklogTest::withoutOwn).assertContains(all, "asked");
            cairn.kill();
            Path killed = Directories.copy(tenant, scratch.resolve("killed"));
            Sender.check(sentBySite(StoreSamples.in(killed)), acknowledged, attempted, "killed");
            readByPrometheus(Directories.copy(tenant, scratch.resolve("killed-2")), all, "after the kill");
            long unused = cairn.startAgainMillis();
            cairn.stop();
            assertTrue(Directories.blocks(tenant).size() > 3, "the stop cut too few blocks");
            StoreSamples.in(Directories.copy(tenant, scratch.resolve("stopped")))
                    .assertContains(all, "stopped");
            readByPrometheus(tenant, all, "after the stop");
            System.out.println("BacklogTest: 8 h, " + acknowledged + " in " + millis + " ms, beside " + ofLive);
        }
    }

    @Test
    void aPrometheusThatWasCutOffDeliversItsLog() throws IOException {
        int livePort = Http.freePort();
        int sitePort = Http.freePort();
        int gate = Http.freePort();
        try (Cairn cairn = Cairn.start(scratch, scratch.resolve("cairn"), "--tsdb.too-far-in-future.time-window=0s");
                Prometheus live = Prometheus.start(
                        scratch, scratch.resolve("live"), livePort, config("live", cairn.writePort(), livePort, true));
                // nobody listens there
                Prometheus site = Prometheus.start(
                        scratch, scratch.resolve("site"), sitePort, config("edge", gate, sitePort, true))) {
            live.program().await("sending", TIME_MAX, () -> sent(live) > 0);
            Waiting.sleep(CUT_OFF_SCRAPES * 250L / 2);
            // From here on all that comes is late: as after hours.
            advance(
                    cairn.writePort(),
                    System.currentTimeMillis() + Duration.ofHours(3).toMillis());
            Waiting.sleep(CUT_OFF_SCRAPES * 250L / 2);
            assertEquals(0, sent(site));
            Map<Labels, TreeMap<Long, String>> expected;
            try (Forwarder open = Forwarder.start(gate, cairn.writePort())) {
                site.program().await("through", TIME_MAX, () -> sent(site) > 0);
                Waiting.sleep(750);
                live.reload(config("live", cairn.writePort(), 0, true));
                site.reload(config("edge", gate, 0, true));
                // Late stale markers of histograms are among what the site sends: it sends them as floats.
                live.awaitEndedAndSent();
                site.awaitEndedAndSent();
                expected = withLabel(RemoteRead.texts(livePort), "site", "live");
                expected.putAll(withLabel(RemoteRead.texts(sitePort), "site", "edge"));
            }
            Map<Labels, TreeMap<Long, String>> found = new TreeMap<>();
            RemoteRead.texts(cairn.httpPort()).forEach((labels, samples) -> found.put(withoutOwn(labels), samples));
            expected.forEach((labels, samples) -> assertEquals(samples, found.get(labels), labels::toString));
            long count = count(expected);
            assertEquals(count + 1, count(found));
            assertTrue(late(cairn) > count / 3, () -> late(cairn) + " of " + count + " came late");
            System.out.println("BacklogTest: " + count + " samples of two Prometheus, " + late(cairn) + " late");
        }
    }

    /** @param scraped port of a target, 0 for none */
    private static String config(String site, int writePort, int scraped, boolean histograms) {
        // A job that goes ends its series with stale markers or not, as it happens; one without targets does.
        String target = scraped == 0 ? "" : "'127.0.0.1:" + scraped + "'";
        String targets = "scrape_configs: [{job_name: self, static_configs: [{targets: [" + target + "]}]}]\n";
        return "global: {scrape_interval: 250ms, scrape_native_histograms: " + histograms + ", external_labels: {site: "
                + site
                + "}}\n"
                + "remote_write: [{url: 'http://127.0.0.1:" + writePort
                + "/api/v1/receive', send_native_histograms: true,"
                + " queue_config: {max_backoff: 500ms, batch_send_deadline: 1s}}]\n" + targets;
    }

    private static double sent(Prometheus prometheus) {
        // Those that wait for an answer count as sent.
        return prometheus.metric("prometheus_remote_storage_highest_timestamp_in_seconds") == 0
                ? 0
                : prometheus.metric("prometheus_remote_storage_bytes_total");
    }

    private static double late(Cairn cairn) {
        return Http.get(cairn.httpPort(), "/metrics")
                .lines()
                .filter(line -> line.startsWith("prometheus_tsdb_head_out_of_order_samples_appended_total"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private void readByPrometheus(Path data, SampleSet all, String when) throws IOException {
        try (Prometheus prometheus = Prometheus.start(
                scratch, data, Http.freePort(), "storage: {tsdb: {out_of_order_time_window: 24h}}\n")) {
            prometheus.samples().assertContains(all, "Prometheus, " + when);
            prometheus.stop();
        }
    }

    /** Raises the newest time of the tenant's samples. */
    private static void advance(int port, long timestampMillis) throws IOException {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        encoder.startSeries();
        encoder.label("__name__", "ahead");
        encoder.sample(timestampMillis, Double.doubleToRawLongBits(1)).endSeries();
        encoder.finish();
        HttpResponse<byte[]> answer = Http.send(Http.to(port, "/api/v1/receive")
                .header("Content-Type", "application/x-protobuf")
                .header("Content-Encoding", "snappy")
                .POST(HttpRequest.BodyPublishers.ofByteArray(Arrays.copyOf(encoder.body(), encoder.bodySize())))
                .build());
        assertEquals(204, answer.statusCode());
    }

    private static SampleSet sentBySite(SampleSet samples) {
        SampleSet found = new SampleSet();
        samples.series().forEach((labels, series) -> {
            if ("sent_total".equals(labels.get("__name__"))) {
                series.forEach((t, bits) -> found.add(labels, t, bits));
            }
        });
        return found;
    }

    private static SampleSet withLabel(SampleSet samples, String name, String value) {
        return samples.withLabels(labels -> !labels.get(name).isEmpty() ? labels : with(labels, name, value));
    }

    private static Map<Labels, TreeMap<Long, String>> withLabel(
            Map<Labels, TreeMap<Long, String>> samples, String name, String value) {
        Map<Labels, TreeMap<Long, String>> found = new TreeMap<>();
        samples.forEach((labels, series) ->
                found.put(!labels.get(name).isEmpty() ? labels : with(labels, name, value), series));
        return found;
    }

    private static Labels with(Labels labels, String name, String value) {
        return labels.toBuilder().add(name, value).build();
    }

    private static Labels withoutOwn(Labels labels) {
        Labels.Builder bare = Labels.builder();
        labels.forEach((name, value) -> {
            if (!name.equals("replica") && !name.equals("tenant_id")) {
                bare.add(name, value);
            }
        });
        return bare.build();
    }

    private static long count(Map<Labels, TreeMap<Long, String>> samples) {
        return samples.values().stream().mapToLong(Map::size).sum();
    }

    /** Lets connections through to another port, as long as it is open. */
    private static final class Forwarder implements AutoCloseable {
        private final ServerSocket gate;
        private final int target;

        private Forwarder(ServerSocket gate, int target) {
            this.gate = gate;
            this.target = target;
        }

        static Forwarder start(int port, int target) throws IOException {
            Forwarder forwarder = new Forwarder(new ServerSocket(port, 50, InetAddress.getLoopbackAddress()), target);
            daemon(forwarder::accept);
            return forwarder;
        }

        private void accept() {
            try {
                while (true) {
                    Socket from = gate.accept();
                    Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
                    daemon(() -> copy(from, to));
                    daemon(() -> copy(to, from));
                }
            } catch (IOException e) {
                // closed
            }
        }

        private static void copy(Socket from, Socket to) {
            try (from;
                    to) {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                long unused = in.transferTo(out);
            } catch (IOException e) {
                // One of the two has ended.
            }
        }

        private static void daemon(Runnable task) {
            Thread thread = new Thread(task, "forwarder");
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void close() throws IOException {
            gate.close();
        }
    }
}
