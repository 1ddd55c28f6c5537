//! OpenTimelineIO JSON: one picture track and, where sources have sound, one sound track of the same clips. Times are whole
//! frames; a rate is a JSON number there, so 24000/1001 is written as its nearest double and recognised when read.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;

#[cfg(test)]
mod tests;
