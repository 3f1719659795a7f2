package dev.cairndb.tsdb;

import java.util.Map;

/** What was found when a store was opened. */
record OpeningFigures(Map<String, Long> recordsUnknown, long walCorruptions, long wblCorruptions) {}
