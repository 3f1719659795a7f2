package dev.cairndb.receiver;

/**
 * Limits of remote read.
 *
 * @param samplesMax samples in an answer that is not streamed; 0 for any number
 * @param frameBytesMax size from which on a frame of a streamed answer ends
 */
record RemoteReadSettings(long samplesMax, int frameBytesMax) {}
