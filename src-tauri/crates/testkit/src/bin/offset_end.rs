//! How far sound and picture are apart in a real run: `offset_end FILE MINUTES` plays a film with the desk's own player, in real time,
//! with the clocked stand-in for a sound device, and looks at it as a display of 60 pictures a second does. At the end it prints how
//! much of the film had been heard when a picture was handed out, against that picture's own time: positive where sound is early.
//! Not part of the tests: it takes as long as it plays, and a busy machine shows in it.

#![expect(clippy::print_stdout, reason = "a program whose answer is its output")]

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use playback::Act;
use testkit::ends::{self, EndError};

/// A display of 60 pictures a second.
const LOOK: Duration = Duration::from_nanos(1_000_000_000 / 60);
/// Nothing moves until sound and picture both do.
const BEGIN: Duration = Duration::from_secs(1);
/// What nobody notices, either way.
const TOGETHER_MILLIS: f64 = 10.0;

fn main() -> ExitCode {
    ends::exit(run())
}

fn run() -> Result<(), EndError> {
    let usage = || EndError::Usage("offset_end FILE MINUTES");
    let mut words = std::env::args_os().skip(1);
    let file = words.next().ok_or_else(usage)?;
    let minutes: u64 = words
        .next()
        .and_then(|minutes| minutes.to_str()?.parse().ok())
        .ok_or_else(usage)?;
    let index = ends::index(file.as_ref())?;
    let player = ends::sounding_player(file.as_ref(), index.clone())?;
    player.act(Act::Loop(true));
    player.act(Act::Play);
    let begin = Instant::now();
    let (mut offsets, mut late_looks, mut before) = (Vec::new(), 0_u64, None);
    for look in 1_u32.. {
        let due = LOOK.saturating_mul(look);
        if due >= Duration::from_secs(minutes * 60) + BEGIN {
            break;
        }
        match due.checked_sub(begin.elapsed()) {
            Some(left) => std::thread::sleep(left),
            None => late_looks += 1,
        }
        let Some((frame, _)) = player.newest() else {
            continue;
        };
        // A jump back to the beginning is not a picture that follows another.
        let follows = before.replace(frame).is_some_and(|before| before < frame);
        if let Some(heard) = player.heard()
            && follows
            && due > BEGIN
        {
            offsets
                .push((heard.0 - index.start_of(frame).0) as f64 * 1000.0 / timebase::FLICKS_PER_SEC as f64);
        }
    }
    let facts = player.facts();
    offsets.sort_by(f64::total_cmp);
    let at = |permille: usize| {
        offsets
            .get(offsets.len() * permille / 1001)
            .copied()
            .unwrap_or(0.0)
    };
    let mean = offsets.iter().sum::<f64>() / offsets.len().max(1) as f64;
    let apart = offsets
        .iter()
        .filter(|offset| offset.abs() > TOGETHER_MILLIS)
        .count();
    println!(
        "{} pictures in {minutes} min, {} dropped, {} repeated, {late_looks} looks late; sound by {}",
        offsets.len(),
        facts.dropped,
        facts.repeated,
        facts.audio
    );
    println!(
        "sound early by ms: least {:.1}, 1 % {:.1}, mean {mean:.2}, 99 % {:.1}, most {:.1}; beyond {TOGETHER_MILLIS} ms: {apart}",
        at(0),
        at(10),
        at(990),
        at(1000)
    );
    Ok(())
}
