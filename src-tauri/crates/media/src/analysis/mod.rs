//! Detectors fed picture by picture and block by block in the one pass over a source. Pure: they know no file and no codec,
//! and what they keep is bounded except for a few bytes per frame.

mod bars;
mod black;
mod flash;
mod freeze;
mod live;
mod loudness;
mod picture;
mod pictures;
mod runs;
mod shots;
mod signals;
mod silence;
mod sound;
mod waveform;

pub use bars::{ChannelPeak, PeakBars};
pub use black::BlackDetector;
pub use flash::{FlashDetector, FlashKind, FlashSpan};
pub use freeze::FreezeDetector;
pub use live::{LiveMeter, LoudnessReading};
pub use loudness::{Heard, LOUD_LIMIT_LUFS_MILLI, LoudnessMeter, LoudnessReport, SoundError};
pub use picture::{CHROMA_HEIGHT, CHROMA_WIDTH, Plane, Planes, Sampler, THUMB_HEIGHT, THUMB_WIDTH, Thumb};
pub use pictures::{PictureAnalyst, PictureFindings};
pub use shots::{Boundary, ShotDetector, ShotSpan, Transition, shots_between};
pub use signals::{PictureSignals, SIGNAL_STEP_MILLIS, Signals};
pub use silence::SilenceDetector;
pub use sound::{SoundAnalyst, SoundFindings, SoundReport};
pub use waveform::{
    FINEST_BUCKET, LEVEL_FACTOR, Peak, Waveform, WaveformBuilder, WaveformError, WaveformLevel,
};
