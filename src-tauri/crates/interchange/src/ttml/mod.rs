//! TTML 1 and 2 as far as IMSC 1.1 text goes, with what older files (DFXP, EBU-TT-D) do otherwise: times of every kind, nested
//! time containers, regions as places, styles that reach the words. What a cue has no room for is left out and said to be.

mod place;
mod read;
mod style;
mod time;
mod write;

pub(crate) use place::same_place;
pub(crate) use read::read;
pub(crate) use write::write;

/// The namespace of the parts of a document.
const NAMESPACE: &str = "http://www.w3.org/ns/ttml";

#[cfg(test)]
mod tests;
