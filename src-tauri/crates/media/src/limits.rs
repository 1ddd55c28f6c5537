//! What this program accepts. Everything over it is refused with a message that names the limit.

/// Longest side of a picture in pixels.
pub const SIDE_MAX_PIXELS: u32 = 16_384;
/// Largest picture in pixels: 2^27, so one decoded 16-bit RGB frame stays under 1 GiB.
pub const PIXELS_MAX: u64 = 1 << 27;
/// Most audio channels of one track.
pub const CHANNELS_MAX: u32 = 64;
/// Highest audio rate in samples per second.
pub const SAMPLE_RATE_MAX: u32 = 768_000;
/// Most frames of one asset: above two months at 60 frames per second the index would not fit its memory budget.
pub const FRAMES_MAX: u64 = 1 << 28;
/// Most silence put into the holes of one sound track, in seconds: a day.
pub const SILENCE_MAX_SECS: u64 = 86_400;
