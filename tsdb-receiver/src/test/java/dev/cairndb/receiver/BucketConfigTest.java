package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketConfigTest {
    @Test
    void aFolderIsReadInBothFormsOfYaml() throws Exception {
        assertEquals(Path.of("/b"), BucketConfig.directory("{type: FILESYSTEM, config: {directory: /b}}"));
        assertEquals(
                Path.of("/b/x/y"),
                BucketConfig.directory("type: filesystem\nconfig:\n  directory: /b\nprefix: /x/y\n"));
        assertEquals(
                Path.of("b").toAbsolutePath(), BucketConfig.directory("{type: FILESYSTEM, config: {directory: b}}"));
    }

    @Test
    void noTextIsNoBucket() throws Exception {
        assertNull(BucketConfig.directory(""));
        assertNull(BucketConfig.directory(" \n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {type: S3, config: {bucket: b}} | S3 is not in this version
            {type: GCS} | GCS is not in this version
            {type: DISK} | unknown object store type: DISK
            {config: {directory: b}} | unknown object store type: null
            {type: FILESYSTEM} | needs config.directory
            {type: FILESYSTEM, config: {directory: 1}} | needs config.directory
            {type: FILESYSTEM, config: {directory: b, part_size: 1}} | config.directory and no other
            {type: FILESYSTEM, config: {directory: b}, prefix: ../c} | leads out of the bucket
            {type: FILESYSTEM, config: {directory: b}, sse: x} | unknown field: sse
            x | is not a map
            {type: [ | is not YAML
            """)
    void whatCannotBeUsedIsNamed(String yaml, String message) {
        UsageException failure = assertThrows(UsageException.class, () -> BucketConfig.directory(yaml));
        assertTrue(String.valueOf(failure.getMessage()).contains(message), failure.getMessage());
    }
}
