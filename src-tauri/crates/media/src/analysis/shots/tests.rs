use timebase::FrameRange;

use super::*;
use crate::analysis::picture::{CHROMA_HEIGHT, CHROMA_WIDTH, THUMB_HEIGHT, THUMB_WIDTH};

/// A scene without end: smooth noise of several sizes, different for every seed.
#[derive(Clone, Copy)]
struct Scene(u32);

impl Scene {
    fn lattice(self, x: i32, y: i32, octave: u32) -> f32 {
        let mut hash = self.0.wrapping_mul(0x9E37_79B9) ^ (x as u32).wrapping_mul(0x85EB_CA6B);
        hash ^= (y as u32).wrapping_mul(0xC2B2_AE35) ^ octave.wrapping_mul(0x27D4_EB2F);
        hash = (hash ^ (hash >> 15)).wrapping_mul(0x2C1B_3C6D);
        hash = (hash ^ (hash >> 12)).wrapping_mul(0x297A_2D39);
        ((hash ^ (hash >> 15)) & 0xffff) as f32 / 65_535.0 - 0.5
    }

    fn noise(self, x: f32, y: f32) -> f32 {
        let mut sum = 0.0;
        for (octave, (size, weight)) in [(31.0, 1.0), (13.0, 0.6), (5.0, 0.3)].into_iter().enumerate() {
            let (u, v) = (x / size, y / size);
            let (left, top) = (u.floor(), v.floor());
            let corner = |dx: i32, dy: i32| self.lattice(left as i32 + dx, top as i32 + dy, octave as u32);
            let (s, t) = (u - left, v - top);
            let upper = corner(0, 0) * (1.0 - s) + corner(1, 0) * s;
            let lower = corner(0, 1) * (1.0 - s) + corner(1, 1) * s;
            sum += weight * (upper * (1.0 - t) + lower * t);
        }
        sum
    }

    /// The scene through a camera that looks at `x`.
    fn seen_from(self, x: f32) -> Thumb {
        let mut thumb = Thumb::default();
        for (at, level) in thumb.y.iter_mut().enumerate() {
            let (px, py) = ((at % THUMB_WIDTH) as f32, (at / THUMB_WIDTH) as f32);
            *level = (125.0 + 150.0 * self.noise(px + x, py)).clamp(0.0, 255.0) as u8;
        }
        let tint = f32::from((self.0 % 7) as u8) * 6.0 - 18.0;
        for at in 0..CHROMA_WIDTH * CHROMA_HEIGHT {
            let (px, py) = ((at % CHROMA_WIDTH) as f32 * 2.0, (at / CHROMA_WIDTH) as f32 * 2.0);
            let colour = 60.0 * self.noise(px + x + 500.0, py);
            thumb.u[at] = (128.0 + tint + colour).clamp(0.0, 255.0) as u8;
            thumb.v[at] = (128.0 - tint + colour * 0.5).clamp(0.0, 255.0) as u8;
        }
        thumb
    }
}

/// `share` thousandths of `second` over `first`.
fn mixed(first: &Thumb, second: &Thumb, share: u32) -> Thumb {
    let plane = |a: &[u8], b: &[u8]| {
        a.iter()
            .zip(b)
            .map(|(p, q)| ((u32::from(*p) * (1000 - share) + u32::from(*q) * share) / 1000) as u8)
            .collect()
    };
    Thumb {
        y: plane(&first.y, &second.y),
        u: plane(&first.u, &second.u),
        v: plane(&first.v, &second.v),
    }
}

fn plain(level: u8) -> Thumb {
    let mut thumb = Thumb::default();
    thumb.y.fill(level);
    thumb
}

/// `frames` pictures of a slow pan.
fn shot(seed: u32, frames: u32) -> Vec<Thumb> {
    (0..frames)
        .map(|at| Scene(seed).seen_from(at as f32 * 0.4))
        .collect()
}

fn find(film: &[Thumb]) -> Vec<Boundary> {
    let mut detector = ShotDetector::new();
    for thumb in film {
        detector.push(thumb);
    }
    detector.finish()
}

fn cuts(film: &[Thumb]) -> Vec<u64> {
    let found = find(film);
    assert!(found.iter().all(|b| b.kind == Transition::Cut), "{found:?}");
    found.iter().map(|b| b.at).collect()
}

#[test]
fn cuts_are_found_at_their_frame_up_to_the_edges_of_the_film() {
    let film = [shot(1, 30), shot(2, 12), shot(3, 50), shot(4, 2)].concat();
    assert_eq!(cuts(&film), [30, 42, 92]);
    assert_eq!(cuts(&[shot(9, 1), shot(5, 40)].concat()), [1]);
    assert!(cuts(&shot(6, 60)).is_empty());
    assert!(cuts(&[]).is_empty());
    assert!(cuts(&shot(6, 1)).is_empty());
}

#[test]
fn pictures_shown_twice_do_not_hide_or_make_cuts() {
    let film: Vec<Thumb> = [shot(1, 20), shot(2, 20)]
        .concat()
        .into_iter()
        .flat_map(|thumb| [thumb.clone(), thumb])
        .collect();
    assert_eq!(cuts(&film), [40]);
}

#[test]
fn flashes_are_not_cuts() {
    for length in 1..=4 {
        let mut film = shot(3, 60);
        for thumb in &mut film[25..25 + length] {
            *thumb = mixed(thumb, &plain(255), 750);
        }
        assert_eq!(find(&film), [], "{length} pictures");
    }
}

#[test]
fn a_black_drop_out_is_not_a_cut() {
    let mut film = shot(3, 60);
    film[25] = plain(0);
    film[26] = plain(0);
    assert_eq!(find(&film), []);
}

#[test]
fn a_whip_pan_is_not_a_cut() {
    let place = |at: i32| 70.0 * ((at - 40) as f32 / 3.0).tanh();
    let film: Vec<Thumb> = (0..80).map(|at| Scene(11).seen_from(place(at))).collect();
    assert_eq!(find(&film), []);
}

#[test]
fn flicker_and_a_caption_are_not_cuts() {
    let flicker: Vec<Thumb> = shot(4, 80)
        .into_iter()
        .enumerate()
        .map(|(at, mut thumb)| {
            let gain = 1.0 + 0.3 * (at as f32 / 3.0).sin();
            thumb
                .y
                .iter_mut()
                .for_each(|y| *y = (f32::from(*y) * gain).clamp(0.0, 255.0) as u8);
            thumb
        })
        .collect();
    assert_eq!(find(&flicker), []);
    let mut captioned = shot(5, 60);
    for thumb in &mut captioned[30..] {
        thumb.y[THUMB_WIDTH * (THUMB_HEIGHT * 5 / 6)..].fill(30);
    }
    assert_eq!(find(&captioned), []);
}

#[test]
fn dissolves_of_many_lengths_are_found_once_where_they_are() {
    for length in [6u32, 12, 24, 40] {
        let (first, second) = (shot(21, 60 + length), shot(22, 60 + length));
        let mut film = first[..60].to_vec();
        for at in 0..length {
            let (a, b) = (&first[60 + at as usize], &second[at as usize]);
            film.push(mixed(a, b, (at + 1) * 1000 / (length + 1)));
        }
        film.extend_from_slice(&second[length as usize..]);
        let found = find(&film);
        assert_eq!(found.len(), 1, "{length}: {found:?}");
        assert_eq!(found[0].kind, Transition::Dissolve);
        let true_middle = 60 + u64::from(length) / 2;
        assert!(
            found[0].at.abs_diff(true_middle) <= 1 + u64::from(length) / 4,
            "{length}: {found:?}"
        );
    }
}

#[test]
fn a_fade_through_black_is_one_boundary_and_a_long_hold_makes_two() {
    let ramp = |scene: u32, down: bool| -> Vec<Thumb> {
        shot(scene, 14)
            .iter()
            .enumerate()
            .map(|(at, thumb)| {
                let share = (at as u32 + 1) * 1000 / 14;
                mixed(thumb, &plain(0), if down { share } else { 1000 - share })
            })
            .collect()
    };
    for (hold, expected) in [(0usize, 1), (10, 1), (60, 2)] {
        let black = vec![plain(0); hold];
        let film = [shot(31, 50), ramp(31, true), black, ramp(32, false), shot(32, 50)].concat();
        let found = find(&film);
        assert_eq!(found.len(), expected, "{hold}: {found:?}");
        assert!(found.iter().all(|b| b.kind == Transition::Fade));
        assert!(
            found[0].span.start.abs_diff(50) <= 3 && found[0].span.end >= 60,
            "{found:?}"
        );
    }
}

#[test]
fn the_film_may_fade_in_and_out() {
    let fade = |thumb: &Thumb, light: usize| mixed(thumb, &plain(0), 1000 - light as u32 * 1000 / 20);
    let scene = shot(41, 120);
    let film: Vec<Thumb> = scene
        .iter()
        .enumerate()
        .map(|(at, thumb)| fade(thumb, at.min(119 - at).saturating_sub(2).min(20)))
        .collect();
    let found = find(&film);
    let kinds: Vec<_> = found.iter().map(|b| (b.kind, b.at)).collect();
    assert_eq!(
        kinds,
        [(Transition::Fade, 0), (Transition::Fade, 120)],
        "{found:?}"
    );
    let shots = shots_between(&found, 120);
    assert_eq!(shots.len(), 1);
    assert_eq!(
        (shots[0].range, shots[0].transition_in),
        (FrameRange::new(0, 120), Transition::Fade)
    );
}

#[test]
fn shots_follow_each_other_without_gap() {
    let film = [shot(1, 30), shot(2, 40), shot(3, 50)].concat();
    let shots = shots_between(&find(&film), film.len() as u64);
    let ranges: Vec<_> = shots.iter().map(|shot| shot.range).collect();
    assert_eq!(
        ranges,
        [
            FrameRange::new(0, 30),
            FrameRange::new(30, 70),
            FrameRange::new(70, 120)
        ]
    );
    assert_eq!(shots[0].transition_in, Transition::Start);
    assert_eq!(shots[1].transition_in, Transition::Cut);
    assert_eq!(shots_between(&[], 0), []);
}

/// A sky over a low horizon: a ramp of light, a thread of detail. Light falls off the same way in all of them.
fn sky(seed: u32, (top, bottom): (f32, f32), tint: i32, frames: u32) -> Vec<Thumb> {
    let horizon = THUMB_HEIGHT * 3 / 4;
    shot(seed, frames)
        .into_iter()
        .map(|mut thumb| {
            for (at, level) in thumb.y.iter_mut().enumerate() {
                let (x, y) = (at % THUMB_WIDTH, at / THUMB_WIDTH);
                let ramp = top + (bottom - top) * y as f32 / THUMB_HEIGHT as f32 + x as f32 * 0.1;
                let detail = (f32::from(*level) - 128.0) / if y < horizon { 40.0 } else { 6.0 };
                *level = (ramp + detail).clamp(0.0, 255.0) as u8;
            }
            thumb.u.fill((128 + tint) as u8);
            thumb.v.fill((128 - tint) as u8);
            thumb
        })
        .collect()
}

#[test]
fn a_cut_from_one_sky_to_another_is_a_cut() {
    for (before, after) in [
        ((200.0, 60.0, 30), (120.0, 20.0, -25)),
        ((90.0, 180.0, 0), (30.0, 110.0, 20)),
        ((240.0, 90.0, -20), (150.0, 40.0, -45)),
    ] {
        let first = sky(51, (before.0, before.1), before.2, 40);
        let second = sky(52, (after.0, after.1), after.2, 40);
        assert_eq!(cuts(&[first, second].concat()), [40], "{before:?} {after:?}");
    }
}

#[test]
fn light_that_changes_at_once_is_not_a_cut() {
    for (gain, lift) in [(1.5, 0.0), (0.5, 0.0), (0.8, 50.0)] {
        let mut film = shot(53, 80);
        for thumb in &mut film[40..] {
            for level in &mut thumb.y {
                *level = (f32::from(*level) * gain + lift).clamp(0.0, 255.0) as u8;
            }
        }
        assert_eq!(find(&film), [], "{gain} {lift}");
    }
}

#[test]
fn a_title_over_a_sky_is_not_a_cut() {
    let mut film = sky(54, (190.0, 70.0), 25, 80);
    for thumb in &mut film[40..] {
        for row in thumb.y.chunks_exact_mut(THUMB_WIDTH).skip(24).take(22) {
            row[16..THUMB_WIDTH - 16]
                .iter_mut()
                .step_by(3)
                .for_each(|level| *level = 250);
        }
    }
    assert_eq!(find(&film), []);
}
