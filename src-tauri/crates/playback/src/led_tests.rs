//! A film that another one leads, under the same made-up clock.

use super::*;

/// Leads for so long, as somebody does who looks every ten milliseconds: `cue` says the place and the speed at a millisecond.
fn lead(rig: &mut Rig, millis: i64, cue: impl Fn(i64) -> (i64, i8)) {
    let begun = rig.millis;
    while rig.millis < begun + millis {
        if let Some((job, _)) = rig.working.take_if(|(_, done)| *done <= rig.millis) {
            rig.decoded.push(job.frame);
            rig.conductor.deliver(job, Some((job.frame, 1)));
        }
        if rig.millis % rig.look_every == 0 {
            let (at, speed) = cue(rig.millis - begun);
            rig.conductor.lead(rig.now(), Flicks::from_millis(at), speed);
            let picture = rig.conductor.take_picture();
            rig.screen.extend(picture.map(|(frame, _)| (rig.millis, frame)));
        }
        if rig.working.is_none()
            && let Some(job) = rig.conductor.next_job(rig.now())
        {
            rig.working = Some((job, rig.millis + (rig.decode_millis)(job.frame)));
        }
        rig.millis += 1;
    }
}

/// Where a film of `frame_millis` a frame, standing on frame 0 at first, has the one that it leads, an eighth into the frame.
fn running(ms: i64, frame_millis: i64, speed: i8) -> (i64, i8) {
    let frame = ms * i64::from(speed) / frame_millis;
    (frame * frame_millis + frame_millis / 8, speed)
}

#[test]
fn a_film_of_the_same_rate_shows_every_frame_with_its_leader() {
    let mut rig = Rig::new(100, |_| 6);
    lead(&mut rig, 100, |_| (5, 0));
    rig.screen.clear();
    let begun = rig.millis;
    lead(&mut rig, 2000, |ms| running(ms, FRAME_MILLIS, 1));
    assert_eq!(rig.seen(), (1..50).collect::<Vec<_>>());
    for &(at, frame) in &rig.screen {
        let due = begun + frame as i64 * FRAME_MILLIS;
        assert!(
            (at - due) < rig.look_every,
            "frame {frame} came {} ms late",
            at - due
        );
    }
    assert_eq!(rig.conductor.counts.dropped, 0);
}

#[test]
fn a_leader_of_another_rate_is_followed_by_time() {
    // Every frame of a film at half the rate stands beside every second one of this.
    let mut rig = Rig::new(100, |_| 3);
    lead(&mut rig, 100, |_| (5, 0));
    rig.screen.clear();
    lead(&mut rig, 1600, |ms| running(ms, 2 * FRAME_MILLIS, 1));
    assert_eq!(rig.seen(), (1..20).map(|n| 2 * n).collect::<Vec<_>>());
    assert_eq!(
        rig.conductor.counts.dropped, 0,
        "what was never due is not dropped"
    );
    // And beside a film of twice the rate every frame of this stands for two.
    let mut rig = Rig::new(100, |_| 3);
    lead(&mut rig, 1000, |ms| running(ms, FRAME_MILLIS / 2, 1));
    assert_eq!(rig.seen(), (0..25).collect::<Vec<_>>());
}

#[test]
fn a_decoder_that_is_too_slow_is_counted_and_does_not_hold_up() {
    let mut rig = Rig::new(400, |_| 70);
    lead(&mut rig, 400, |_| (5, 0));
    rig.screen.clear();
    lead(&mut rig, 4000, |ms| running(ms, FRAME_MILLIS, 1));
    let shown = rig.seen();
    assert!(shown.windows(2).all(|pair| pair[0] < pair[1]), "{shown:?}");
    assert!(*shown.last().unwrap() > 80, "{shown:?}");
    // What came late is seen, and not when it was due.
    let lost = rig.conductor.counts.dropped;
    assert!((40..=99).contains(&lost), "{lost} of 99 were not shown in time");
}

#[test]
fn steps_jumps_and_turns_of_the_leader_are_followed() {
    let mut rig = Rig::new(200, |_| 4);
    for (frame, speed) in [(0, 0), (120, 0), (119, 0), (118, 0), (7, 0)] {
        lead(&mut rig, 100, |_| (frame * FRAME_MILLIS + 5, speed));
        assert_eq!(rig.seen().last(), Some(&(frame as u64)));
    }
    // Running backwards from frame 150, and a leap within it, as a loop makes one.
    lead(&mut rig, 300, |_| (150 * FRAME_MILLIS + 5, 0));
    rig.screen.clear();
    lead(&mut rig, 1000, |ms| {
        ((150 - ms / FRAME_MILLIS) * FRAME_MILLIS + 5, -1)
    });
    lead(&mut rig, 1000, |ms| {
        ((100 - ms / FRAME_MILLIS) * FRAME_MILLIS + 5, -1)
    });
    let seen = rig.seen();
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "{seen:?}");
    assert!(seen.contains(&130) && seen.last() == Some(&76), "{seen:?}");
}

#[test]
fn beyond_its_ends_it_stands_on_its_first_and_last_picture() {
    let mut rig = Rig::new(10, |_| 4);
    lead(&mut rig, 100, |_| (-400, 0));
    assert_eq!(rig.seen(), [0]);
    lead(&mut rig, 1200, |ms| (running(ms, FRAME_MILLIS, 1).0 - 400, 1));
    assert_eq!(rig.seen(), (0..10).collect::<Vec<_>>());
    assert_eq!(rig.conductor.counts.dropped, 0);
}

#[test]
fn two_films_share_the_memory_of_one() {
    let mut rig = Rig::new(100, |_| 1);
    rig.conductor = Conductor::new(Film(100), GROUP, 40);
    lead(&mut rig, 3000, |ms| running(ms, FRAME_MILLIS, 1));
    assert_eq!(rig.conductor.cache().held_bytes(), 40);
    rig.conductor.share_cache(2);
    assert_eq!(rig.conductor.cache().held_bytes(), 20);
    assert!(rig.conductor.cache().contains(74), "what is on the screen stays");
    rig.conductor.share_cache(1);
    assert_eq!(rig.conductor.cache().limit_bytes(), 40);
}
