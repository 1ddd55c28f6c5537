//! The stream under the trees, and fireflies.

use tiny_skia::PixmapMut;

use super::{
    Drawn,
    actors::{boat, flicker},
    secs,
};
use crate::{
    noise::{self, Dice, ease},
    paint::{HEIGHT, Layer, Picture, Rgb, WIDTH},
    shapes::{blob, fill, ink, place, run, shape, trace},
};

/// Trunks in four depths, mist between them.
pub(super) struct Forest {
    back: Layer,
    trunks: [(Layer, f32); 4],
    mists: [Layer; 2],
    bank: Layer,
}

const STREAM: usize = 560;

impl Forest {
    pub(super) fn new() -> Self {
        let back = Layer::slope(
            WIDTH,
            &[
                (0.0, Rgb::hex(0x0c1c22)),
                (0.4, Rgb::hex(0x1d4543)),
                (0.68, Rgb::hex(0x5f8f6c)),
                (0.8, Rgb::hex(0x87ab78)),
                (1.0, Rgb::hex(0x33584c)),
            ],
        );
        let sheet = |seed, count, girth, tone, extra| {
            Layer::painted(WIDTH + extra, HEIGHT, |sheet| {
                stand(sheet, seed, count, girth, Rgb::hex(tone), extra);
            })
        };
        Self {
            back,
            trunks: [
                (sheet(2, 46, 11.0, 0x3d6a5c, 140), 6.0),
                (sheet(5, 26, 21.0, 0x234a45, 220), 13.0),
                (sheet(8, 13, 38.0, 0x122e30, 380), 26.0),
                (sheet(12, 5, 84.0, 0x07171b, 760), 62.0),
            ],
            mists: [
                Layer::mist(WIDTH + 240, 71, 420.0, Rgb::hex(0xa8cfa0), |y| {
                    0.5 * ease((y - 180.0) / 320.0)
                }),
                Layer::mist(WIDTH + 240, 72, 300.0, Rgb::hex(0x7db094), |y| {
                    0.42 * ease((y - 340.0) / 200.0)
                }),
            ],
            bank: bank(),
        }
    }
}

fn stand(sheet: &mut PixmapMut<'_>, seed: u64, count: usize, girth: f32, tone: Rgb, extra: usize) {
    let mut dice = Dice::new(seed);
    let width = (WIDTH + extra) as f32;
    for tree in 0..count {
        let x = (tree as f32 + dice.between(0.1, 0.9)) * width / count as f32;
        let thick = girth * dice.between(0.7, 1.3);
        let lean = dice.signed() * girth * 1.4;
        let foot = STREAM as f32 + girth * 0.7 * dice.unit();
        let trunk = [
            (x - thick * 0.85, foot),
            (x - thick * 0.42, foot - 70.0),
            (x - thick * 0.36 + lean, -20.0),
            (x + thick * 0.36 + lean, -20.0),
            (x + thick * 0.44, foot - 70.0),
            (x + thick * 0.95, foot),
        ];
        fill(
            sheet,
            shape(&trunk),
            &run(
                (x - thick, 0.0),
                tone.toward(Rgb::hex(0x9fc79a), 0.12),
                (x + thick * 0.3, 0.0),
                tone,
            ),
            place(0.0, 0.0, 1.0, 0.0),
        );
        for _ in 0..4 {
            let up = dice.between(40.0, 380.0);
            let side = if dice.unit() < 0.5 { -1.0 } else { 1.0 };
            let reach = girth * dice.between(1.6, 4.2);
            let root = (x + lean * (1.0 - up / foot), up);
            trace(
                sheet,
                &[
                    root,
                    (root.0 + side * reach * 0.5, root.1 - reach * 0.32),
                    (root.0 + side * reach, root.1 - reach * 0.38),
                ],
                (girth * 0.14).max(1.4),
                &ink(tone, 1.0),
            );
        }
        crown(sheet, &mut dice, x + lean, girth, tone);
    }
}

fn crown(sheet: &mut PixmapMut<'_>, dice: &mut Dice, x: f32, girth: f32, tone: Rgb) {
    for _ in 0..7 {
        let (cx, cy) = (
            x + dice.signed() * girth * 4.2,
            dice.between(-40.0, 40.0 + girth * 1.4),
        );
        let size = girth * dice.between(1.0, 2.2) + 14.0;
        let points: Vec<(f32, f32)> = (0..9)
            .map(|k| {
                let angle = k as f32 / 9.0 * std::f32::consts::TAU;
                let reach = size * dice.between(0.7, 1.15);
                (cx + angle.cos() * reach * 1.5, cy + angle.sin() * reach * 0.7)
            })
            .collect();
        fill(sheet, blob(&points), &ink(tone, 0.94), place(0.0, 0.0, 1.0, 0.0));
    }
}

/// Ferns and grass along the near edge.
fn bank() -> Layer {
    Layer::painted(WIDTH + 900, HEIGHT, |sheet| {
        let mut dice = Dice::new(31);
        let tone = ink(Rgb::hex(0x040d10), 1.0);
        let width = (WIDTH + 900) as f32;
        let edge = |x: f32| 664.0 + 40.0 * noise::line_octaves(77, x / 150.0, 3);
        let mut points = vec![(0.0, 720.0)];
        points.extend((0..=(width as usize / 12)).map(|k| (k as f32 * 12.0, edge(k as f32 * 12.0))));
        points.push((width, 720.0));
        fill(sheet, shape(&points), &tone, place(0.0, 0.0, 1.0, 0.0));
        for _ in 0..520 {
            let x = dice.unit() * width;
            let (tall, bend) = (dice.between(14.0, 74.0), dice.signed() * 26.0);
            let foot = edge(x) + 8.0;
            fill(
                sheet,
                shape(&[
                    (x - 2.4, foot),
                    (x + bend * 0.4, foot - tall * 0.6),
                    (x + bend, foot - tall),
                    (x + bend * 0.4 + 2.6, foot - tall * 0.55),
                    (x + 2.4, foot),
                ]),
                &tone,
                place(0.0, 0.0, 1.0, 0.0),
            );
        }
    })
}

impl Drawn for Forest {
    fn draw(&self, picture: &mut Picture, frame: u32) {
        let t = secs(frame);
        picture.lay(&self.back, 0.0, 0);
        picture.glow_oval(720.0, 430.0, 520.0, 360.0, Rgb::hex(0xcfe8a8), 0.34);
        for (at, (trunks, speed)) in self.trunks.iter().enumerate().take(3) {
            picture.lay(trunks, -20.0 - t * speed, 0);
            if at < 2 {
                picture.lay(&self.mists[at], -20.0 - t * (8.0 + 14.0 * at as f32), 0);
            }
        }
        picture.mirror(STREAM, 0.95, 6.0, t, (Rgb::hex(0x0b2226), 0.42));
        let bob = (t * 2.0).sin();
        let x = 250.0 + t * 62.0;
        let flame = flicker(t, 12);
        for bar in 0..9 {
            let down = bar as f32 * 5.5;
            picture.glow_oval(
                x + (t * 2.5 + bar as f32).sin() * 3.0,
                622.0 + down,
                24.0 - down * 0.2,
                3.0,
                Rgb::hex(0xffb45a),
                0.6 * flame,
            );
        }
        boat(picture, x, 614.0 + bob * 2.0, 0.58, bob * 2.4, flame);
        fireflies(picture, t);
        picture.lay(&self.trunks[3].0, -60.0 - t * self.trunks[3].1, 0);
        picture.lay(&self.bank, -40.0 - t * 84.0, 0);
    }
}

fn fireflies(picture: &mut Picture, t: f32) {
    let mut dice = Dice::new(210);
    for fly in 0..46u64 {
        let depth = dice.unit();
        let wander = |axis: u64, scale: f32| {
            (noise::line_octaves(900 + fly * 2 + axis, t * 0.42 + 10.0 * axis as f32, 2) - 0.5) * scale
        };
        let x = dice.unit() * (WIDTH as f32 + 300.0) - t * (14.0 + 30.0 * depth) + wander(0, 420.0);
        let y = 230.0 + 350.0 * dice.unit() + wander(1, 260.0);
        let phase = dice.unit() * 6.3;
        let pulse = ((t * (1.1 + dice.unit()) + phase).sin() * 0.5 + 0.5).powi(2);
        let size = 3.0 + 7.0 * depth;
        picture.glow(x, y, size * 6.0, Rgb::hex(0xd8f07a), 0.32 * pulse);
        picture.glow(x, y, size, Rgb::hex(0xfcffd0), 1.1 * pulse);
    }
}
