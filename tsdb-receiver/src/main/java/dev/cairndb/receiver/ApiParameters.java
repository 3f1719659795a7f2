package dev.cairndb.receiver;

import dev.cairndb.index.Matcher;
import dev.cairndb.index.SelectorSyntaxException;
import dev.cairndb.index.SeriesSelector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a request: those of a form in its body before those of its URL, as in Go. The readers of values
 * follow Prometheus (web/api/v1/api.go), words of errors included. Immutable.
 */
final class ApiParameters {
    static final int FORM_BYTES_MAX = 1 << 20;
    static final int SELECTORS_MAX = 1_000;

    private static final String FORM = "application/x-www-form-urlencoded";
    private static final Pattern NUMBER =
            Pattern.compile("[+-]?(D\\.?D?|\\.D)([eE][+-]?D)?".replace("D", "(\\d(_?\\d)*)"));
    private static final Pattern INTEGER = Pattern.compile("[+-]?\\d+");
    private static final Pattern RFC_3339 =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d([.,]\\d+)?(Z|[+-]\\d\\d:\\d\\d)");
    /** The ends of time as Prometheus writes them: clients send them back. */
    private static final String FIRST_TIME = "-292273086-05-16T16:47:06Z";

    private static final String LAST_TIME = "292277025-08-18T07:12:54.999999999Z";
    private static final double NANOS_PER_SECOND = 1e9;
    /** Milliseconds of more seconds are no long. */
    private static final double SECONDS_MAX = 9e15;

    private final Map<String, List<String>> values;

    private ApiParameters(Map<String, List<String>> values) {
        this.values = values;
    }

    /** Reads the body, if it is a form, and waits for it. */
    static ApiParameters of(Request request) throws IOException, ApiException {
        Map<String, List<String>> values = new LinkedHashMap<>();
        MediaType type = mediaType(request.getHeaders().get(HttpHeader.CONTENT_TYPE));
        if (request.getMethod().equals("POST") && type != null && type.type().equals(FORM)) {
            // Not closed: closing it before its end fails the request, and then nothing can be answered.
            InputStream body = Content.Source.asInputStream(request);
            byte[] form = body.readNBytes(FORM_BYTES_MAX + 1);
            if (form.length > FORM_BYTES_MAX) {
                throw ApiException.badData("error parsing form values: http: POST too large");
            }
            addAll(new String(form, StandardCharsets.ISO_8859_1), values);
        }
        String query = request.getHttpURI().getQuery();
        if (query != null) {
            addAll(query, values);
        }
        return new ApiParameters(values);
    }

    private static @Nullable MediaType mediaType(@Nullable String header) {
        return header == null ? null : MediaType.parse(header);
    }

    /** For tests and forms: {@code a=1&b=2}. */
    static ApiParameters of(String query) throws ApiException {
        Map<String, List<String>> values = new LinkedHashMap<>();
        addAll(query, values);
        return new ApiParameters(values);
    }

    private static void addAll(String query, Map<String, List<String>> values) throws ApiException {
        int end;
        for (int at = 0; at < query.length(); at = end + 1) {
            end = query.indexOf('&', at);
            end = end < 0 ? query.length() : end;
            int equals = query.indexOf('=', at);
            equals = equals < 0 || equals > end ? end : equals;
            if (end > at) {
                String name = decode(query, at, equals);
                values.computeIfAbsent(name, unused -> new ArrayList<>())
                        .add(decode(query, Math.min(equals + 1, end), end));
            }
        }
    }

    /** Percent-encoded UTF-8, with + for a blank. */
    private static String decode(String query, int from, int to) throws ApiException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int at = from; at < to; at++) {
            char c = query.charAt(at);
            if (c == '%') {
                boolean isWhole = at + 2 < to;
                int high = isWhole ? Character.digit(query.charAt(at + 1), 16) : -1;
                int low = isWhole ? Character.digit(query.charAt(at + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw ApiException.badData("error parsing form values: invalid URL escape \""
                            + query.substring(at, Math.min(at + 3, to)) + "\"");
                }
                bytes.write(high << 4 | low);
                at += 2;
            } else if (c == '+') {
                bytes.write(' ');
            } else {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Empty if it was not given. */
    String first(String name) {
        List<String> all = values.get(name);
        return all == null ? "" : all.get(0);
    }

    List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    /** How many entries an answer may have; 0 for no limit. */
    int limit() throws ApiException {
        String text = first("limit");
        if (text.isEmpty()) {
            return 0;
        }
        try {
            int limit = integer(text);
            if (limit < 0) {
                throw ApiException.badParameter("limit", "limit must be non-negative");
            }
            return limit;
        } catch (NumberFormatException e) {
            String problem = INTEGER.matcher(text).matches() ? "value out of range" : "invalid syntax";
            throw ApiException.badParameter("limit", "strconv.Atoi: parsing \"" + text + "\": " + problem);
        }
    }

    /** Numbers beyond an int, which Go reads, are as good as the largest. */
    static int integer(String text) {
        if (!INTEGER.matcher(text).matches()) {
            throw new NumberFormatException(text);
        }
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, Long.parseLong(text)));
    }

    /** A time in milliseconds. */
    long timeMillis(String name, long defaultMillis) throws ApiException {
        String text = first(name);
        if (text.isEmpty()) {
            return defaultMillis;
        }
        Long millis = parseTimeMillis(text);
        if (millis == null) {
            throw ApiException.badParameter(
                    name, "invalid time value for '" + name + "': cannot parse \"" + text + "\" to a valid timestamp");
        }
        return millis;
    }

    /** Seconds, or a date and time of RFC 3339; null if it is neither. */
    private static @Nullable Long parseTimeMillis(String text) {
        if (NUMBER.matcher(text).matches()) {
            double seconds = Double.parseDouble(text.replace("_", ""));
            return Double.isInfinite(seconds) ? null : millisOf(seconds);
        }
        if (text.equals(FIRST_TIME)) {
            return Long.MIN_VALUE;
        }
        if (text.equals(LAST_TIME)) {
            return Long.MAX_VALUE;
        }
        if (!RFC_3339.matcher(text).matches()) {
            return null;
        }
        try {
            Instant instant = OffsetDateTime.parse(text.replace(',', '.')).toInstant();
            return instant.toEpochMilli();
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** With the same rounding as in Prometheus: the fraction to milliseconds, then down. */
    private static long millisOf(double seconds) {
        double whole = seconds < 0 ? Math.ceil(seconds) : Math.floor(seconds);
        if (Math.abs(whole) > SECONDS_MAX) {
            return whole < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        double fraction = seconds - whole;
        double scaled = Math.abs(fraction) * 1000;
        double rounded = Math.copySign(Math.floor(scaled + 0.5), fraction) / 1000;
        long wholeSeconds = (long) whole;
        return wholeSeconds * 1000 + Math.floorDiv((long) (rounded * NANOS_PER_SECOND), 1_000_000L);
    }

    /** The selectors of {@code match[]}; each must refuse a series without labels. */
    List<Matcher[]> matcherSets() throws ApiException {
        List<Matcher[]> sets = selectors();
        for (Matcher[] matchers : sets) {
            if (!SeriesSelector.selectsSome(matchers)) {
                throw ApiException.badData("match[] must contain at least one non-empty matcher");
            }
        }
        return sets;
    }

    /** The selectors of {@code match[]}. */
    List<Matcher[]> selectors() throws ApiException {
        List<String> texts = all("match[]");
        if (texts.size() > SELECTORS_MAX) {
            throw ApiException.badData("too many match[] parameters: found=" + texts.size() + ", max=" + SELECTORS_MAX);
        }
        List<Matcher[]> sets = new ArrayList<>();
        try {
            for (String text : texts) {
                sets.add(SeriesSelector.parse(text));
            }
        } catch (SelectorSyntaxException e) {
            throw ApiException.badData(String.valueOf(e.getMessage()));
        }
        return sets;
    }
}
