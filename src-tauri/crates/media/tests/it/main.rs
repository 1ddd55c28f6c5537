//! The media crate against real encoded files: films made here with burnt-in frame numbers, damaged and hostile files, and a
//! table over the shared clips when `CIRCLETAKE_MEDIA` names them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests: helpers outside of test functions too"
)]

mod access;
mod clips;
mod films;
mod mixes;
mod refusals;
mod shown;
mod sound;
mod support;
