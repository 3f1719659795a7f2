@NullMarked
package dev.cairndb.tsdb;

import org.jspecify.annotations.NullMarked;
