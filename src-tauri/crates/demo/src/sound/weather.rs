//! What is heard around the picture: rain, water, crickets, wind, thunder, birds.

use timebase::FrameRange;

use super::{Bus, LENGTH, Ring, SAMPLE_RATE, Slow, hiss, loud, sample_at, samples_of, within};
use crate::{
    noise::{self, Dice},
    script::{LIGHTNING, SHOTS, Scene},
};

fn scene(wanted: Scene) -> FrameRange {
    SHOTS
        .iter()
        .find(|shot| shot.scene == wanted)
        .map_or(FrameRange::new(0, 0), |shot| {
            FrameRange::new(shot.start, shot.end)
        })
}

/// All of it.
pub(super) fn play() -> Bus {
    let mut bus = Bus::silent();
    rain(&mut bus);
    water(&mut bus);
    storm(&mut bus);
    thunder(&mut bus);
    crickets(&mut bus);
    birds(&mut bus);
    bus
}

/// Rain outside, and duller through the window.
fn rain(bus: &mut Bus) {
    let (out, behind) = (scene(Scene::City), scene(Scene::Window));
    let mut bands = [Ring::band(5200.0, 5200.0), Ring::band(5200.0, 5200.0)];
    let mut dull = [Slow::new(700.0), Slow::new(700.0)];
    for at in samples_of(out).start..samples_of(behind).end + 24_000 {
        let (open, shut) = (within(at, out, 0.4, 0.1), within(at, behind, 0.05, 0.5));
        for side in 0..2 {
            let noise = hiss(1 + side as u64, at);
            let value = bands[side].pass(noise) * 0.10 * open + dull[side].pass(noise) * 0.55 * shut;
            bus.add(at, value, side as f32 * 2.0 - 1.0);
        }
    }
}

/// Small water under the boat, larger at the shore.
fn water(bus: &mut Bus) {
    for (wanted, level, pace, cut) in [
        (Scene::Title, 0.5, 0.35, 500.0),
        (Scene::Boat, 0.7, 0.55, 900.0),
        (Scene::Forest, 0.5, 0.9, 1500.0),
        (Scene::Keeper, 0.45, 0.24, 600.0),
        (Scene::Closing, 0.6, 0.3, 550.0),
    ] {
        let frames = scene(wanted);
        let mut filters = [Slow::new(cut), Slow::new(cut)];
        for at in samples_of(frames).start..(samples_of(frames).end + 30_000).min(LENGTH) {
            let secs = at as f32 / SAMPLE_RATE as f32;
            let swell = noise::line_octaves(40, secs * pace * 2.0, 3).powi(2);
            let shape = within(at, frames, 0.6, 0.6) * swell * level;
            for (side, filter) in filters.iter_mut().enumerate() {
                bus.add(
                    at,
                    filter.pass(hiss(5 + side as u64, at)) * shape,
                    side as f32 * 2.0 - 1.0,
                );
            }
        }
    }
}

/// Wind and breakers; three seconds of it far too loud.
fn storm(bus: &mut Bus) {
    let frames = scene(Scene::Storm);
    let mut surf = [Slow::new(420.0), Slow::new(420.0)];
    let mut spray = [Ring::band(2600.0, 2600.0), Ring::band(2600.0, 2600.0)];
    let mut wind = [Ring::default(), Ring::default()];
    for at in samples_of(frames).start..samples_of(frames).end + 48_000 {
        let secs = at as f32 / SAMPLE_RATE as f32;
        let shape = within(at, frames, 0.3, 0.9);
        if at % 64 == 0 {
            let howl = 340.0 + 420.0 * noise::line_octaves(50, secs * 0.9, 2);
            wind.iter_mut().for_each(|ring| {
                let fresh = Ring::band(howl, 60.0);
                *ring = Ring {
                    one: ring.one,
                    two: ring.two,
                    ..fresh
                };
            });
        }
        let wave = 0.4 + 0.9 * noise::line_octaves(51, secs * 0.8, 2);
        let push = 1.0 + 3.6 * loud(at);
        for side in 0..2 {
            let noise = hiss(8 + side as u64, at);
            let value = surf[side].pass(noise) * 0.85 * wave * push
                + spray[side].pass(noise) * 0.05 * push
                + wind[side].pass(noise) * 0.10;
            bus.add(at, value * shape, side as f32 * 2.0 - 1.0);
        }
    }
}

/// Each flash cracks, then rolls away.
fn thunder(bus: &mut Bus) {
    let start = samples_of(LIGHTNING).start;
    for clap in 0..5usize {
        let at = start + clap * 5 * super::SAMPLES_PER_FRAME;
        let (mut low, mut lower) = (Slow::new(190.0), Slow::new(150.0));
        let pan = [-0.5, 0.3, -0.2, 0.6, 0.0][clap];
        for k in 0..SAMPLE_RATE as usize * 3 {
            let secs = k as f32 / SAMPLE_RATE as f32;
            let noise = hiss(60 + clap as u64, k);
            let roll = lower.pass(low.pass(noise))
                * 9.0
                * (-secs * 1.25).exp()
                * (0.5 + noise::line_octaves(70 + clap as u64, secs * 7.0, 3));
            let crack = noise * 0.5 * (-secs * 26.0).exp();
            bus.add(at + k, (roll + crack) * noise::ease(secs * 200.0), pan);
        }
    }
}

/// Crickets under the trees: short trains of a high tone.
fn crickets(bus: &mut Bus) {
    let frames = scene(Scene::Forest);
    for insect in 0..5u64 {
        let mut dice = Dice::new(300 + insect);
        let (hertz, pan) = (3900.0 + 700.0 * dice.unit(), dice.signed() * 0.9);
        let (rest, beat, level) = (
            dice.between(0.5, 0.9),
            dice.between(26.0, 34.0),
            dice.between(0.010, 0.026),
        );
        for at in samples_of(frames).start..samples_of(frames).end + 12_000 {
            let secs = at as f32 / SAMPLE_RATE as f32 + insect as f32 * 0.23;
            let train = (secs / rest).fract();
            if train < 0.55 {
                let chirp = (std::f32::consts::PI * secs * beat).sin().powi(2)
                    * noise::ease(train * 12.0)
                    * noise::ease((0.55 - train) * 12.0);
                let tone = (std::f32::consts::TAU * (hertz * secs).fract()).sin();
                bus.add(at, tone * chirp * level * within(at, frames, 0.8, 0.3), pan);
            }
        }
    }
}

/// Birds in the morning: falling and rising whistles.
fn birds(bus: &mut Bus) {
    let mut dice = Dice::new(500);
    let (from, to) = (
        samples_of(scene(Scene::Dawn)).start as f32 / SAMPLE_RATE as f32 + 0.8,
        samples_of(scene(Scene::Balloon)).end as f32 / SAMPLE_RATE as f32,
    );
    let mut secs = from;
    while secs < to {
        let (base, pan, level) = (
            dice.between(2400.0, 4200.0),
            dice.signed() * 0.9,
            dice.between(0.02, 0.05),
        );
        for note in 0..2 + (dice.unit() * 3.0) as usize {
            let (length, slide) = (dice.between(0.06, 0.14), dice.signed() * 900.0);
            let start = sample_at(secs + note as f32 * 0.15);
            let mut phase = 0.0f32;
            for k in 0..(length * SAMPLE_RATE as f32) as usize {
                let part = k as f32 / (length * SAMPLE_RATE as f32);
                phase = (phase + (base + slide * part) / SAMPLE_RATE as f32).fract();
                bus.add(
                    start + k,
                    (std::f32::consts::TAU * phase).sin()
                        * level
                        * (std::f32::consts::PI * part).sin().powi(2),
                    pan,
                );
            }
        }
        secs += dice.between(0.35, 1.3);
    }
}
