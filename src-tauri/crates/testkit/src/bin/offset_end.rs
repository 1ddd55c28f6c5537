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
/// A look that comes later than this was kept waiting by the machine, not by the player.
const ON_TIME: Duration = Duration::from_millis(2);

/// One picture handed out.
struct Change {
    /// Milliseconds of the film that were heard beyond the picture's own time.
    early_millis: f64,
    /// Whether this look and the one before came when they were due.
    on_time: bool,
}

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
    let (mut changes, mut before, mut last_on_time) = (Vec::new(), None, false);
    for look in 1_u32.. {
        let due = LOOK.saturating_mul(look);
        if due >= Duration::from_secs(minutes * 60) + BEGIN {
            break;
        }
        std::thread::sleep(due.saturating_sub(begin.elapsed()));
        let looks_on_time = begin.elapsed() < due + ON_TIME;
        let on_time = std::mem::replace(&mut last_on_time, looks_on_time) && looks_on_time;
        let Some((frame, _)) = player.newest() else {
            continue;
        };
        // A jump back to the beginning is not a picture that follows another.
        let follows = before.replace(frame).is_some_and(|before| before < frame);
        if let Some(heard) = player.heard()
            && follows
            && due > BEGIN
        {
            let early_flicks = (heard.0 - index.start_of(frame).0) as f64;
            changes.push(Change {
                early_millis: early_flicks * 1000.0 / timebase::FLICKS_PER_SEC as f64,
                on_time,
            });
        }
    }
    let facts = player.facts();
    println!(
        "{} pictures in {minutes} min, {} dropped, {} repeated; sound by {}",
        changes.len(),
        facts.dropped,
        facts.repeated,
        facts.audio
    );
    let fifth = changes.len() / 5;
    say("looks on time", changes.iter().filter(|change| change.on_time));
    say("all looks", changes.iter());
    say("the first fifth", changes.iter().take(fifth));
    say("the last fifth", changes.iter().skip(changes.len() - fifth));
    Ok(())
}

fn say<'a>(words: &str, changes: impl Iterator<Item = &'a Change>) {
    let mut early: Vec<f64> = changes.map(|change| change.early_millis).collect();
    early.sort_by(f64::total_cmp);
    let at = |permille: usize| early.get(early.len() * permille / 1001).copied().unwrap_or(0.0);
    let mean = early.iter().sum::<f64>() / early.len().max(1) as f64;
    let apart = early.iter().filter(|early| early.abs() > TOGETHER_MILLIS).count();
    println!(
        "{words} ({}): sound early by ms: least {:.1}, 1 % {:.1}, mean {mean:.2}, 99 % {:.1}, most {:.1}; beyond {TOGETHER_MILLIS} ms: {apart}",
        early.len(),
        at(0),
        at(10),
        at(990),
        at(1000)
    );
}
