/** The commands of {@code bin/cairn} beside the receiver: on stores' directories and on buckets. */
@NullMarked
package dev.cairndb.receiver.tools;

import org.jspecify.annotations.NullMarked;
