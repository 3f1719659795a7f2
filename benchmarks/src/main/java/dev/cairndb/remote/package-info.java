@NullMarked
package dev.cairndb.remote;

import org.jspecify.annotations.NullMarked;
