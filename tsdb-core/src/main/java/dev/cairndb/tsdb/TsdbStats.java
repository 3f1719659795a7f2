package dev.cairndb.tsdb;

import dev.cairndb.io.LimitExceededException;
import dev.cairndb.io.QueryStoppedException;
import java.util.Map;

/**
 * Figures of a store at one moment; counters start at zero when it is opened.
 *
 * @param seriesActive series in the head
 * @param seriesCreated series created
 * @param seriesRemoved series removed from the head
 * @param samplesAppended float samples stored
 * @param samplesLate those of {@code samplesAppended} that were late
 * @param samplesDuplicate float samples that were there already
 * @param histogramsAppended native histograms stored
 * @param histogramsLate those of {@code histogramsAppended} that were late
 * @param histogramsDuplicate native histograms that were there already
 * @param requestsInFlight appends that were taken and are not answered yet
 * @param bytesInFlight bytes of such appends, decompressed
 * @param writesRefused appends refused as a whole, by the limit they ran into
 * @param queriesStopped queriers that were ended early, by reason
 * @param samplesRejected samples of all kinds and exemplars rejected, by reason
 * @param exemplars exemplars that are kept now
 * @param exemplarsAppended exemplars stored
 * @param exemplarsDuplicate exemplars that were there already
 * @param metadataEntries entries of metadata that are kept now
 * @param headMinTimestampMillis oldest sample of the head, {@code Long.MAX_VALUE} if empty
 * @param headMaxTimestampMillis newest sample of the head, {@code Long.MIN_VALUE} if empty
 * @param headChunks chunks of the head, open ones included
 * @param headBytes bytes of memory the head holds, by part
 * @param walBytes bytes of the log on disk
 * @param walSyncs fsyncs of the log
 * @param wblBytes bytes of the log of late samples on disk
 * @param walRecordsUnknown records of both logs skipped at open, by name of their type, and histograms of an unknown
 *     schema
 * @param walCorruptions damaged places found in the log at open
 * @param wblCorruptions damaged places found in the log of late samples at open
 * @param damageFound damaged places and files found since the opening began, by kind; kinds without any are left out
 * @param blocks blocks on disk
 * @param blockBytes bytes of the blocks
 * @param blocksCut blocks cut
 * @param blockMerges how often blocks were replaced by one that was made of them
 * @param blocksShipped blocks shipped
 * @param blocksNotShippable blocks kept here by the last pass of shipping, because Thanos could not read them
 * @param shipping how far shipping is
 * @param blocksDeleted blocks deleted by retention
 * @param backgroundFailures failures of background work
 * @param queriersOpen queriers open now
 */
public record TsdbStats(
        int seriesActive,
        long seriesCreated,
        long seriesRemoved,
        long samplesAppended,
        long samplesLate,
        long samplesDuplicate,
        long histogramsAppended,
        long histogramsLate,
        long histogramsDuplicate,
        int requestsInFlight,
        long bytesInFlight,
        Map<LimitExceededException.Limit, Long> writesRefused,
        Map<QueryStoppedException.Reason, Long> queriesStopped,
        Map<Rejection, Long> samplesRejected,
        int exemplars,
        long exemplarsAppended,
        long exemplarsDuplicate,
        int metadataEntries,
        long headMinTimestampMillis,
        long headMaxTimestampMillis,
        long headChunks,
        Map<String, Long> headBytes,
        long walBytes,
        long walSyncs,
        long wblBytes,
        Map<String, Long> walRecordsUnknown,
        long walCorruptions,
        long wblCorruptions,
        Map<FileKind, Long> damageFound,
        int blocks,
        long blockBytes,
        long blocksCut,
        long blockMerges,
        long blocksShipped,
        int blocksNotShippable,
        Shipping shipping,
        long blocksDeleted,
        long backgroundFailures,
        int queriersOpen) {
    /**
     * How far the shipping of blocks is. What waits is known from the beginning of a pass on, and goes down while files
     * are sent.
     *
     * @param passes times it was looked what is to be shipped
     * @param passesFailed those after which blocks were left that could not be shipped
     * @param blocksFailed failed attempts to ship a block
     * @param blocksWaiting blocks that are still to be shipped
     * @param bytesWaiting bytes of them that are
     * @param bytesSent bytes of files that were sent, once more for each repeated attempt
     */
    public record Shipping(
            long passes, long passesFailed, long blocksFailed, int blocksWaiting, long bytesWaiting, long bytesSent) {
        /** Of a store that ships nothing. */
        public static final Shipping NONE = new Shipping(0, 0, 0, 0, 0, 0);
    }
}
