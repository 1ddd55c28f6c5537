//! Two real players, one of which follows the other.

use std::time::{Duration, Instant};

use playback::{Act, Player};
use timebase::Flicks;

use super::{FRAMES, ingested, quiet, said};

/// Both stand and run as whoever draws them has them: the follower `behind` the other. Ends when `done` says so of the frames seen last.
fn draw_both(
    (leader, follower): (&Player, &Player),
    behind: Flicks,
    seen: &mut Vec<(u64, u64)>,
    mut done: impl FnMut(&[(u64, u64)]) -> bool,
) {
    let begun = Instant::now();
    let (mut here, mut there) = seen.last().copied().unwrap_or_default();
    while !done(seen) {
        assert!(begun.elapsed() < Duration::from_secs(60), "hangs after {seen:?}");
        leader.wait(Duration::from_millis(20));
        let one = leader.newest();
        let cue = leader.cue();
        let at = Flicks(cue.start.0 + cue.length.0 / 8 - behind.0);
        let other = follower.follow(at, cue.speed);
        for (frame, picture) in one.iter().chain(&other) {
            assert!(
                (said(picture) - *frame as f64).abs() < 0.6,
                "another frame than {frame}"
            );
        }
        if one.is_some() || other.is_some() {
            here = one.map_or(here, |(frame, _)| frame);
            there = other.map_or(there, |(frame, _)| frame);
            seen.push((here, there));
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_film_follows_another_through_steps_scrubs_and_play() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = ingested(folder.path());
    let mut silent = files.clone();
    silent.has_sound = false;
    let leader = Player::open(files, quiet()).expect("a player");
    let follower = Player::open(silent, quiet()).expect("another");
    let both = (&leader, &follower);
    // Ten frames behind.
    let behind = leader.start_of(10);
    let mut seen = Vec::new();
    for target in [40, 41, 40, 12, 60, 10] {
        leader.act(Act::Seek(target));
        draw_both(both, behind, &mut seen, |seen| {
            seen.last() == Some(&(target, target - 10))
        });
    }
    seen.clear();
    leader.act(Act::Play);
    draw_both(both, behind, &mut seen, |_| {
        !leader.facts().playing && leader.facts().frame == FRAMES - 1
    });
    // The last one may still be on its way when the leader stands.
    draw_both(both, behind, &mut seen, |seen| {
        seen.last() == Some(&(FRAMES - 1, FRAMES - 11))
    });
    assert!(seen.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{seen:?}");
    let facts = follower.facts();
    assert_eq!((facts.fault, facts.playing), (None, false));
    let distinct = seen
        .iter()
        .map(|pair| pair.1)
        .collect::<std::collections::BTreeSet<_>>();
    assert!(
        distinct.len() as u64 + facts.dropped + leader.facts().dropped + 2 >= FRAMES - 10,
        "shown or counted: {} and {}",
        distinct.len(),
        facts.dropped
    );
}

#[test]
fn a_film_that_follows_wakes_whoever_draws_only_for_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = ingested(folder.path());
    files.has_sound = false;
    let follower = Player::open(files, quiet()).expect("a player");
    let mut seen = None;
    let begun = Instant::now();
    while seen.is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "hangs");
        follower.wait(Duration::from_millis(50));
        seen = follower.follow(Flicks::ZERO, 1);
    }
    // It runs, and nobody leads it on: no picture, nothing to wake up for.
    assert!(!follower.wait(Duration::from_millis(300)));
}
