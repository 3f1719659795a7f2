package dev.cairndb.tsdb;

import dev.cairndb.chunks.XorAppender;
import dev.cairndb.remote.RemoteWriteVersion;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the least is that a write costs, to measure a store by: a loop in one thread walks the message, hashes the label
 * bytes of each series, finds the series in a table, compares its labels byte for byte, and appends the sample to its
 * chunk. It checks nothing: no limits, no order of samples or labels, no log, no other reader, no damaged message. The
 * labels of version 2 are put together from the symbols first. Not thread-safe.
 */
final class NaiveLoop {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int CHUNK_BYTES = 3 << 10;
    private static final int SAMPLES_OF_CHUNK = 120;

    private final RemoteWriteVersion version;
    private @Nullable Series[] table = new Series[1 << 16];
    private int seriesCount;
    private int[] symbolAt = new int[1 << 12];
    private int symbolCount;
    private byte[] message = new byte[0];
    private int at;
    private byte[] labels = new byte[1 << 12];
    private int labelsFrom;
    private int labelsTo;

    private static final class Series {
        final byte[] labels;
        final long hash;
        final XorAppender appender = new XorAppender();
        final byte[] chunk = new byte[CHUNK_BYTES];
        int samples;

        Series(byte[] labels, long hash) {
            this.labels = labels;
            this.hash = hash;
            appender.start(chunk, 0);
        }

        void append(long timestampMillis, long valueBits) {
            if (samples++ == SAMPLES_OF_CHUNK) {
                appender.start(chunk, 0);
                samples = 1;
            }
            appender.append(timestampMillis, valueBits);
        }
    }

    NaiveLoop(RemoteWriteVersion version) {
        this.version = version;
    }

    int seriesCount() {
        return seriesCount;
    }

    /** Returns the number of samples. */
    int take(byte[] bytes, int length) {
        message = bytes;
        at = 0;
        symbolCount = 0;
        int seriesTag = version == RemoteWriteVersion.V1 ? 1 : 5;
        int samples = 0;
        while (at < length) {
            int field = (int) readVarint() >>> 3;
            int end = (int) readVarint();
            end += at;
            if (field == seriesTag) {
                samples += version == RemoteWriteVersion.V1 ? takeSeries1(end) : takeSeries2(end);
            } else if (version == RemoteWriteVersion.V2 && field == 4) {
                if (symbolCount == symbolAt.length) {
                    symbolAt = Arrays.copyOf(symbolAt, 2 * symbolCount);
                }
                symbolAt[symbolCount++] = at << 8 | end - at;
            }
            at = end;
        }
        return samples;
    }

    private int takeSeries1(int end) {
        labelsFrom = at;
        labelsTo = at;
        @Nullable Series series = null;
        int samples = 0;
        while (at < end) {
            int field = (int) readVarint() >>> 3;
            int to = (int) readVarint();
            to += at;
            if (field == 1) {
                // Name and value, as who takes labels has to know where they are.
                while (at < to) {
                    long unused = readVarint();
                    int length = (int) readVarint();
                    at += length;
                }
                labelsTo = to;
            } else if (field == 2) {
                series = series != null ? series : find(message);
                takeSample(series, to);
                samples++;
            }
            at = to;
        }
        return samples;
    }

    private int takeSeries2(int end) {
        @Nullable Series series = null;
        int samples = 0;
        while (at < end) {
            int field = (int) readVarint() >>> 3;
            int to = (int) readVarint();
            to += at;
            if (field == 1) {
                putLabels(to);
            } else if (field == 2) {
                series = series != null ? series : find(labels);
                takeSample(series, to);
                samples++;
            }
            at = to;
        }
        return samples;
    }

    private void putLabels(int end) {
        int size = 0;
        while (at < end) {
            int symbol = symbolAt[(int) readVarint()];
            int length = symbol & 0xFF;
            labels[size++] = (byte) length;
            System.arraycopy(message, symbol >>> 8, labels, size, length);
            size += length;
        }
        labelsFrom = 0;
        labelsTo = size;
    }

    private void takeSample(Series series, int end) {
        long bits = 0;
        long timestampMillis = 0;
        while (at < end) {
            int tag = message[at++];
            if (tag == 0x09) {
                bits = (long) LONGS.get(message, at);
                at += 8;
            } else {
                timestampMillis = readVarint();
            }
        }
        series.append(timestampMillis, bits);
    }

    private long readVarint() {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = message[at++];
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private Series find(byte[] bytes) {
        long hash = hash(bytes);
        int mask = table.length - 1;
        for (int i = (int) hash & mask; ; i = i + 1 & mask) {
            Series series = table[i];
            if (series == null) {
                return add(bytes, hash);
            }
            if (series.hash == hash
                    && Arrays.equals(bytes, labelsFrom, labelsTo, series.labels, 0, series.labels.length)) {
                return series;
            }
        }
    }

    /** One lane of eight bytes at a time. */
    private long hash(byte[] bytes) {
        long hash = labelsTo - labelsFrom;
        int i = labelsFrom;
        for (; i <= labelsTo - 8; i += 8) {
            hash = Long.rotateLeft(hash ^ (long) LONGS.get(bytes, i), 29) * 0x9E3779B97F4A7C15L;
        }
        for (; i < labelsTo; i++) {
            hash = (hash ^ bytes[i]) * 0x100000001B3L;
        }
        return hash ^ hash >>> 32;
    }

    private Series add(byte[] bytes, long hash) {
        Series series = new Series(Arrays.copyOfRange(bytes, labelsFrom, labelsTo), hash);
        if (2 * ++seriesCount > table.length) {
            @Nullable Series[] before = table;
            table = new Series[2 * before.length];
            for (Series each : before) {
                if (each != null) {
                    put(each);
                }
            }
        }
        put(series);
        return series;
    }

    private void put(Series series) {
        int mask = table.length - 1;
        int i = (int) series.hash & mask;
        while (table[i] != null) {
            i = i + 1 & mask;
        }
        table[i] = series;
    }
}
