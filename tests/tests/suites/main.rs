//! Whole programs: the command line's contract, kills at random instants, real media.

mod acceptance;
mod contract;
mod crash;
mod support;
