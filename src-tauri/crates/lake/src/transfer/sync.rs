//! Many objects: what differs between this machine and a lake ([`compare`]), what is to be done about it and in which order
//! ([`Planner`]), and the doing ([`run`]).
//!
//! The first two decide without doing anything, so a sync that was killed goes on by comparing again. Nothing is ever deleted
//! on either side. Memory does not grow with the number of objects: two sorted listings are merged as they come, and a plan
//! has so many steps; what has no room in it is found by the next comparison.

mod difference;
mod listing;
mod plan;
mod run;

pub use self::{
    difference::{Base, Difference, Near, Pages, compare},
    listing::FarPages,
    plan::{Clash, ClashKind, Owner, Plan, Planner, Rule, Rules, Step, Tally, Task},
    run::{Done, End, Event, NearSide, Outcome, run},
};
