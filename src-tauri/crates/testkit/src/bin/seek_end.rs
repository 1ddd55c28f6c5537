//! The product's end of the seek contract: `seek_end FILE` prints `ready`; then `s N` shows frame N and answers `ok`, and `v`
//! answers the number burnt into the picture shown. It is the desk's own player that does it, with its deadline queue, frame
//! cache and decoding thread.
//!
//! The desk never shows a film it has not taken in, so it always has the frame index: here it lies beside the film as
//! `FILE.frames.idx`, and is made by an ingest of the film before `ready` when it does not. A proxy needs its film's index.

#![expect(clippy::print_stdout, reason = "a program whose answer is its output")]

use std::{
    io::{BufRead, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use media::VideoFrame;
use playback::{Act, Player};
use testkit::ends::{self, EndError};

/// How long a frame may take to come before the answer is that it does not.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    ends::exit(run())
}

fn run() -> Result<(), EndError> {
    let file = std::env::args_os()
        .nth(1)
        .ok_or(EndError::Usage("seek_end FILE"))?;
    let player = ends::player(file.as_ref())?;
    let mut shown: Option<(u64, Arc<VideoFrame>)> = None;
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        match (words.next(), words.next().and_then(|n| n.parse().ok())) {
            (Some("s"), Some(n)) => {
                show(&player, n, &mut shown)?;
                println!("ok");
            }
            (Some("v"), _) => match &shown {
                Some((_, picture)) => println!("{}", ends::burnt_in(picture)),
                None => println!("none"),
            },
            _quit => break,
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// Puts the playhead on frame `n` and waits for its picture, as whoever draws does.
fn show(player: &Player, n: u64, shown: &mut Option<(u64, Arc<VideoFrame>)>) -> Result<(), EndError> {
    player.act(Act::Seek(n));
    let begin = std::time::Instant::now();
    while shown.as_ref().is_none_or(|(frame, _)| *frame != n) {
        if begin.elapsed() > PATIENCE {
            return Err(EndError::NotShown {
                frame: n,
                why: player.facts().fault,
            });
        }
        if let Some(picture) = player.newest() {
            *shown = Some(picture);
        } else {
            player.wait(PATIENCE);
        }
    }
    Ok(())
}
