package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.tsdb.BlockInfo;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbStats;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** {@code thanos.info.Info}: which labels and times there are, and which services. Stateless but for its access. */
final class InfoService {
    private static final String NAME = "thanos.info.Info";
    private static final int LABEL_SETS = 1;
    private static final int COMPONENT = 2;
    private static final int STORE = 3;
    private static final int EXEMPLARS = 7;
    private static final int STATUS = 9;

    private final StoreAccess access;
    private final LongSupplier nowMillis;

    InfoService(StoreAccess access, LongSupplier nowMillis) {
        this.access = access;
        this.nowMillis = nowMillis;
    }

    ServerServiceDefinition definition() {
        return ServerServiceDefinition.builder(NAME)
                .addMethod(Calls.unary(NAME + "/Info", access, this::info))
                .build();
    }

    private void info(byte[] request, Reply reply) {
        if (!access.isReady()) {
            reply.fail(Status.UNAVAILABLE.withDescription("Not ready"));
            return;
        }
        // Figures of a store wait for its writes.
        access.execute(() -> {
            try {
                answer(reply);
            } catch (RuntimeException e) {
                access.failed(NAME, e);
                reply.fail(Status.INTERNAL.withDescription(e.toString()));
            }
        });
    }

    private void answer(Reply reply) {
        List<TenantStore> stores = access.stores();
        ByteWriter answer = new ByteWriter(256);
        ByteWriter infos = new ByteWriter(256);
        long min = Long.MAX_VALUE;
        for (TenantStore store : stores) {
            ByteWriter labels = labels(store.externalLabels());
            ProtoWriter.message(answer, LABEL_SETS, labels);
            long minOfStore = minTimestampMillis(store.db());
            min = Math.min(min, minOfStore);
            ByteWriter info = new ByteWriter(64);
            ProtoWriter.message(info, 1, labels);
            ProtoWriter.number(info, 2, minOfStore);
            ProtoWriter.number(info, 3, Long.MAX_VALUE);
            ProtoWriter.message(infos, 6, info);
        }
        ProtoWriter.text(answer, COMPONENT, "receive");
        ByteWriter store = new ByteWriter(64);
        ProtoWriter.number(store, 1, stores.isEmpty() ? Long.MIN_VALUE : min);
        ProtoWriter.number(store, 2, Long.MAX_VALUE);
        ProtoWriter.flag(store, 3, true);
        ProtoWriter.flag(store, 5, true);
        store.putBytes(infos.array(), 0, infos.size());
        ProtoWriter.message(answer, STORE, store);
        ByteWriter exemplars = new ByteWriter(32);
        ProtoWriter.number(exemplars, 1, Long.MIN_VALUE);
        ProtoWriter.number(exemplars, 2, Long.MAX_VALUE);
        ProtoWriter.message(answer, EXEMPLARS, exemplars);
        ProtoWriter.message(answer, STATUS, new ByteWriter(0));
        reply.answer(Message.of(answer));
    }

    /**
     * From when on the store may have samples before a querier asks again, some seconds later: those it has, and what
     * may come late.
     */
    private long minTimestampMillis(@Nullable Tsdb db) {
        if (db == null) {
            return Long.MIN_VALUE;
        }
        TsdbStats stats = db.stats();
        long window =
                db.options().outOfOrderWindow().plus(db.options().blockRange()).toMillis();
        long min = Math.min(nowMillis.getAsLong() - window, stats.headMinTimestampMillis());
        for (BlockInfo block : db.admin().blocks()) {
            min = Math.min(min, block.minTimestampMillis());
        }
        return min;
    }

    /** A {@code thanos.LabelSet}. */
    static ByteWriter labels(Labels labels) {
        ByteWriter set = new ByteWriter(64);
        LabelWalk walk = new LabelWalk().reset(labels.packed(), labels.packed().length);
        while (walk.next()) {
            int unused = walk.putMessage(set, 1);
        }
        return set;
    }
}
