package dev.cairndb.chunks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.tsfile.encoding.decoder.DeltaBinaryDecoder;
import org.apache.tsfile.encoding.decoder.DoublePrecisionDecoderV2;
import org.apache.tsfile.encoding.encoder.DeltaBinaryEncoder;
import org.apache.tsfile.encoding.encoder.DoublePrecisionEncoderV2;

/** Apache TsFile: timestamps in TS_2DIFF, its default, values in GORILLA (which cannot keep the NaN it ends with). */
final class TsFileFloatCodec implements FloatCodec {
    private final DeltaBinaryEncoder.LongDeltaEncoder timeEncoder = new DeltaBinaryEncoder.LongDeltaEncoder();
    private final DoublePrecisionEncoderV2 valueEncoder = new DoublePrecisionEncoderV2();
    private final DeltaBinaryDecoder.LongDeltaDecoder timeDecoder = new DeltaBinaryDecoder.LongDeltaDecoder();
    private final DoublePrecisionDecoderV2 valueDecoder = new DoublePrecisionDecoderV2();
    private final ByteArrayOutputStream times = new ByteArrayOutputStream();
    private final ByteArrayOutputStream values = new ByteArrayOutputStream();
    private byte[][] chunks = new byte[0][];

    @Override
    public int encode(int chunk, long[] timestampsMillis, long[] valueBits) {
        times.reset();
        values.reset();
        for (int i = 0; i < timestampsMillis.length; i++) {
            timeEncoder.encode(timestampsMillis[i], times);
            valueEncoder.encode(Double.longBitsToDouble(valueBits[i]), values);
        }
        timeEncoder.flush(times);
        valueEncoder.flush(values);
        if (2 * chunk + 1 >= chunks.length) {
            chunks = Arrays.copyOf(chunks, 4 * chunk + 2);
        }
        chunks[2 * chunk] = times.toByteArray();
        chunks[2 * chunk + 1] = values.toByteArray();
        return times.size() + values.size();
    }

    @Override
    public void decode(int chunk, long[] timestampsMillis, long[] valueBits) throws IOException {
        ByteBuffer timeBytes = ByteBuffer.wrap(chunks[2 * chunk]);
        ByteBuffer valueBytes = ByteBuffer.wrap(chunks[2 * chunk + 1]);
        timeDecoder.reset();
        valueDecoder.reset();
        for (int i = 0; timeDecoder.hasNext(timeBytes); i++) {
            timestampsMillis[i] = timeDecoder.readLong(timeBytes);
            valueBits[i] = Double.doubleToRawLongBits(valueDecoder.readDouble(valueBytes));
        }
    }
}
