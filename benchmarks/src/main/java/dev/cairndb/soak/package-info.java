/** A store under everything at once for a long time; see {@code benchmarks/soak}. */
@NullMarked
package dev.cairndb.soak;

import org.jspecify.annotations.NullMarked;
