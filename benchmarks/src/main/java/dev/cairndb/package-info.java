/** Benchmarks of the library, in the packages of what they measure. */
@NullMarked
package dev.cairndb;

import org.jspecify.annotations.NullMarked;
