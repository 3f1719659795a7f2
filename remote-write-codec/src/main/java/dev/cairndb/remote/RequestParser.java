package dev.cairndb.remote;

import org.jspecify.annotations.Nullable;

/**
 * Reads a message into the columns of a {@link RemoteWriteRequest}, in one pass. Fields may come in any order and more
 * than once, as protobuf allows. Not thread-safe.
 */
abstract sealed class RequestParser permits RequestV1Parser, RequestV2Parser {
    final WireReader in = new WireReader();
    final RemoteWriteRequest request;
    byte[] bytes = new byte[0];
    RemoteWriteLimits limits = RemoteWriteLimits.defaults();
    private final RemoteWriteVersion version;

    RequestParser(RemoteWriteRequest request, RemoteWriteVersion version) {
        this.request = request;
        this.version = version;
    }

    final void parse(
            byte[] source, int offset, int length, RemoteWriteLimits requestLimits, @Nullable KnownLabels known)
            throws MalformedRequestException, RequestTooLargeException {
        bytes = source;
        limits = requestLimits;
        in.reset(source, offset);
        request.start(source, version, known);
        message(offset + length);
    }

    abstract void message(int end) throws MalformedRequestException, RequestTooLargeException;

    final void histogram(int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForSample();
        int start = in.position();
        HistogramParser histogram = request.histogramParser();
        histogram.check(in, end, version);
        request.histograms()
                .add(
                        start,
                        end,
                        histogram.hasFloatCounts(),
                        histogram.timestampMillis(),
                        histogram.startTimestampMillis());
    }

    final void requireRoomForSeries() throws RequestTooLargeException {
        if (request.seriesCount() >= limits.seriesMax()) {
            throw new RequestTooLargeException("series", limits.seriesMax() + 1L, limits.seriesMax());
        }
    }

    final void requireRoomForMetadata() throws RequestTooLargeException {
        if (request.metadata().count() >= limits.seriesMax()) {
            throw new RequestTooLargeException("metadata entries", limits.seriesMax() + 1L, limits.seriesMax());
        }
    }

    /** For a sample of any kind, or an exemplar. */
    final void requireRoomForSample() throws RequestTooLargeException {
        long count = (long) request.samples().count()
                + request.histograms().count()
                + request.exemplars().count();
        if (count >= limits.samplesMax()) {
            throw new RequestTooLargeException("samples", count + 1, limits.samplesMax());
        }
    }

    /** For labels of a series or an exemplar, or symbols. */
    final void requireRoomForLabels(int have, int more) throws RequestTooLargeException {
        if (have > limits.labelsMax() - more) {
            throw new RequestTooLargeException("labels", limits.labelsMax() + 1L, limits.labelsMax());
        }
    }
}
