package dev.cairndb.tsdb;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Labels like those of a Kubernetes scrape: 500 series of a target, about ten labels and 330 bytes each. */
final class KubernetesLabels {
    private static final int SERIES_PER_TARGET = 500;
    private static final String[] PARTS = {"http", "container", "kube", "node", "process", "go", "jvm", "rpc"};
    private static final String[] THINGS = {
        "requests",
        "cpu_usage",
        "memory_working_set",
        "network_receive",
        "fs_writes",
        "queue_length",
        "errors",
        "request_duration"
    };
    private static final String[] UNITS = {"total", "seconds_total", "bytes", "count", "ratio", "bucket"};
    private static final String[] METHODS = {"GET", "POST", "PUT", "DELETE"};
    private static final String[] BOUNDS = {"0.005", "0.01", "0.05", "0.1", "0.5", "1", "5", "+Inf"};

    private KubernetesLabels() {}

    /** Names and values in turn, ascending by name. */
    static byte[][] of(int series) {
        int target = series / SERIES_PER_TARGET;
        int metric = series % SERIES_PER_TARGET;
        Map<String, String> labels = new TreeMap<>();
        labels.put(
                "__name__", PARTS[metric % 8] + "_" + THINGS[metric / 8 % 8] + "_" + UNITS[metric / 64 % UNITS.length]);
        labels.put("cluster", "edge-1");
        labels.put("namespace", "team-" + target % 23);
        labels.put("pod", String.format("service-%d-%08x-%05x", target % 97, target * 0x9E3779B1, target));
        labels.put("container", "app-" + target % 7);
        labels.put("instance", "10.0." + target / 250 % 250 + "." + target % 250 + ":9100");
        labels.put("job", "service-" + target % 97);
        labels.put("node", "ip-10-0-" + target / 900 + "-" + target / 30 % 30 + ".eu-west-1.compute.internal");
        switch (metric % 3) {
            case 0 -> {
                labels.put("method", METHODS[metric / 3 % METHODS.length]);
                labels.put("code", Integer.toString(200 + metric / 12 % 5));
            }
            case 1 -> {
                labels.put("le", BOUNDS[metric / 3 % BOUNDS.length]);
                labels.put("path", "/api/v1/resource" + metric / 24);
            }
            default -> labels.put("device", "eth" + metric / 3);
        }
        byte[][] texts = new byte[2 * labels.size()][];
        int at = 0;
        for (Map.Entry<String, String> label : labels.entrySet()) {
            texts[at++] = label.getKey().getBytes(StandardCharsets.UTF_8);
            texts[at++] = label.getValue().getBytes(StandardCharsets.UTF_8);
        }
        return texts;
    }
}
