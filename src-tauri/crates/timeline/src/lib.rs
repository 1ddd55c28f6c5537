//! Cuts: tracks, clips, markers in record time. Pure.
