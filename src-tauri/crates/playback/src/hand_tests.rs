//! What is decoded under a hand that steps, in a film of long groups.

use super::*;

#[test]
fn behind_a_hand_that_goes_back_some_frames_are_decoded_and_the_more_the_further_it_goes() {
    let mut conductor: Conductor<Film, u64> = Conductor::new(Film(1000), 250, 6000);
    let now = Flicks::ZERO;
    conductor.next_job(now);
    conductor.deliver(conductor.in_flight.expect("a job").job, Some((0, 10)));
    let mut passes = Vec::new();
    let hand = |passes: &mut Vec<(u64, u64, u64)>, conductor: &mut Conductor<Film, u64>, act: Act| {
        conductor.act(now, act);
        let Some(job) = conductor.next_job(now) else {
            return;
        };
        passes.push((conductor.due(), job.frame, job.whole_from));
        for frame in job.whole_from.max(job.frame - job.frame % 250)..job.frame {
            conductor.pass(frame, frame, 10);
        }
        conductor.deliver(job, Some((job.frame, 10)));
    };
    hand(&mut passes, &mut conductor, Act::Seek(499));
    for _ in 0..230 {
        hand(&mut passes, &mut conductor, Act::Step(-1));
    }
    // At first a little; then, before the hand comes there, twice as far as it has gone; then the group before.
    assert_eq!(passes[..3], [(499, 499, 499), (498, 498, 426), (449, 425, 349)]);
    assert!(
        passes
            .iter()
            .skip(2)
            .all(|(due, frame, _)| due - frame == SOON_FRAMES)
    );
    assert!(
        passes[3].2 <= 250 && passes[4].1 == 249 && passes.len() == 5,
        "{passes:?}"
    );
    hand(&mut passes, &mut conductor, Act::Seek(900));
    hand(&mut passes, &mut conductor, Act::Step(-1));
    assert_eq!(passes.last(), Some(&(899, 899, 827)), "elsewhere it begins anew");
}
