//! What conductor and sound say to each other.

use timebase::Flicks;

/// What is to be heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sounding {
    /// Nothing.
    #[default]
    Silent,
    /// The sound goes on with the pictures, its pitch kept.
    Running {
        /// -2 to 2 and not 0.
        speed: i8,
    },
    /// A short piece, once, while the picture stands.
    Piece {
        /// How long it is.
        length: Flicks,
    },
}

/// What the sound should do. A new epoch means: forget what is queued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoundWish {
    /// Counts every jump, start and stop.
    pub epoch: u64,
    /// What should be heard.
    pub sounding: Sounding,
    /// Where from, media time.
    pub from: Flicks,
}

impl SoundWish {
    /// How fast the sound goes on with the pictures; 0 when it does not.
    pub const fn speed(&self) -> i8 {
        match self.sounding {
            Sounding::Running { speed } => speed,
            Sounding::Silent | Sounding::Piece { .. } => 0,
        }
    }
}

/// What the sound does, as an answer to a [`SoundWish`] of the same epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundState {
    /// There is none, or it has ended: pictures follow the clock alone.
    Absent,
    /// It is filling its buffer: pictures wait for it.
    Starting,
    /// It is heard here, media time: pictures follow it.
    At(Flicks),
}
