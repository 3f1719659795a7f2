package dev.cairndb.tsdb;

import java.util.Map;

/**
 * What was found when a store was opened.
 *
 * @param damages goes on counting
 */
record OpeningFigures(Map<String, Long> recordsUnknown, long walCorruptions, long wblCorruptions, DamageLog damages) {}
