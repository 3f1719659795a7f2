/** Buckets: the interface hosts implement, and stores on a file system and on the heap. */
@NullMarked
package dev.cairndb.objstore;

import org.jspecify.annotations.NullMarked;
