/** Buckets of S3 and of whatever speaks its protocol. */
@NullMarked
package dev.cairndb.objstore.s3;

import org.jspecify.annotations.NullMarked;
