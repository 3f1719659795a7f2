package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.Tsdb;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's store as the services see it.
 *
 * @param externalLabels of all its series; they replace labels of the same names
 * @param db null if it is not open now
 */
public record TenantStore(
        String tenant, Labels externalLabels, @Nullable Tsdb db) {}
