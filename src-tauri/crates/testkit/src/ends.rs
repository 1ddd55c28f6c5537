//! What the ends of the performance contracts share.

use std::{
    ffi::OsString,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::ExitCode,
};

use media::{FrameIndex, IngestOptions, VideoFrame};
use playback::{Player, PlayerFiles, PlayerOptions, SoundOut};

/// Why a comparison cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// Called with other words than these.
    #[error("use: {0}")]
    Usage(&'static str),
    /// A file that is no film, or a damaged one.
    #[error(transparent)]
    Media(#[from] media::MediaError),
    /// The film cannot be played.
    #[error(transparent)]
    Playback(#[from] playback::PlaybackError),
    /// A file or a pipe failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A frame did not come.
    #[error("frame {frame} was not shown: {}", why.as_deref().unwrap_or("nothing went wrong that anybody knows of"))]
    NotShown {
        /// Its number.
        frame: u64,
        /// What the player says about it.
        why: Option<String>,
    },
}

/// How an end's program exits; what went wrong is said on standard error.
#[expect(clippy::print_stderr, reason = "a program whose answer is its output")]
pub fn exit(outcome: Result<(), EndError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", fault::chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// The frame index of a film: `FILE.frames.idx`, made by an ingest when it does not lie there yet.
///
/// # Errors
/// As [`media::ingest`] and [`FrameIndex::load`].
pub fn index(film: &Path) -> Result<FrameIndex, EndError> {
    let mut name = OsString::from(film);
    name.push(".frames.idx");
    let beside = PathBuf::from(name);
    if !beside.exists() {
        let mut name = OsString::from(film);
        name.push(".ingest");
        let folder = PathBuf::from(name);
        std::fs::create_dir_all(&folder)?;
        media::ingest(film, &folder, &IngestOptions::default(), &mut |_progress| {
            ControlFlow::Continue(())
        })?;
        std::fs::rename(folder.join(media::FRAMES_FILE), &beside)?;
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(FrameIndex::load(&beside)?)
}

/// The desk's player on a film, silent.
///
/// # Errors
/// As [`index`] and [`Player::open`].
pub fn player(film: &Path) -> Result<Player, EndError> {
    player_with(film, index(film)?)
}

/// As [`player`], with the film's index.
///
/// # Errors
/// As [`Player::open`].
pub fn player_with(film: &Path, index: FrameIndex) -> Result<Player, EndError> {
    open(film, index, false)
}

/// As [`player_with`], with the film's sound, which nobody hears.
///
/// # Errors
/// As [`Player::open`].
pub fn sounding_player(film: &Path, index: FrameIndex) -> Result<Player, EndError> {
    open(film, index, true)
}

fn open(film: &Path, index: FrameIndex, has_sound: bool) -> Result<Player, EndError> {
    let files = PlayerFiles {
        film: film.into(),
        sound: None,
        proxy: None,
        index,
        has_sound,
        hardware: media::Hardware::Off,
    };
    let options = PlayerOptions {
        out: SoundOut::Silent,
        ..PlayerOptions::default()
    };
    Ok(Player::open(files, options)?)
}

/// The number burnt into a picture: 16 cells from the left of its first lines, each an 80th of the width, lowest bit first,
/// light for one.
pub fn burnt_in(picture: &VideoFrame) -> u64 {
    let luma = &picture.planes[0];
    let cell = picture.width as usize / 80;
    (0..16).fold(0, |number, bit| {
        let at = cell / 2 * luma.stride + bit * cell + cell / 2;
        let light = luma.data.get(at).is_some_and(|level| *level > 125);
        number | u64::from(light) << bit
    })
}
