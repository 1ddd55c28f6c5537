//! Transport, master clock, deadline queue, frame cache, audio.
