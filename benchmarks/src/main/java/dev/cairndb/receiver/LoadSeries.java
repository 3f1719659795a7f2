package dev.cairndb.receiver;

import dev.cairndb.io.MalformedSnappyException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** Series, divided among connections, each of which sends a sample of all its series and then the next. */
final class LoadSeries {
    static final int LABELS_LEAST = 5;

    private LoadSeries() {}

    /**
     * @param stepMillis from one sample of a series to the next
     */
    static List<LoadConnection> connections(
            URI target, int count, int seriesCount, int seriesPerRequest, long beginMillis, long stepMillis)
            throws MalformedSnappyException {
        return connections(target, count, seriesCount, LABELS_LEAST, seriesPerRequest, beginMillis, stepMillis);
    }

    /**
     * @param labelCount of each series, at least {@link #LABELS_LEAST}; the ones beyond have few values
     * @param stepMillis from one sample of a series to the next
     */
    static List<LoadConnection> connections(
            URI target,
            int count,
            int seriesCount,
            int labelCount,
            int seriesPerRequest,
            long beginMillis,
            long stepMillis)
            throws MalformedSnappyException {
        List<List<WriteTemplate>> messages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            messages.add(new ArrayList<>());
        }
        int requests = (seriesCount + seriesPerRequest - 1) / seriesPerRequest;
        for (int request = 0; request < requests; request++) {
            int first = request * seriesPerRequest;
            messages.get(request % count)
                    .add(new WriteTemplate(
                            Math.min(seriesPerRequest, seriesCount - first),
                            1,
                            beginMillis,
                            stepMillis,
                            (encoder, number) -> {
                                int series = first + number;
                                encoder.label("__name__", "load_requests_" + series % 200 + "_total")
                                        .label(
                                                "instance",
                                                "10.0." + series / 200 / 250 + "." + series / 200 % 250 + ":9100")
                                        .label("job", "service-" + series / 200 % 97)
                                        .label("namespace", "team-" + series / 200 % 23)
                                        .label("pod", "service-" + Integer.toHexString(series / 200 * 0x9E3779B1));
                                for (int label = LABELS_LEAST; label < labelCount; label++) {
                                    encoder.label("rack_label_" + (char) ('a' + label), "value-" + series / label % 50);
                                }
                            }));
        }
        List<LoadConnection> connections = new ArrayList<>();
        for (List<WriteTemplate> own : messages) {
            connections.add(new LoadConnection(target, "default-tenant", own));
        }
        return connections;
    }
}
