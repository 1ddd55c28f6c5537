//! The storm with its lightning, and the keeper who lights the lamp.

use tiny_skia::{PixmapMut, Transform};

use super::{
    Drawn,
    actors::{FLAME, boat, flicker, moon, stars, wanderer},
    secs,
};
use crate::{
    noise::{self, Dice, ease},
    paint::{HEIGHT, Layer, Picture, Rgb, WIDTH},
    script::{LIGHTNING, SHOTS, Scene},
    shapes::{fill, ink, place, run, shape, trace},
};

/// One row of waves: everything under a moving crest, painted straight on the picture.
struct Swell {
    base: f32,
    tall: f32,
    long: f32,
    speed: f32,
    crest: Rgb,
    deep: Rgb,
    seed: u64,
}

impl Swell {
    fn top(&self, x: f32, t: f32) -> f32 {
        let phase = x / self.long + t * self.speed;
        let sharp = 1.0 - (phase.sin() * 0.5 + 0.5).powf(1.7);
        let chop = (x / (self.long * 0.31) - t * self.speed * 1.9).sin() * 0.16
            + (x / (self.long * 0.13) + t * 3.1).sin() * 0.05;
        let rough = noise::line_octaves(self.seed, x / (self.long * 0.7) + t * 0.6, 3) - 0.5;
        self.base - self.tall * (sharp - 0.5 + chop + rough * 0.7)
    }

    fn roll(&self, picture: &mut Picture, t: f32) {
        let tops: Vec<f32> = (0..WIDTH).map(|x| self.top(x as f32, t)).collect();
        let (crest, deep) = (self.crest.floats(), self.deep.floats());
        let first = tops
            .iter()
            .copied()
            .fold(f32::MAX, f32::min)
            .floor()
            .clamp(0.0, HEIGHT as f32) as usize;
        let depth = self.tall * 1.4;
        for row in first..HEIGHT {
            let line = &mut picture.pixels[row * WIDTH * 4..(row + 1) * WIDTH * 4];
            for (pixel, top) in line.as_chunks_mut::<4>().0.iter_mut().zip(&tops) {
                let below = row as f32 + 1.0 - top;
                if below <= 0.0 {
                    continue;
                }
                let cover = below.min(1.0);
                let part = (below / depth).min(1.0);
                let part = part * (2.0 - part);
                // A thread of foam along the crest.
                let foam = (1.0 - (below - 2.0).abs() / 3.0).max(0.0) * 26.0;
                for channel in 0..3 {
                    let colour = crest[channel] + (deep[channel] - crest[channel]) * part + foam;
                    let under = f32::from(pixel[channel]);
                    pixel[channel] = (under + (colour - under) * cover) as u8;
                }
            }
        }
    }
}

/// How bright the sky flashes at a frame of the storm, 0..1.
fn flash(frame: u32) -> f32 {
    let start = SHOTS
        .iter()
        .find(|shot| shot.scene == Scene::Storm)
        .map_or(0, |shot| shot.start);
    let at = i64::from(frame) + start.cast_signed() - LIGHTNING.start.cast_signed();
    if !(0..LIGHTNING.len().cast_signed() + 12).contains(&at) {
        return 0.0;
    }
    // Two frames of light and three of dark, five times; the last one dies away.
    let (burst, step) = (at / 5, at % 5);
    match (burst, step) {
        (0..=4, 0) => 1.0,
        (0..=4, 1) => 0.8,
        (5.., _) => (0.3 - 0.03 * (at - 25) as f32).max(0.0),
        _ => 0.04,
    }
}

/// A dark lighthouse, a small boat, lightning.
pub(super) struct Storm {
    sky: Layer,
    clouds: [Layer; 2],
    rock: Layer,
    swells: [Swell; 4],
}

impl Storm {
    pub(super) fn new() -> Self {
        let swell = |base, tall, long, speed, crest, deep, seed| Swell {
            base,
            tall,
            long,
            speed,
            crest: Rgb::hex(crest),
            deep: Rgb::hex(deep),
            seed,
        };
        Self {
            sky: Layer::slope(
                WIDTH,
                &[
                    (0.0, Rgb::hex(0x0b1118)),
                    (0.35, Rgb::hex(0x1c2a35)),
                    (0.64, Rgb::hex(0x4a6068)),
                    (1.0, Rgb::hex(0x4a6068)),
                ],
            ),
            clouds: [
                Layer::mist(WIDTH + 500, 17, 430.0, Rgb::hex(0x10171e), |y| {
                    0.95 * ease((390.0 - y) / 330.0)
                }),
                Layer::mist(WIDTH + 800, 23, 260.0, Rgb::hex(0x35454e), |y| {
                    0.6 * ease((360.0 - y) / 200.0) * ease(y / 150.0)
                }),
            ],
            rock: Layer::painted(WIDTH, HEIGHT, |sheet| {
                let tone = Rgb::hex(0x0c151b);
                let cliff = [
                    (820.0, 520.0),
                    (872.0, 452.0),
                    (905.0, 440.0),
                    (930.0, 408.0),
                    (1000.0, 398.0),
                    (1042.0, 412.0),
                    (1090.0, 452.0),
                    (1180.0, 480.0),
                    (1280.0, 470.0),
                    (1280.0, 560.0),
                    (820.0, 560.0),
                ];
                fill(
                    sheet,
                    shape(&cliff),
                    &run((900.0, 400.0), Rgb::hex(0x17242b), (1000.0, 540.0), tone),
                    place(0.0, 0.0, 1.0, 0.0),
                );
                lighthouse(sheet, 968.0, 402.0, 0.62, tone, Rgb::hex(0x24343c));
            }),
            swells: [
                swell(478.0, 34.0, 46.0, 1.2, 0x3e5660, 0x1f3139, 1),
                swell(536.0, 62.0, 84.0, -1.5, 0x31505a, 0x14252d, 2),
                swell(612.0, 92.0, 128.0, 1.7, 0x27454f, 0x0c1a21, 3),
                swell(708.0, 120.0, 190.0, -2.0, 0x1a333c, 0x060f14, 4),
            ],
        }
    }
}

/// The tower, its foot at (x, y), `scale` 1 = 320 px tall. Gives back where the lamp is.
fn lighthouse(sheet: &mut PixmapMut<'_>, x: f32, y: f32, scale: f32, dark: Rgb, light: Rgb) -> (f32, f32) {
    let put = place(x, y, scale, 0.0);
    let side = |wide: f32| run((-wide, 0.0), light, (wide, 0.0), dark);
    fill(
        sheet,
        shape(&[(-40.0, 6.0), (-25.0, -240.0), (25.0, -240.0), (40.0, 6.0)]),
        &side(34.0),
        put,
    );
    for (low, high) in [(-40.0, -90.0), (-140.0, -190.0)] {
        let wide = |h: f32| 40.0 + h * 15.0 / 240.0;
        let band = run(
            (-34.0, 0.0),
            light.toward(Rgb::hex(0xa0402f), 0.75),
            (34.0, 0.0),
            dark.toward(Rgb::hex(0x6a241e), 0.6),
        );
        fill(
            sheet,
            shape(&[
                (-wide(low), low),
                (-wide(high), high),
                (wide(high), high),
                (wide(low), low),
            ]),
            &band,
            put,
        );
    }
    lantern_room(sheet, put, dark, light);
    (x, y - 267.0 * scale)
}

/// The gallery, the glass, the roof, and the windows below.
fn lantern_room(sheet: &mut PixmapMut<'_>, put: Transform, dark: Rgb, light: Rgb) {
    let iron = ink(dark.toward(Rgb::hex(0x000000), 0.4), 1.0);
    fill(
        sheet,
        shape(&[(-36.0, -240.0), (36.0, -240.0), (33.0, -248.0), (-33.0, -248.0)]),
        &iron,
        put,
    );
    fill(
        sheet,
        shape(&[(-18.0, -248.0), (18.0, -248.0), (18.0, -286.0), (-18.0, -286.0)]),
        &ink(light.toward(Rgb::hex(0x203040), 0.4), 0.7),
        put,
    );
    for bar in [-18.0, -6.0, 5.0, 16.0] {
        fill(
            sheet,
            shape(&[
                (bar, -248.0),
                (bar + 2.0, -248.0),
                (bar + 2.0, -286.0),
                (bar, -286.0),
            ]),
            &iron,
            put,
        );
    }
    fill(
        sheet,
        shape(&[(-23.0, -286.0), (0.0, -314.0), (23.0, -286.0)]),
        &iron,
        put,
    );
    fill(
        sheet,
        shape(&[(-1.5, -310.0), (1.5, -310.0), (1.5, -334.0), (-1.5, -334.0)]),
        &iron,
        put,
    );
    for window in [-60.0, -120.0, -205.0] {
        fill(
            sheet,
            shape(&[
                (-5.0, window),
                (5.0, window),
                (5.0, window - 16.0),
                (-5.0, window - 16.0),
            ]),
            &iron,
            put,
        );
    }
}

impl Drawn for Storm {
    fn draw(&self, picture: &mut Picture, frame: u32) {
        let t = secs(frame);
        let flash = flash(frame);
        picture.lay(&self.sky, 0.0, 0);
        picture.lay(&self.clouds[0], -40.0 - t * 30.0, 0);
        picture.lay(&self.clouds[1], -60.0 - t * 66.0, 0);
        if flash > 0.02 {
            picture.glow_oval(420.0, 120.0, 900.0, 620.0, Rgb::hex(0xcfdcff), 0.9 * flash);
        }
        if flash > 0.5 {
            bolt(picture, u64::from(frame / 10));
        }
        picture.lay(&self.rock, 0.0, 0);
        self.swells[0].roll(picture, t);
        self.swells[1].roll(picture, t);
        let x = 470.0 + t * 16.0;
        let (here, slope) = (
            self.swells[2].top(x, t),
            self.swells[2].top(x + 34.0, t) - self.swells[2].top(x - 34.0, t),
        );
        boat(
            picture,
            x,
            here + 4.0,
            0.62,
            (slope / 68.0).atan().to_degrees() * 0.8,
            flicker(t, 15),
        );
        self.swells[2].roll(picture, t);
        self.swells[3].roll(picture, t);
        spray(picture, t);
        if flash > 0.0 {
            picture.wash(Rgb::hex(0xe9f0ff), 0.62 * flash);
        }
    }
}

fn bolt(picture: &mut Picture, seed: u64) {
    let mut dice = Dice::new(600 + seed);
    let (mut x, mut y) = (300.0 + 260.0 * dice.unit(), -10.0);
    let mut points = vec![(x, y)];
    let mut branches = Vec::new();
    while y < 470.0 {
        x += dice.signed() * 34.0;
        y += dice.between(16.0, 44.0);
        points.push((x, y));
        if dice.unit() < 0.28 {
            let (dx, dy) = (dice.signed() * 130.0, dice.between(50.0, 130.0));
            branches.push([(x, y), (x + dx * 0.4, y + dy * 0.55), (x + dx, y + dy)]);
        }
    }
    for point in &points {
        picture.glow(point.0, point.1, 54.0, Rgb::hex(0xaebfff), 0.4);
    }
    picture.paint(|sheet| {
        trace(sheet, &points, 4.5, &ink(Rgb::hex(0xffffff), 1.0));
        for branch in &branches {
            trace(sheet, branch, 1.8, &ink(Rgb::hex(0xeaf0ff), 0.9));
        }
    });
}

fn spray(picture: &mut Picture, t: f32) {
    let mut dice = Dice::new(52);
    for _ in 0..360 {
        let depth = dice.unit();
        let speed = 700.0 + 900.0 * depth;
        let y = (dice.unit() * 800.0 + t * speed).rem_euclid(800.0) - 60.0;
        let x = (dice.unit() * 1700.0 - t * 380.0 * depth).rem_euclid(1700.0) - 100.0;
        picture.streak(x, y, 14.0 + 20.0 * depth, -0.62, 20.0 + 38.0 * depth);
    }
}

/// The keeper on the cliff lifts a lantern; the great lamp answers and turns.
pub(super) struct Keeper {
    sky: Layer,
    clouds: Layer,
    cliff: Layer,
    lamp: (f32, f32),
}

const HORIZON: usize = 486;

impl Keeper {
    pub(super) fn new() -> Self {
        let sky = Layer::slope(
            WIDTH,
            &[
                (0.0, Rgb::hex(0x070d1f)),
                (0.35, Rgb::hex(0x142447)),
                (0.58, Rgb::hex(0x34508a)),
                (0.68, Rgb::hex(0x6d86b4)),
                (1.0, Rgb::hex(0x6d86b4)),
            ],
        )
        .with(|sheet| {
            stars(sheet, WIDTH as f32, 430.0, 420, 71);
            moon(sheet, 196.0, 120.0, 26.0);
        });
        let mut lamp = (0.0, 0.0);
        let cliff = Layer::painted(WIDTH, HEIGHT, |sheet| {
            let mut points = vec![(430.0, 720.0)];
            points.extend((0..=85).map(|k| {
                let x = 430.0 + k as f32 * 10.0;
                let climb = ease((x - 430.0) / 420.0);
                (
                    x,
                    716.0 - 176.0 * climb - 26.0 * noise::line_octaves(9, x / 60.0, 4),
                )
            }));
            points.push((1280.0, 720.0));
            fill(
                sheet,
                shape(&points),
                &run(
                    (560.0, 540.0),
                    Rgb::hex(0x1a2440),
                    (900.0, 720.0),
                    Rgb::hex(0x05080f),
                ),
                place(0.0, 0.0, 1.0, 0.0),
            );
            lamp = lighthouse(sheet, 1030.0, 542.0, 1.28, Rgb::hex(0x0d1428), Rgb::hex(0x7e8aa8));
            let mut dice = Dice::new(66);
            for _ in 0..240 {
                let x = 640.0 + 640.0 * dice.unit();
                let (tall, bend) = (dice.between(6.0, 26.0), 4.0 + 12.0 * dice.unit());
                let foot =
                    716.0 - 176.0 * ease((x - 430.0) / 420.0) - 26.0 * noise::line_octaves(9, x / 60.0, 4)
                        + 3.0;
                trace(
                    sheet,
                    &[
                        (x, foot),
                        (x + bend * 0.3, foot - tall * 0.6),
                        (x + bend, foot - tall),
                    ],
                    1.5,
                    &ink(Rgb::hex(0x0a1020), 1.0),
                );
            }
        });
        Self {
            sky,
            clouds: Layer::mist(WIDTH + 300, 29, 460.0, Rgb::hex(0x8093bd), |y| {
                0.34 * ease((y - 250.0) / 140.0) * ease((500.0 - y) / 60.0)
            }),
            cliff,
            lamp,
        }
    }
}

impl Drawn for Keeper {
    fn draw(&self, picture: &mut Picture, frame: u32) {
        let t = secs(frame);
        picture.lay(&self.sky, 0.0, 0);
        picture.glow(196.0, 120.0, 190.0, Rgb::hex(0x8ea0e0), 0.2);
        picture.lay(&self.clouds, -40.0 - t * 10.0, 0);
        // The lamp is lit half a second after the lantern is up.
        let lit = ease((t - 1.7) / 0.9);
        self.light(picture, t, lit);
        picture.mirror(HORIZON, 1.05, 5.0, t, (Rgb::hex(0x0b1734), 0.34));
        boat(
            picture,
            250.0 + t * 10.0,
            560.0 + (t * 1.7).sin() * 2.0,
            0.42,
            (t * 1.7).cos() * 2.0,
            flicker(t, 15),
        );
        picture.lay(&self.cliff, 0.0, 0);
        let (x, y) = self.lamp;
        picture.glow(x, y, 190.0, Rgb::hex(0xffe0a0), 0.55 * lit);
        picture.glow(x, y, 46.0, Rgb::hex(0xfff6dc), 1.2 * lit);
        let raise = ease((t - 0.6) / 1.1);
        let mut hand = (0.0, 0.0);
        picture.paint(|sheet| {
            hand = wanderer(
                sheet,
                800.0,
                556.0,
                0.98,
                raise,
                Rgb::hex(0x070a14),
                Rgb::hex(0x8a5c3c),
            );
        });
        let swing = (t * 2.0).sin() * 3.0;
        let lantern = (hand.0 + swing, hand.1 + 24.0);
        picture.paint(|sheet| {
            trace(
                sheet,
                &[hand, (lantern.0, lantern.1 - 10.0)],
                2.0,
                &ink(Rgb::hex(0x05070c), 1.0),
            );
            fill(
                sheet,
                shape(&[(-7.0, -10.0), (7.0, -10.0), (9.0, 12.0), (-9.0, 12.0)]),
                &ink(Rgb::hex(0xffd08a), 1.0),
                place(lantern.0, lantern.1, 1.0, swing),
            );
            fill(
                sheet,
                shape(&[(-10.0, -12.0), (0.0, -20.0), (10.0, -12.0)]),
                &ink(Rgb::hex(0x05070c), 1.0),
                place(lantern.0, lantern.1, 1.0, swing),
            );
        });
        let flame = flicker(t, 22);
        picture.glow(lantern.0, lantern.1, 170.0, FLAME, 0.55 * flame);
        picture.glow(lantern.0, lantern.1, 26.0, Rgb::hex(0xfff0cc), 0.9 * flame);
    }
}

impl Keeper {
    fn light(&self, picture: &mut Picture, t: f32, lit: f32) {
        if lit <= 0.0 {
            return;
        }
        let turn = (t - 1.7) * 0.95 + 2.4;
        for side in [0.0, std::f32::consts::PI] {
            let (depth, across) = (turn + side).sin_cos();
            // Seen from the side a beam is as long as its share across the view; toward the eye it is short and wide.
            let length = 200.0 + 1150.0 * across.abs();
            let tilt = 0.07 - 0.1 * depth;
            let norm = (across * across + tilt * tilt).sqrt().max(1e-3);
            let strength = lit * (0.62 + 0.4 * depth.max(0.0));
            picture.beam(
                self.lamp,
                (across / norm, tilt / norm),
                length,
                0.10 + 0.2 * (1.0 - across.abs()),
                (Rgb::hex(0xffeab8), strength),
            );
        }
        let toward_eye = (turn.sin().max(0.0)).powi(12);
        picture.glow(
            self.lamp.0,
            self.lamp.1,
            420.0,
            Rgb::hex(0xfff0cc),
            0.5 * lit * toward_eye,
        );
    }
}
