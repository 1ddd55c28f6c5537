//! Transport, master clock, deadline queue, frame cache, audio.
//!
//! Everything that decides is pure and told the time ([`DeadlineQueue`], [`FrameCache`], the transport and the conductor);
//! [`Player`] adds the clock, a decoding thread and the sound. Sound is the master clock where there is any, and the one-slot
//! hand-over to whoever draws is [`Player::newest`]: a picture not taken is replaced by the next.

mod budget;
mod cache;
mod conductor;
mod error;
mod facts;
mod feeder;
mod film;
#[cfg(test)]
mod hour_tests;
mod job;
mod listening;
mod no_picture;
mod player;
mod queue;
mod ring;
mod sound;
mod stretch;
mod tape;
mod transport;
mod wish;

pub use budget::{CACHE_MAX_BYTES, CACHE_MIN_BYTES, cache_budget_bytes};
pub use cache::FrameCache;
pub use error::PlaybackError;
pub use facts::{Cue, Facts};
pub use film::FrameWay;
pub use job::{Counts, Job};
pub use listening::{Metering, SourceChannel};
pub use player::{FrameSource, Player, PlayerFiles, PlayerOptions};
pub use queue::DeadlineQueue;
pub use sound::{SoundOut, SoundSource};
pub use transport::Act;
pub use wish::{SoundState, SoundWish, Sounding};
