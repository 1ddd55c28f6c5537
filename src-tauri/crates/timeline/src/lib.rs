//! Cuts: clips of assets laid out in record time, with markers. Pure: no IO, no clock, no randomness.
//!
//! Rules for time, stated once and kept by every export:
//! - A cut counts record frames at its own rate. A clip names frames of its source, by ordinal.
//! - A source of the same rate lies frame for frame. Of another rate it lies for the same time, rounded to the nearest record
//!   frame and never less than one; the rounding is done on positions, so it does not add up along the cut.
//! - A source of variable rate lies frame for frame at its nominal rate, because that is what its timecode counts.

mod assemble;
mod cut;
mod edit;

pub use assemble::{MarkersLeft, Selection, SourceMarker};
pub use cut::{Clip, Cut, CutError, Marker, Placed, Source};
pub use edit::Edge;

#[cfg(test)]
mod edit_tests;
#[cfg(test)]
mod tests;
