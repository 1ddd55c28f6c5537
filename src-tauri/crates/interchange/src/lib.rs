//! EDL, OTIO, FCPXML, SRT, WebVTT: writing, reading back, and what each could not carry.
