@NullMarked
package dev.cairndb.tsdb.internal.head;

import org.jspecify.annotations.NullMarked;
