//! Exact time. Inside the program time is integer flicks; a frame is the ordinal in presentation order; a timecode is a
//! label computed from a frame and a rate. Nothing here reads a clock and nothing here uses floats except to show or to draw.

mod entry;
mod flicks;
mod range;
mod rate;
mod timecode;

pub use entry::{EntryContext, EntryError, parse_entry};
pub use flicks::{FLICKS_PER_SEC, Flicks};
pub use range::{FlickRange, FrameRange};
pub use rate::{Rate, RateError, TimeBase};
pub use timecode::{Timecode, TimecodeError};

// proptest switches on getrandom's "std" feature; naming it here keeps build and test on one copy of everything above it.
use getrandom as _;
