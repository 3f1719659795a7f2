package dev.cairndb.tsdb.internal.ship;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The file in which a data directory remembers what it has shipped, as Thanos keeps it. It spares questions to the
 * bucket; losing it loses nothing.
 */
final class ShippedBlocks {
    static final String FILE_NAME = "thanos.shipper.json";
    static final int VERSION = 1;
    /** Recycled buffers would stay with the host's threads. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .build();

    private ShippedBlocks() {}

    /** What the file says; empty without a file. */
    static SortedSet<Ulid> read(Storage storage, Path dataDirectory) throws IOException {
        Path file = dataDirectory.resolve(FILE_NAME);
        byte[] bytes;
        try {
            bytes = storage.readAll(file);
        } catch (NoSuchFileException e) {
            return new TreeSet<>();
        }
        return decode(file.toString(), bytes);
    }

    /** Replaces the file; after a crash it is the old or the new one. */
    static void write(Storage storage, Path dataDirectory, Collection<Ulid> uploaded) throws IOException {
        byte[] bytes = encode(uploaded);
        Path staged = dataDirectory.resolve(FILE_NAME + ".tmp");
        storage.delete(staged);
        try (AppendFile out = storage.create(staged)) {
            out.write(bytes, 0, bytes.length);
            out.sync();
        }
        storage.rename(staged, dataDirectory.resolve(FILE_NAME));
        storage.syncDirectory(dataDirectory);
    }

    static byte[] encode(Collection<Ulid> uploaded) {
        StringBuilder json =
                new StringBuilder("{\n\t\"version\": ").append(VERSION).append(",\n\t\"uploaded\": [");
        String separator = "\n";
        for (Ulid ulid : uploaded) {
            json.append(separator).append("\t\t\"").append(ulid).append('"');
            separator = ",\n";
        }
        json.append(uploaded.isEmpty() ? "]\n}\n" : "\n\t]\n}\n");
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    static SortedSet<Ulid> decode(String file, byte[] bytes) throws CorruptionException, FormatVersionException {
        try (JsonParser json = JSON.createParser(bytes)) {
            return decode(file, json);
        } catch (JsonProcessingException e) {
            throw corrupt(file, "JSON", String.valueOf(e.getOriginalMessage()));
        } catch (CorruptionException | FormatVersionException e) {
            throw e;
        } catch (IOException e) {
            throw corrupt(file, "JSON", String.valueOf(e.getMessage()));
        }
    }

    private static SortedSet<Ulid> decode(String file, JsonParser json) throws IOException {
        SortedSet<Ulid> uploaded = new TreeSet<>();
        int version = 0;
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw corrupt(file, "an object", String.valueOf(json.getText()));
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if (name.equals("version") && value == JsonToken.VALUE_NUMBER_INT) {
                version = json.getIntValue();
            } else if (name.equals("uploaded") && value == JsonToken.START_ARRAY) {
                while (json.nextToken() == JsonToken.VALUE_STRING) {
                    Ulid ulid = Ulid.tryParse(json.getText());
                    if (ulid == null) {
                        throw corrupt(file, "a ULID", json.getText());
                    }
                    uploaded.add(ulid);
                }
                if (json.currentToken() != JsonToken.END_ARRAY) {
                    throw corrupt(file, "a list of ULIDs", String.valueOf(json.currentToken()));
                }
            } else {
                json.skipChildren();
            }
        }
        if (json.currentToken() != JsonToken.END_OBJECT) {
            throw corrupt(file, "the end of the object", String.valueOf(json.currentToken()));
        }
        if (version != VERSION) {
            throw new FormatVersionException(file, version, VERSION, VERSION);
        }
        return uploaded;
    }

    private static CorruptionException corrupt(String file, String expected, String found) {
        return new CorruptionException(file, 0, expected, found);
    }
}
