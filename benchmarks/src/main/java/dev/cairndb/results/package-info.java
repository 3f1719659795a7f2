/** The set of benchmarks as a whole: run, shown, compared. */
@NullMarked
package dev.cairndb.results;

import org.jspecify.annotations.NullMarked;
