//! The product's end of the play contract: `play_end FILE START LENGTH` plays a stretch, in seconds, in real time with the desk's
//! own player and prints `{"shown":N,"dropped":N}` last. Nothing is drawn: it stands beside a player without a screen.

#![expect(clippy::print_stdout, reason = "a program whose answer is its output")]

use std::{process::ExitCode, time::Duration};

use playback::Act;
use testkit::ends::{self, EndError};
use timebase::Flicks;

/// Looks for a picture about as often as a screen at 60 pictures a second.
const LOOK: Duration = Duration::from_millis(16);

fn main() -> ExitCode {
    ends::exit(run())
}

fn run() -> Result<(), EndError> {
    let usage = || EndError::Usage("play_end FILE START LENGTH");
    let mut words = std::env::args_os().skip(1);
    let file = words.next().ok_or_else(usage)?;
    let mut seconds = || words.next()?.to_str()?.parse::<f64>().ok();
    let (start, length) = (seconds().ok_or_else(usage)?, seconds().ok_or_else(usage)?);
    let index = ends::index(file.as_ref())?;
    let at = |seconds: f64| index.frame_at(Flicks::from_millis((seconds * 1000.0) as i64));
    let (first, last) = (at(start), at(start + length).saturating_sub(1));
    let player = ends::player_with(file.as_ref(), index)?;
    player.act(Act::MarkOut(Some(last)));
    player.act(Act::Seek(first));
    let mut shown = 0_u64;
    while player.newest().is_none_or(|(frame, _)| frame != first) {
        player.wait(LOOK);
    }
    let dropped_before = player.facts().dropped;
    player.act(Act::Play);
    let begin = std::time::Instant::now();
    while begin.elapsed().as_secs_f64() < length {
        shown += u64::from(player.newest().is_some());
        std::thread::sleep(LOOK);
    }
    let dropped = player.facts().dropped - dropped_before;
    println!("{{\"shown\":{shown},\"dropped\":{dropped}}}");
    Ok(())
}
