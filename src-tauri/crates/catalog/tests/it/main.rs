//! The journal and the catalog on real files: equal to the ledger's fold, durable, shared by several processes.
//!
//! The modules are marked as tests, so that their helpers may unwrap as tests do.

#[cfg(test)]
mod catalog;
#[cfg(test)]
mod checkpoint;
#[cfg(test)]
mod compat;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod day;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod shelf;
#[cfg(test)]
mod things;

// The same small world the ledger is tested in, so that the two are held to the same histories.
#[path = "../../../ledger/tests/it/world.rs"]
#[cfg(test)]
mod world;

use things::{asset_entry, made, numbers, run, run_entry, run_id};
