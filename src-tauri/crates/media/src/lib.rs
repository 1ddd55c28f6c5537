//! Probe, demux, decode, one-pass ingest, encode: the only crate that knows FFmpeg.
