//! The ledger's promises, on whole histories: order and repetition do not matter, seen verdicts are replaced and unseen
//! ones conflict, undo is an entry, nothing is lost on the way through a line.

#[cfg(test)]
mod comments;
#[cfg(test)]
mod fold;
#[cfg(test)]
mod lines;
#[cfg(test)]
mod undo;
#[cfg(test)]
mod world;
