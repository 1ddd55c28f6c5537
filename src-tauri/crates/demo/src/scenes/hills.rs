//! Dawn over the mountains, and the balloon.

use tiny_skia::{PixmapMut, Transform};

use super::{
    Drawn,
    actors::{FLAME, bird, flicker},
    secs,
};
use crate::{
    noise::{self, Dice, ease},
    paint::{HEIGHT, Layer, Picture, Rgb, WIDTH},
    shapes::{blob, fill, ink, oval, place, run, shape, trace},
};

fn ridge(seed: u64, base: f32, swing: f32, wide: f32, octaves: u32) -> impl Fn(f32) -> f32 {
    move |x| {
        let n = noise::line_octaves(seed, x / wide, octaves);
        // Folding the noise makes crests instead of dunes.
        base - swing * (1.0 - (n * 2.0 - 1.0).abs()).powf(1.3)
    }
}

/// First light, a slow pan.
pub(super) struct Dawn {
    sky: Layer,
    clouds: Layer,
    ranges: Vec<(Layer, f32)>,
    mists: Vec<Layer>,
}

impl Dawn {
    pub(super) fn new() -> Self {
        let sky = Layer::slope(
            WIDTH,
            &[
                (0.0, Rgb::hex(0x2b4a78)),
                (0.25, Rgb::hex(0x6f86ab)),
                (0.45, Rgb::hex(0xe0ae9d)),
                (0.58, Rgb::hex(0xf6b983)),
                (0.66, Rgb::hex(0xfad29c)),
                (1.0, Rgb::hex(0xfad29c)),
            ],
        );
        let range = |seed, base, swing, wide, high, low, depth, speed: f32| {
            let layer = Layer::ridge(
                WIDTH + 60 + (speed * 6.0) as usize,
                ridge(seed, base, swing, wide, 6),
                Rgb::hex(high),
                Rgb::hex(low),
                depth,
            );
            (layer, speed)
        };
        let mut ranges = vec![
            range(11, 470.0, 190.0, 420.0, 0x9e94ae, 0xf3c6a6, 190.0, 6.0),
            range(22, 520.0, 210.0, 360.0, 0x7c7898, 0xd9ac9f, 200.0, 12.0),
            range(37, 580.0, 200.0, 300.0, 0x565a80, 0xa9868c, 190.0, 22.0),
            range(48, 650.0, 190.0, 260.0, 0x343c60, 0x6a5c72, 180.0, 38.0),
        ];
        let near = Layer::ridge(
            WIDTH + 460,
            ridge(59, 740.0, 170.0, 330.0, 4),
            Rgb::hex(0x141a30),
            Rgb::hex(0x0a0d1a),
            150.0,
        )
        .with(|sheet| firs(sheet, WIDTH + 460));
        ranges.push((near, 66.0));
        let mist = |seed, from: f32, thick: f32| {
            Layer::mist(WIDTH + 240, seed, 440.0, Rgb::hex(0xffe0c0), move |y| {
                thick * ease((y - from) / 90.0) * ease((from + 250.0 - y) / 110.0)
            })
        };
        Self {
            sky,
            clouds: Layer::mist(WIDTH + 240, 81, 520.0, Rgb::hex(0xffc9a0), |y| {
                0.5 * ease((y - 30.0) / 120.0) * ease((330.0 - y) / 120.0)
            }),
            ranges,
            mists: vec![mist(82, 360.0, 0.55), mist(83, 430.0, 0.5), mist(84, 510.0, 0.4)],
        }
    }
}

fn firs(sheet: &mut PixmapMut<'_>, width: usize) {
    let top = ridge(59, 740.0, 170.0, 330.0, 4);
    let mut dice = Dice::new(95);
    let mut x = 0.0;
    while x < width as f32 {
        let tall = dice.between(26.0, 74.0);
        let foot = top(x) + 8.0;
        let tone = ink(Rgb::hex(0x10162a), 1.0);
        for tier in 0..5 {
            let up = tall * (0.12 + tier as f32 * 0.2);
            let wide = tall * 0.24 * (1.0 - tier as f32 * 0.19);
            fill(
                sheet,
                shape(&[
                    (x - wide, foot - up),
                    (x, foot - up - tall * 0.32),
                    (x + wide, foot - up),
                ]),
                &tone,
                place(0.0, 0.0, 1.0, 0.0),
            );
        }
        trace(sheet, &[(x, foot), (x, foot - tall * 0.3)], 2.4, &tone);
        x += dice.between(9.0, 34.0);
    }
}

impl Drawn for Dawn {
    fn draw(&self, picture: &mut Picture, frame: u32) {
        let t = secs(frame);
        picture.lay(&self.sky, 0.0, 0);
        let sun = (820.0 - t * 3.0, 402.0 - t * 9.0);
        picture.glow_oval(sun.0, sun.1 + 10.0, 900.0, 420.0, Rgb::hex(0xff8a40), 0.2);
        picture.glow(sun.0, sun.1, 170.0, Rgb::hex(0xffd890), 0.5);
        picture.paint(|sheet| oval(sheet, sun.0, sun.1, 37.0, 37.0, &ink(Rgb::hex(0xfff6dd), 1.0)));
        picture.lay(&self.clouds, -20.0 - t * 10.0, 0);
        for (at, (range, speed)) in self.ranges.iter().enumerate() {
            picture.lay(range, -10.0 - t * speed, 0);
            if let Some(mist) = self.mists.get(at) {
                picture.lay(mist, -20.0 - t * (14.0 + 8.0 * at as f32), 0);
            }
        }
        picture.paint(|sheet| {
            for k in 0..7 {
                let (dx, dy) = (
                    (k % 4) as f32 * 46.0 - 20.0 * (k / 4) as f32,
                    (k / 4) as f32 * 30.0 + (k * k % 5) as f32 * 9.0,
                );
                bird(
                    sheet,
                    300.0 + dx + t * 46.0,
                    210.0 + dy - t * 9.0,
                    13.0,
                    (t * 7.5 + k as f32 * 1.1).sin(),
                    Rgb::hex(0x2a2c48),
                );
            }
        });
        picture.glow(sun.0, sun.1, 540.0, Rgb::hex(0xffb060), 0.16);
    }
}

/// A balloon drifts over green hills.
pub(super) struct Balloon {
    sky: Layer,
    clouds: Layer,
    ranges: Vec<(Layer, f32)>,
}

impl Balloon {
    pub(super) fn new() -> Self {
        let sky = Layer::slope(
            WIDTH,
            &[
                (0.0, Rgb::hex(0x3f86b8)),
                (0.35, Rgb::hex(0x86bdd4)),
                (0.62, Rgb::hex(0xe9cfa4)),
                (1.0, Rgb::hex(0xe9cfa4)),
            ],
        );
        let range = |seed, base, swing, wide, high, low, speed: f32| {
            let top = move |x: f32| base - swing * noise::line_octaves(seed, x / wide, 3);
            let layer = Layer::ridge(
                WIDTH + 60 + (speed * 5.0) as usize,
                top,
                Rgb::hex(high),
                Rgb::hex(low),
                210.0,
            );
            (
                layer.with(move |sheet| {
                    fields(
                        sheet,
                        seed,
                        base,
                        swing,
                        wide,
                        WIDTH + 60 + (speed * 5.0) as usize,
                        speed,
                    );
                }),
                speed,
            )
        };
        Self {
            sky,
            clouds: Layer::mist(WIDTH + 240, 41, 380.0, Rgb::hex(0xfff2de), |y| {
                0.6 * ease((y - 20.0) / 90.0) * ease((350.0 - y) / 170.0)
            }),
            ranges: vec![
                range(61, 560.0, 120.0, 380.0, 0x9fb79a, 0xc7cf9f, 9.0),
                range(62, 620.0, 140.0, 330.0, 0x7fa26a, 0xb0b56e, 18.0),
                range(63, 690.0, 150.0, 300.0, 0x55803f, 0x8c9a4a, 34.0),
                range(64, 790.0, 170.0, 280.0, 0x2f5a2e, 0x49702f, 62.0),
            ],
        }
    }
}

/// Hedges and round trees that follow a hill.
fn fields(sheet: &mut PixmapMut<'_>, seed: u64, base: f32, swing: f32, wide: f32, width: usize, near: f32) {
    let top = |x: f32| base - swing * noise::line_octaves(seed, x / wide, 3);
    let mut dice = Dice::new(seed * 31);
    let size = 2.0 + near * 0.34;
    for _ in 0..(2600.0 / (near + 14.0)) as usize {
        let x = dice.unit() * width as f32;
        let down = dice.unit() * dice.unit() * 120.0;
        let y = top(x) + down + 2.0;
        let tree = size * dice.between(0.6, 1.3);
        let tone = Rgb::hex(0x24492a).toward(Rgb::hex(0x8fa98a), (1.0 - near / 62.0) * 0.75);
        oval(
            sheet,
            x + tree * 0.9,
            y + tree * 0.5,
            tree * 1.7,
            tree * 0.34,
            &ink(Rgb::hex(0x142a1c), 0.22),
        );
        // Three round crowns, the upper left one in the light.
        oval(
            sheet,
            x + tree * 0.55,
            y - tree * 0.35,
            tree * 0.8,
            tree * 0.7,
            &ink(tone.toward(Rgb::hex(0x0c2014), 0.25), 1.0),
        );
        oval(
            sheet,
            x - tree * 0.5,
            y - tree * 0.3,
            tree * 0.85,
            tree * 0.7,
            &ink(tone, 1.0),
        );
        oval(
            sheet,
            x - tree * 0.1,
            y - tree * 0.8,
            tree * 0.8,
            tree * 0.7,
            &ink(tone.toward(Rgb::hex(0xd8d070), 0.16), 1.0),
        );
    }
}

impl Drawn for Balloon {
    fn draw(&self, picture: &mut Picture, frame: u32) {
        let t = secs(frame);
        picture.lay(&self.sky, 0.0, 0);
        picture.glow(160.0, 340.0, 420.0, Rgb::hex(0xffd890), 0.2);
        picture.lay(&self.clouds, -20.0 - t * 16.0, 0);
        picture.paint(|sheet| {
            envelope(
                sheet,
                1010.0 - t * 5.0,
                196.0 - t * 3.0,
                0.26,
                3.0,
                [0x4f7f92, 0xdfe6dc],
            );
            envelope(
                sheet,
                236.0 + t * 4.0,
                270.0 - t * 5.0,
                0.17,
                -2.0,
                [0xb58a46, 0xf0e2bd],
            );
        });
        for (range, speed) in &self.ranges[..3] {
            picture.lay(range, -10.0 - t * speed, 0);
        }
        let sway = (t * 0.9).sin();
        let (x, y) = (560.0 + t * 26.0, 296.0 - t * 15.0 + sway * 3.0);
        picture.paint(|sheet| envelope(sheet, x, y, 1.0, sway * 2.4, [0xc8482f, 0xf6e6cb]));
        let burn = flicker(t, 44) * ease((t * 0.8).sin() * 1.4);
        picture.glow(x, y + 150.0, 60.0, FLAME, 0.9 * burn);
        picture.glow(x, y + 30.0, 170.0, FLAME, 0.35 * burn);
        picture.lay(&self.ranges[3].0, -10.0 - t * self.ranges[3].1, 0);
        picture.paint(|sheet| {
            for k in 0..5 {
                bird(
                    sheet,
                    820.0 + k as f32 * 34.0 - t * 40.0,
                    420.0 + (k * 7 % 5) as f32 * 11.0,
                    9.0,
                    (t * 9.0 + k as f32).sin(),
                    Rgb::hex(0x2c4a3c),
                );
            }
        });
        picture.glow(160.0, 340.0, 900.0, Rgb::hex(0xffc870), 0.08);
    }
}

/// A hot-air balloon, the middle of its envelope at (x, y), `scale` 1 = 260 px across.
fn envelope(sheet: &mut PixmapMut<'_>, x: f32, y: f32, scale: f32, tilt: f32, tones: [u32; 2]) {
    let put = place(x, y, scale, tilt);
    let outline = |part: f32| {
        // A gore is the outline narrowed to its share of the width.
        [
            (-60.0 * part, -146.0),
            (-136.0 * part, -96.0),
            (-140.0 * part, 0.0),
            (-96.0 * part, 84.0),
            (-34.0 * part, 138.0),
            (34.0 * part, 138.0),
            (96.0 * part, 84.0),
            (140.0 * part, 0.0),
            (136.0 * part, -96.0),
            (60.0 * part, -146.0),
        ]
    };
    for (gore, part) in [1.0, 0.86, 0.62, 0.34, 0.12].into_iter().enumerate() {
        let tone = Rgb::hex(tones[gore % 2]);
        let paint = run(
            (-120.0, -70.0),
            tone.toward(Rgb::hex(0xfff2d0), 0.25),
            (130.0, 70.0),
            tone.toward(Rgb::hex(0x241420), 0.5),
        );
        fill(sheet, blob(&outline(part)), &paint, put);
    }
    fill(
        sheet,
        shape(&[(-30.0, 126.0), (30.0, 126.0), (20.0, 142.0), (-20.0, 142.0)]),
        &ink(Rgb::hex(0x3a2220), 1.0),
        put,
    );
    basket(sheet, put);
}

/// Ropes, basket and two people.
fn basket(sheet: &mut PixmapMut<'_>, put: Transform) {
    for rope in [-1.0, -0.35, 0.35, 1.0] {
        fill(
            sheet,
            shape(&[
                (rope * 26.0, 140.0),
                (rope * 26.0 + 1.4, 140.0),
                (rope * 15.0 + 1.4, 190.0),
                (rope * 15.0, 190.0),
            ]),
            &ink(Rgb::hex(0x2c1c18), 1.0),
            put,
        );
    }
    fill(
        sheet,
        shape(&[(-19.0, 188.0), (19.0, 188.0), (15.0, 216.0), (-15.0, 216.0)]),
        &run(
            (-19.0, 190.0),
            Rgb::hex(0xa8703c),
            (19.0, 216.0),
            Rgb::hex(0x4a2a18),
        ),
        put,
    );
    fill(
        sheet,
        shape(&[(-21.0, 185.0), (21.0, 185.0), (21.0, 191.0), (-21.0, 191.0)]),
        &ink(Rgb::hex(0x5b351e), 1.0),
        put,
    );
    for (head, tone) in [(-7.0, 0x2b1c1c), (6.0, 0x3a2418)] {
        fill(
            sheet,
            blob(&[
                (head - 7.0, 176.0),
                (head + 7.0, 176.0),
                (head + 8.0, 192.0),
                (head - 8.0, 192.0),
            ]),
            &ink(Rgb::hex(tone), 1.0),
            put,
        );
        fill(
            sheet,
            tiny_skia::PathBuilder::from_circle(head, 170.0, 5.6),
            &ink(Rgb::hex(0xd9a078), 1.0),
            put,
        );
    }
}

const _: () = assert!(HEIGHT == 720, "the hills are drawn for 720 rows");
