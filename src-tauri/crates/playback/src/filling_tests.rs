//! What is decoded while nobody asks for anything, and that it is in nobody's way.

use super::*;

#[test]
fn a_jump_does_not_wait_for_what_fills_the_surroundings() {
    let mut rig = Rig::new(10_000, |frame| if frame == 500 { 20 } else { 400 });
    rig.gives_up = true;
    rig.act(Act::Seek(500));
    rig.run(1000);
    assert!(rig.working.is_some(), "the surroundings are being decoded");
    let before = rig.millis;
    rig.act(Act::Seek(4000));
    rig.run(450);
    let (at, frame) = *rig.screen.last().expect("a picture");
    assert!(
        frame == 4000 && at - before <= 420,
        "{frame} after {}",
        at - before
    );
}

#[test]
fn what_fills_the_surroundings_does_not_grow_with_the_cache() {
    let filled = |cache_bytes: usize| {
        let mut rig = Rig::new(10_000, |_frame| 5);
        // One group that is longer than any hand goes while it rests.
        rig.conductor = Conductor::new(Film(10_000), 250, cache_bytes);
        rig.act(Act::Seek(5_000));
        rig.run(5_000);
        rig.decoded.len()
    };
    let (small, large) = (filled(1_000), filled(10_000_000));
    assert!(large > 8, "something is filled: {large}");
    assert!(
        large <= small.max(45),
        "{small} with a small cache, {large} with a large one"
    );
}

#[test]
fn playing_on_while_what_lies_behind_is_decoded_drops_nothing() {
    // For what lies behind, the decoder goes back to a keyframe that is far away.
    let mut rig = Rig::new(10_000, |frame| {
        if frame == 5_000 - super::super::filling::FILL_BEHIND {
            800
        } else {
            6
        }
    });
    rig.conductor = Conductor::new(Film(10_000), 250, 10_000);
    rig.act(Act::Seek(5_000));
    while rig
        .working
        .is_none_or(|(job, _)| job.frame >= 5_000 || job.frame == 0)
    {
        rig.run(1);
        assert!(rig.millis < 2_000, "what lies behind is wanted at last");
    }
    rig.act(Act::Play);
    rig.run(4_000);
    assert_eq!(rig.conductor.counts.dropped, 0);
    let seen = rig.seen();
    let from = seen
        .iter()
        .position(|&frame| frame == 5_000)
        .expect("it was seen");
    assert_eq!(seen[from..from + 90], (5_000..5_090).collect::<Vec<_>>());
}

#[test]
fn after_a_rest_stepping_back_needs_no_decoding() {
    let mut rig = Rig::new(1000, |_| 20);
    rig.act(Act::Seek(107));
    rig.run(1200);
    let decoded = rig.decoded.len();
    for back in 1..=3u64 {
        rig.act(Act::Step(-1));
        rig.run(20);
        assert_eq!(rig.conductor.shown(), Some(107 - back));
    }
    let anew = &rig.decoded[decoded..];
    assert!(
        anew.iter().all(|&frame| frame < 104),
        "all of the group was there: {anew:?}"
    );
}
