//! The city in the rain.

use tiny_skia::PixmapMut;

use super::{Drawn, actors::FLAME, secs};
use crate::{
    noise::{self, Dice, ease},
    paint::{HEIGHT, Layer, Picture, Rgb, WIDTH},
    shapes::{block, fill, ink, place, run, shape, trace},
};

/// How one row of houses looks.
struct Row {
    seed: u64,
    base: f32,
    tall: (f32, f32),
    wide: (f32, f32),
    wall: Rgb,
    foot: Rgb,
    pane: f32,
    lit: f32,
}

fn houses(width: usize, row: &Row) -> Layer {
    Layer::painted(width, HEIGHT, |sheet| {
        let mut dice = Dice::new(row.seed);
        let mut x = -20.0;
        while x < width as f32 {
            let wide = dice.between(row.wide.0, row.wide.1);
            let tall = row.tall.0 + (row.tall.1 - row.tall.0) * dice.unit() * dice.unit().sqrt();
            let top = row.base - tall;
            let wall = run((x, top), row.wall, (x, row.base), row.foot);
            block(sheet, x, top, wide + 1.0, HEIGHT as f32 - top, &wall);
            roof(sheet, &mut dice, x, top, wide, row);
            panes(sheet, &mut dice, (x, top, wide, tall), row);
            x += wide
                + if dice.unit() < 0.25 {
                    dice.between(4.0, 24.0)
                } else {
                    0.0
                };
        }
    })
}

fn roof(sheet: &mut PixmapMut<'_>, dice: &mut Dice, x: f32, top: f32, wide: f32, row: &Row) {
    let dark = ink(row.wall, 1.0);
    let kind = dice.unit();
    let put = place(0.0, 0.0, 1.0, 0.0);
    if kind < 0.22 {
        fill(
            sheet,
            shape(&[
                (x, top + 1.0),
                (x + wide / 2.0, top - wide * 0.3),
                (x + wide, top + 1.0),
            ]),
            &dark,
            put,
        );
    } else if kind < 0.5 {
        block(sheet, x + wide * 0.2, top - 14.0, wide * 0.5, 15.0, &dark);
        trace(
            sheet,
            &[(x + wide * 0.62, top), (x + wide * 0.62, top - 46.0)],
            2.0,
            &dark,
        );
        trace(
            sheet,
            &[
                (x + wide * 0.62 - 9.0, top - 34.0),
                (x + wide * 0.62 + 9.0, top - 34.0),
            ],
            1.5,
            &dark,
        );
    } else if kind < 0.62 {
        // A water tank on legs.
        let middle = x + wide * 0.5;
        block(sheet, middle - 13.0, top - 38.0, 26.0, 24.0, &dark);
        fill(
            sheet,
            shape(&[
                (middle - 15.0, top - 38.0),
                (middle, top - 50.0),
                (middle + 15.0, top - 38.0),
            ]),
            &dark,
            put,
        );
        for leg in [-10.0, 9.0] {
            trace(
                sheet,
                &[(middle + leg, top - 14.0), (middle + leg, top)],
                2.0,
                &dark,
            );
        }
    }
}

fn panes(sheet: &mut PixmapMut<'_>, dice: &mut Dice, wall: (f32, f32, f32, f32), row: &Row) {
    let (x, top, wide, tall) = wall;
    let (step_x, step_y) = (row.pane * 2.1, row.pane * 2.6);
    let columns = ((wide - row.pane) / step_x).floor().max(1.0);
    let margin = (wide - columns * step_x + step_x - row.pane) / 2.0;
    let house_lit = row.lit * dice.between(0.3, 1.5);
    let mut y = top + row.pane * 1.6;
    while y < top + tall - row.pane {
        for column in 0..columns as usize {
            let (on, tone, strength) = (dice.unit() < house_lit, dice.unit(), dice.unit());
            let left = x + margin + column as f32 * step_x;
            if on {
                let warm = Rgb::hex(0xffc471).toward(Rgb::hex(0xff8f4d), tone * 0.7);
                let glass = if tone > 0.9 { Rgb::hex(0x9fd4e8) } else { warm };
                block(
                    sheet,
                    left,
                    y,
                    row.pane,
                    row.pane * 1.35,
                    &ink(glass, 0.35 + 0.6 * strength),
                );
            } else {
                block(
                    sheet,
                    left,
                    y,
                    row.pane,
                    row.pane * 1.35,
                    &ink(Rgb::hex(0x0a0e1a), 0.35),
                );
            }
        }
        y += step_y;
    }
}

/// Four rows of houses, the farthest first, and how fast each goes by in pixels per second.
fn rows() -> [(Layer, f32); 4] {
    let row = |seed, base, tall, wide, wall, foot, pane, lit| Row {
        seed,
        base,
        tall,
        wide,
        wall: Rgb::hex(wall),
        foot: Rgb::hex(foot),
        pane,
        lit,
    };
    [
        (
            houses(
                WIDTH + 120,
                &row(
                    3,
                    560.0,
                    (160.0, 400.0),
                    (34.0, 78.0),
                    0x2c2f50,
                    0x62465c,
                    4.0,
                    0.16,
                ),
            ),
            7.0,
        ),
        (
            houses(
                WIDTH + 220,
                &row(
                    14,
                    566.0,
                    (120.0, 340.0),
                    (58.0, 120.0),
                    0x1e2240,
                    0x47364e,
                    6.0,
                    0.26,
                ),
            ),
            15.0,
        ),
        (
            houses(
                WIDTH + 380,
                &row(
                    29,
                    572.0,
                    (90.0, 280.0),
                    (90.0, 170.0),
                    0x131730,
                    0x2b2440,
                    9.0,
                    0.34,
                ),
            ),
            28.0,
        ),
        (
            houses(
                WIDTH + 700,
                &row(
                    41,
                    580.0,
                    (40.0, 190.0),
                    (150.0, 260.0),
                    0x0a0d1c,
                    0x14132a,
                    14.0,
                    0.3,
                ),
            ),
            52.0,
        ),
    ]
}

/// A city at night, rain, wet street.
pub(super) struct City {
    sky: Layer,
    rows: [(Layer, f32); 4],
    haze: Layer,
}

impl City {
    pub(super) fn new() -> Self {
        let sky = Layer::slope(
            WIDTH,
            &[
                (0.0, Rgb::hex(0x090d1c)),
                (0.4, Rgb::hex(0x1a2140)),
                (0.62, Rgb::hex(0x4a3a58)),
                (0.8, Rgb::hex(0x7a4c56)),
                (1.0, Rgb::hex(0x7a4c56)),
            ],
        );
        let haze = Layer::mist(WIDTH + 260, 61, 380.0, Rgb::hex(0xa8707a), |y| {
            0.5 * ease((y - 300.0) / 240.0)
        });
        Self {
            sky,
            rows: rows(),
            haze,
        }
    }
}

const STREET: usize = 582;

impl Drawn for City {
    fn draw(&self, picture: &mut Picture, frame: u32) {
        let t = secs(frame);
        picture.lay(&self.sky, 0.0, 0);
        picture.glow_oval(760.0, 560.0, 800.0, 260.0, Rgb::hex(0xff8a5c), 0.3);
        for (at, (row, speed)) in self.rows.iter().enumerate() {
            picture.lay(row, -20.0 - t * speed, 0);
            if at == 1 {
                picture.lay(&self.haze, -30.0 - t * 20.0, 0);
            }
        }
        // Street lamps stand on the nearest pavement and pan with it.
        for lamp in 0..6 {
            let x = 110.0 + lamp as f32 * 330.0 - t * 52.0;
            picture.paint(|sheet| {
                let iron = ink(Rgb::hex(0x05070e), 1.0);
                trace(
                    sheet,
                    &[(x, 584.0), (x, 470.0), (x + 10.0, 458.0), (x + 26.0, 456.0)],
                    4.0,
                    &iron,
                );
            });
            picture.glow(x + 27.0, 462.0, 120.0, FLAME, 0.55);
            picture.glow(x + 27.0, 462.0, 18.0, Rgb::hex(0xfff0cc), 1.0);
        }
        picture.mirror(STREET, 1.7, 2.2, t * 0.7, (Rgb::hex(0x0c1020), 0.42));
        rain(picture, t, 420, 1.0);
    }
}

fn rain(picture: &mut Picture, t: f32, drops: usize, strength: f32) {
    let mut dice = Dice::new(404);
    for _ in 0..drops {
        let depth = dice.unit();
        let speed = 620.0 + 760.0 * depth;
        let span = HEIGHT as f32 + 90.0;
        let fallen = dice.unit() * span + t * speed;
        let (lap, y) = ((fallen / span).floor(), fallen.rem_euclid(span) - 60.0);
        // Each lap falls elsewhere, or the eye sees the same drops again.
        let x =
            noise::at(405, (dice.unit() * 1e6) as i64 + lap as i64 * 7_919) * (WIDTH as f32 + 160.0) - 20.0;
        picture.streak(
            x - y * 0.16,
            y,
            12.0 + 26.0 * depth,
            -0.16,
            (16.0 + 46.0 * depth) * strength,
        );
    }
}
