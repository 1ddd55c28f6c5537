//! Machines that propose, on this device: shots, technical faults, faces, text, speech, highlights and poster frames.
//!
//! Inputs are plain values, so that this crate knows no file and no codec: the workstation hands over what one pass over the
//! source found, and the stills and samples of a second look. Every engine is deterministic: the same input gives the same
//! proposals with the same ids on every machine. Nothing is invented: what needs a model or a cloud engine stands in
//! [`catalogue`] with the way to get it, and proposes nothing until it is there.

mod allowance;
mod catalogue;
pub mod local;
mod material;

pub use allowance::{Allowance, Extent};
pub use catalogue::{EngineCard, catalogue};
pub use material::{
    EngineError, FacesSeen, Flash, FrameClock, Loudness, Proposed, QcFindings, Shot, SignalSeries, Still,
};
