package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading parameters; the times are those Go makes of the same texts. */
class ApiParametersTest {
    @Test
    void valuesAreDecodedAndKeptInOrder() throws ApiException {
        ApiParameters parameters = ApiParameters.of("a=1&b=%C3%BC+x&a=2&&c&d=e=f&%61=3");
        assertEquals(List.of("1", "2", "3"), parameters.all("a"));
        assertEquals("\u00fc x", parameters.first("b"));
        assertEquals("", parameters.first("c"));
        assertEquals("e=f", parameters.first("d"));
        assertEquals("", parameters.first("nosuch"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=%", "a=%2", "a=%zz", "%", "a=%1&b=2"})
    void brokenEscapesAreRefused(String query) {
        assertThrows(ApiException.class, () -> ApiParameters.of(query));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "1.5,1500",
        "-5.5,-5500",
        "1700000000.123,1700000000123",
        "1700000000.1236,1700000000124",
        "1e3,1000000",
        "1_0,10000",
        ".5,500",
        "5.,5000",
        "1e300,9223372036854775807",
        "-1e300,-9223372036854775808",
        "2020-01-01T00:00:00Z,1577836800000",
        "2020-01-01T00:00:00.1239+02:00,1577829600123",
        "1969-12-31T23:59:59.9Z,-100",
        "-292273086-05-16T16:47:06Z,-9223372036854775808",
        "292277025-08-18T07:12:54.999999999Z,9223372036854775807",
    })
    void timesAreSecondsOrDates(String text, long millis) throws ApiException {
        assertEquals(millis, ApiParameters.of("t=" + text.replace("+", "%2B")).timeMillis("t", 1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"x", "5d", "NaN", "Inf", "1e400", "2020-01-01", "2020-13-01T00:00:00Z", "0x10", "1__0", "_1", "."
            })
    void otherTextsAreNoTimes(String text) throws ApiException {
        ApiParameters parameters = ApiParameters.of("t=" + text);
        assertThrows(ApiException.class, () -> parameters.timeMillis("t", 1));
    }

    @ParameterizedTest
    @CsvSource({"'',0", "0,0", "5,5", "+5,5", "99999999999,2147483647"})
    void limitsAreNumbers(String text, int limit) throws ApiException {
        assertEquals(
                limit, ApiParameters.of("limit=" + text.replace("+", "%2B")).limit());
    }
}
