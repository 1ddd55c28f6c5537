//! The demo film: about a minute, drawn and synthesised by the project itself, so that a first start has something honest to
//! look at and every engine something real to find. No third-party media. [`script`] says what is in it and where.

mod film;
mod lettering;
mod noise;
mod paint;
mod scenes;
pub mod script;
mod shapes;
mod sound;
#[cfg(test)]
mod tests;

pub use film::{RATE, make};
pub use paint::{HEIGHT, WIDTH};

/// The type of the titles, shipped inside the program.
const FACE: &[u8] = include_bytes!("../../../../assets/fonts/Inter-SemiBold.ttf");

/// Why the film could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Stopped by the caller.
    #[error("the demo film was stopped before it was finished")]
    Cancelled,
    /// The encoder or the disk.
    #[error("the demo film could not be written")]
    Media(#[from] media::MediaError),
    /// The finished film could not be put in its place.
    #[error("the demo film could not be put at {path}")]
    Place {
        /// Where it belongs.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gave no thread.
    #[error("no thread to draw with")]
    Thread(#[source] std::io::Error),
    /// A drawing thread ended early: a defect.
    #[error("the drawing stopped early")]
    Stopped,
    /// The embedded type does not read: a defect of the build.
    #[error("the embedded title font does not read")]
    Face(#[from] ab_glyph::InvalidFont),
    /// The start timecode does not exist at the film's rate: a defect.
    #[error("the film has no such timecode")]
    Timecode(#[from] timebase::TimecodeError),
}

impl DemoError {
    /// Whether the caller stopped it.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }

    /// What the desk matches on.
    pub fn code(&self) -> fault::Code {
        match self {
            Self::Cancelled => fault::Code::Cancelled,
            Self::Media(error) => error.code(),
            Self::Place { .. } => fault::Code::NotAllowed,
            Self::Thread(_) | Self::Stopped | Self::Face(_) | Self::Timecode(_) => fault::Code::Internal,
        }
    }
}
