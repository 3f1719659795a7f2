package dev.cairndb.remote;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/**
 * Makes valid write requests that use the freedom protobuf gives: any order of fields, fields repeated or missing,
 * varints longer than needed, lists packed or not, unknown fields of every type in between.
 */
final class WireGenerator {
    private static final long[] TIMESTAMPS = {0, 1, 127, 128, -1, 1795247924064L, Long.MAX_VALUE, Long.MIN_VALUE};
    private static final long[] VALUES = {
        0, 1, 0x8000000000000000L, 0x7FF0000000000002L, 0x7FF8000000000001L, 0xFFF0000000000001L, 0x3FF0000000000000L
    };

    private final Random random;

    private final RemoteWriteVersion version;
    private int symbols;

    WireGenerator(Random random, RemoteWriteVersion version) {
        this.random = random;
        this.version = version;
    }

    byte[] request() {
        return version == RemoteWriteVersion.V1 ? request1() : request2();
    }

    private byte[] request2() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        symbols = random.nextInt(12);
        int symbolsLeft = symbols;
        int seriesLeft = random.nextInt(5);
        boolean symbolsFirst = random.nextBoolean();
        while (symbolsLeft + seriesLeft > 0) {
            if (random.nextInt(12) == 0) {
                unknown(out, random.nextBoolean() ? 1 + random.nextInt(3) : unknownNumber(), 0);
            }
            if (symbolsLeft > 0 && (symbolsFirst || seriesLeft == 0 || random.nextBoolean())) {
                bytes(out, 4, text());
                symbolsLeft--;
            } else {
                bytes(out, 5, series2());
                seriesLeft--;
            }
        }
        return out.toByteArray();
    }

    private byte[] series2() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (random.nextBoolean()) {
            refs(out, 2 * random.nextInt(4));
            bytes(out, 2, sample2());
            return out.toByteArray();
        }
        for (int count = random.nextInt(8); count > 0; count--) {
            switch (random.nextInt(9)) {
                case 0 -> bytes(out, 3, histogram());
                case 1 -> bytes(out, 4, exemplar2());
                case 2 -> unknown(out, random.nextBoolean() ? 6 : unknownNumber(), 0);
                case 3, 4 -> bytes(out, 2, sample2());
                case 5 -> bytes(out, 5, metadata2());
                default -> refs(out, random.nextInt(8) == 0 ? 1 : 2 * random.nextInt(3));
            }
        }
        return out.toByteArray();
    }

    /** References to symbols, nearly always to ones that are there. */
    private void refs(ByteArrayOutputStream out, int count) {
        if (random.nextInt(4) == 0) {
            for (int i = 0; i < count; i++) {
                integer(out, 1, ref());
            }
            return;
        }
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            varint(list, ref());
        }
        bytes(out, 1, list.toByteArray());
    }

    private long ref() {
        if (symbols == 0 || random.nextInt(60) == 0) {
            return random.nextBoolean() ? symbols + random.nextInt(2) : random.nextLong();
        }
        return random.nextInt(symbols) + (random.nextInt(60) == 0 ? 1L << 32 : 0);
    }

    private byte[] sample2() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (random.nextInt(3) > 0) {
            fixed64(out, 1, value());
            integer(out, 2, timestamp());
            if (random.nextBoolean()) {
                integer(out, 3, timestamp());
            }
            return out.toByteArray();
        }
        for (int count = random.nextInt(5); count > 0; count--) {
            switch (random.nextInt(5)) {
                case 0 -> unknown(out, unknownNumber(), 0);
                case 1, 2 -> fixed64(out, 1, value());
                default -> integer(out, 2 + random.nextInt(2), timestamp());
            }
        }
        return out.toByteArray();
    }

    private byte[] exemplar2() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int count = random.nextInt(4); count > 0; count--) {
            switch (random.nextInt(4)) {
                case 0 -> refs(out, random.nextInt(8) == 0 ? 1 : 2 * random.nextInt(3));
                case 1 -> fixed64(out, 2, value());
                case 2 -> integer(out, 3, timestamp());
                default -> unknown(out, unknownNumber(), 0);
            }
        }
        return out.toByteArray();
    }

    private byte[] metadata2() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int count = random.nextInt(4); count > 0; count--) {
            switch (random.nextInt(4)) {
                case 0 -> integer(out, 1, random.nextInt(10));
                case 1, 2 -> integer(out, 3 + random.nextInt(2), ref());
                default -> unknown(out, random.nextBoolean() ? 2 : unknownNumber(), 0);
            }
        }
        return out.toByteArray();
    }

    private byte[] request1() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int count = random.nextInt(5); count > 0; count--) {
            switch (random.nextInt(8)) {
                case 0 -> bytes(out, 3, metadata());
                case 1 -> unknown(out, random.nextBoolean() ? 2 : unknownNumber(), 0);
                default -> bytes(out, 1, series());
            }
        }
        return out.toByteArray();
    }

    private byte[] series() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (random.nextBoolean()) {
            for (int count = random.nextInt(4); count > 0; count--) {
                bytes(out, 1, label());
            }
            bytes(out, 2, sample());
            return out.toByteArray();
        }
        for (int count = random.nextInt(8); count > 0; count--) {
            switch (random.nextInt(8)) {
                case 0 -> bytes(out, 4, histogram());
                case 1 -> bytes(out, 3, exemplar());
                case 2 -> unknown(out, unknownNumber(), 0);
                case 3, 4 -> bytes(out, 2, sample());
                default -> bytes(out, 1, label());
            }
        }
        return out.toByteArray();
    }

    private byte[] label() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (random.nextInt(3) > 0) {
            bytes(out, 1, text());
            bytes(out, 2, text());
            return out.toByteArray();
        }
        for (int count = random.nextInt(5); count > 0; count--) {
            if (random.nextInt(6) == 0) {
                unknown(out, unknownNumber(), 0);
            } else {
                bytes(out, 1 + random.nextInt(2), text());
            }
        }
        return out.toByteArray();
    }

    private byte[] sample() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (random.nextInt(3) > 0) {
            fixed64(out, 1, value());
            integer(out, 2, timestamp());
            return out.toByteArray();
        }
        for (int count = random.nextInt(5); count > 0; count--) {
            switch (random.nextInt(5)) {
                case 0 -> unknown(out, unknownNumber(), 0);
                case 1, 2 -> fixed64(out, 1, value());
                default -> integer(out, 2, timestamp());
            }
        }
        return out.toByteArray();
    }

    private byte[] exemplar() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int count = random.nextInt(4); count > 0; count--) {
            switch (random.nextInt(4)) {
                case 0 -> bytes(out, 1, label());
                case 1 -> fixed64(out, 2, value());
                case 2 -> integer(out, 3, timestamp());
                default -> unknown(out, unknownNumber(), 0);
            }
        }
        return out.toByteArray();
    }

    private byte[] metadata() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int count = random.nextInt(4); count > 0; count--) {
            switch (random.nextInt(4)) {
                case 0 -> integer(out, 1, random.nextInt(10));
                case 1 -> bytes(out, 2, text());
                case 2 -> bytes(out, 4 + random.nextInt(2), text());
                default -> unknown(out, random.nextBoolean() ? 3 : unknownNumber(), 0);
            }
        }
        return out.toByteArray();
    }

    private byte[] histogram() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int count = random.nextInt(8); count > 0; count--) {
            int field = 1 + random.nextInt(18);
            switch (field) {
                case 1, 4, 6, 14, 15 -> integer(out, field, timestamp());
                case 2, 3, 5, 7 -> fixed64(out, field, value());
                case 8, 11 -> bytes(out, field, span());
                case 9, 12 -> integers(out, field);
                case 10, 13, 16 -> doubles(out, field);
                case 17 -> {
                    if (version == RemoteWriteVersion.V2) {
                        integer(out, field, timestamp());
                    } else {
                        unknown(out, field, 0);
                    }
                }
                default -> unknown(out, unknownNumber(), 0);
            }
        }
        return out.toByteArray();
    }

    private byte[] span() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int count = random.nextInt(3); count > 0; count--) {
            integer(out, 1 + random.nextInt(2), random.nextInt(20) == 0 ? random.nextLong() : random.nextInt(100));
        }
        return out.toByteArray();
    }

    private void integers(ByteArrayOutputStream out, int field) {
        if (random.nextBoolean()) {
            integer(out, field, random.nextLong());
            return;
        }
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        for (int count = random.nextInt(4); count > 0; count--) {
            varint(list, random.nextLong() >> random.nextInt(64));
        }
        bytes(out, field, list.toByteArray());
    }

    private void doubles(ByteArrayOutputStream out, int field) {
        if (random.nextBoolean()) {
            fixed64(out, field, value());
            return;
        }
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        for (int count = random.nextInt(4); count > 0; count--) {
            littleEndian(list, value(), 8);
        }
        bytes(out, field, list.toByteArray());
    }

    private void unknown(ByteArrayOutputStream out, int field, int depth) {
        switch (random.nextInt(depth < 5 ? 5 : 4)) {
            case 0 -> integer(out, field, random.nextLong());
            case 1 -> fixed64(out, field, random.nextLong());
            case 2 -> bytes(out, field, text());
            case 3 -> {
                varint(out, (long) field << 3 | 5);
                littleEndian(out, random.nextLong(), 4);
            }
            default -> {
                varint(out, (long) field << 3 | 3);
                for (int count = random.nextInt(3); count > 0; count--) {
                    unknown(out, 1 + random.nextInt(30), depth + 1);
                }
                varint(out, (long) field << 3 | 4);
            }
        }
    }

    private int unknownNumber() {
        return random.nextBoolean() ? 18 + random.nextInt(20) : 18 + random.nextInt((1 << 29) - 18);
    }

    private byte[] text() {
        byte[] text = new byte[random.nextInt(20) == 0 ? 100 + random.nextInt(100) : random.nextInt(10)];
        for (int i = 0; i < text.length; i++) {
            text[i] = (byte) (random.nextInt(20) == 0 ? random.nextInt(256) : 'a' + random.nextInt(4));
        }
        return text;
    }

    private long timestamp() {
        return random.nextBoolean()
                ? TIMESTAMPS[random.nextInt(TIMESTAMPS.length)]
                : random.nextLong() >> random.nextInt(64);
    }

    private long value() {
        return random.nextBoolean() ? VALUES[random.nextInt(VALUES.length)] : random.nextLong();
    }

    private void integer(ByteArrayOutputStream out, int field, long value) {
        varint(out, (long) field << 3);
        varint(out, value);
    }

    private void fixed64(ByteArrayOutputStream out, int field, long value) {
        varint(out, (long) field << 3 | 1);
        littleEndian(out, value, 8);
    }

    private void bytes(ByteArrayOutputStream out, int field, byte[] content) {
        varint(out, (long) field << 3 | 2);
        varint(out, content.length);
        out.writeBytes(content);
    }

    private static void littleEndian(ByteArrayOutputStream out, long value, int count) {
        for (int i = 0; i < count; i++) {
            out.write((int) (value >>> 8 * i));
        }
    }

    /** Now and then longer than needed. */
    private void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        int size = 1;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest | 0x80));
            rest >>>= 7;
            size++;
        }
        int padding = random.nextInt(30) == 0 && size < 5 ? random.nextInt(6 - size) : 0;
        out.write((int) (rest | (padding > 0 ? 0x80 : 0)));
        for (; padding > 0; padding--) {
            out.write(padding > 1 ? 0x80 : 0);
        }
    }
}
