//! Final Cut Pro XML, written as version 1.10 and read from 1.8 on. Times there are fractions of a second; ours are whole
//! multiples of a frame's duration, so nothing is rounded at 24000/1001 and the like.

mod read;
mod seconds;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;

#[cfg(test)]
mod tests;
