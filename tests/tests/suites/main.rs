//! Whole programs: the command line's contract, kills at random instants, damaged files, real media.
#![expect(clippy::print_stdout, reason = "tests say their seed and what was not run")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, also in its helpers"
)]

mod acceptance;
mod contract;
mod crash;
mod damage;
mod entrance;
mod lent;
mod support;
mod team;
