use media::MediaError;

/// Why something could not be played.
#[derive(Debug, thiserror::Error)]
pub enum PlaybackError {
    /// The file could not be opened or a frame not be decoded.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The asset has no frames to show.
    #[error("there are no pictures to play")]
    NoFrames,
    /// The system gave no thread.
    #[error("playback could not start: {0}")]
    Thread(#[from] std::io::Error),
}
