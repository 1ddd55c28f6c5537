//! The boat on the dark river, the city out of focus behind it.

use super::{
    Drawn,
    actors::{FLAME, boat, flicker},
    secs,
};
use crate::{
    noise::Dice,
    paint::{Layer, Picture, Rgb, WIDTH},
    shapes::{ink, oval},
};

/// The boat, close.
pub(super) struct River {
    bank: Layer,
    lights: [Layer; 2],
}

const SHORE: usize = 372;

impl River {
    pub(super) fn new() -> Self {
        let bank = Layer::slope(
            WIDTH,
            &[
                (0.0, Rgb::hex(0x070c1a)),
                (0.3, Rgb::hex(0x141d38)),
                (0.46, Rgb::hex(0x38304e)),
                (0.52, Rgb::hex(0x6a4450)),
                (1.0, Rgb::hex(0x6a4450)),
            ],
        );
        Self {
            bank,
            lights: [lights(7, 120, 12.0), lights(19, 60, 30.0)],
        }
    }
}

/// Lamps far out of focus: soft discs with a brighter rim, as a lens draws them.
fn lights(seed: u64, count: usize, size: f32) -> Layer {
    Layer::painted(WIDTH + 400, SHORE, |sheet| {
        let mut dice = Dice::new(seed);
        for _ in 0..count {
            let x = dice.unit() * (WIDTH as f32 + 400.0);
            let y = SHORE as f32 - 30.0 - 220.0 * dice.unit() * dice.unit();
            let radius = size * dice.between(0.6, 1.4);
            let warm = Rgb::hex(0xffb562).toward(Rgb::hex(0xff6d4a), dice.unit());
            let tone = if dice.unit() < 0.18 {
                Rgb::hex(0x69c6d4)
            } else {
                warm
            };
            let cover = dice.between(0.06, 0.34);
            oval(sheet, x, y, radius, radius, &ink(tone, cover));
            oval(
                sheet,
                x,
                y,
                radius * 0.84,
                radius * 0.84,
                &ink(tone.toward(Rgb::hex(0x201820), 0.25), cover * 0.45),
            );
        }
    })
}

impl Drawn for River {
    fn draw(&self, picture: &mut Picture, frame: u32) {
        let t = secs(frame);
        let flame = flicker(t, 4);
        picture.lay(&self.bank, 0.0, 0);
        picture.lay(&self.lights[0], -40.0 - t * 9.0, 0);
        picture.lay(&self.lights[1], -60.0 - t * 20.0, 0);
        picture.mirror(SHORE, 0.86, 11.0, t, (Rgb::hex(0x0a1326), 0.40));
        let x = 440.0 + t * 48.0;
        let bob = (t * 1.9).sin() * 0.7 + (t * 1.13).sin() * 0.5;
        let y = 540.0 + bob * 5.0;
        // The flame's path on the water: short bright bars that break and join.
        let mut dice = Dice::new(65);
        for bar in 0..26 {
            let down = bar as f32 * 6.6;
            let sway = (t * 2.6 + bar as f32 * 1.7).sin();
            let wide = (52.0 - down * 0.18) * (0.6 + 0.4 * (t * 3.1 + dice.unit() * 6.0).sin().abs());
            picture.glow_oval(
                x + sway * (3.0 + down * 0.07),
                y + 14.0 + down,
                wide,
                3.4,
                FLAME,
                0.62 * flame * (1.0 - down / 190.0),
            );
        }
        ripples(picture, x, y, t);
        boat(picture, x, y, 1.5, bob * 3.4, flame);
    }
}

fn ripples(picture: &mut Picture, x: f32, y: f32, t: f32) {
    for ring in 0..5 {
        let age = (t * 0.45 + ring as f32 / 5.0).fract();
        let (wide, fade) = (120.0 + age * 330.0, (1.0 - age) * 0.3);
        for side in [-1.0, 1.0] {
            picture.glow_oval(
                x + side * wide * 0.8,
                y + 8.0 + age * 26.0,
                90.0 + age * 60.0,
                3.0,
                Rgb::hex(0xb9c4e8),
                fade,
            );
        }
    }
}
