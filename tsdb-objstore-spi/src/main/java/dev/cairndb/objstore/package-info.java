@NullMarked
package dev.cairndb.objstore;

import org.jspecify.annotations.NullMarked;
