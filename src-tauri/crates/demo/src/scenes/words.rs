//! The title and the end card.

use super::{
    Drawn,
    actors::{boat, flicker, moon, stars},
    secs,
};
use crate::{
    DemoError,
    lettering::{Face, Set},
    noise::ease,
    paint::{HEIGHT, Layer, Picture, Rgb, WIDTH},
    shapes::ink,
};

const CREAM: Rgb = Rgb::hex(0xf6ead6);

fn card(lines: &[(&str, f32, Set, f32)]) -> Result<Layer, DemoError> {
    let face = Face::open()?;
    Ok(Layer::painted(WIDTH, HEIGHT, |sheet| {
        for &(text, y, set, cover) in lines {
            // A quiet shadow keeps the type readable over any sky.
            face.centred(
                sheet,
                text,
                WIDTH as f32 / 2.0 + 1.5,
                y + 2.5,
                set,
                &ink(Rgb::hex(0x05070c), cover * 0.5),
            );
            face.centred(sheet, text, WIDTH as f32 / 2.0, y, set, &ink(CREAM, cover));
        }
    }))
}

/// FIRST LIGHT, over still water at nightfall.
pub(super) struct Title {
    sky: Layer,
    far: Layer,
    near: Layer,
    mist: Layer,
    words: Layer,
}

const SHORE: usize = 500;

impl Title {
    pub(super) fn new() -> Result<Self, DemoError> {
        let sky = Layer::slope(
            WIDTH,
            &[
                (0.0, Rgb::hex(0x0a1226)),
                (0.28, Rgb::hex(0x1b2c50)),
                (0.48, Rgb::hex(0x4b5079)),
                (0.60, Rgb::hex(0xb9756b)),
                (0.68, Rgb::hex(0xf0a56a)),
                (1.0, Rgb::hex(0xf0a56a)),
            ],
        )
        .with(|sheet| {
            stars(sheet, WIDTH as f32, 330.0, 260, 5);
            moon(sheet, 1010.0, 132.0, 34.0);
        });
        let ridge = |seed: u64, base: f32, swing: f32, wide: f32| {
            move |x: f32| base - swing * crate::noise::line_octaves(seed, x / wide, 5)
        };
        Ok(Self {
            sky,
            far: Layer::ridge(
                WIDTH + 60,
                ridge(21, 500.0, 120.0, 260.0),
                Rgb::hex(0x6a5570),
                Rgb::hex(0x9a6a70),
                110.0,
            ),
            near: Layer::ridge(
                WIDTH + 120,
                ridge(33, 520.0, 92.0, 190.0),
                Rgb::hex(0x2b2d48),
                Rgb::hex(0x463a52),
                90.0,
            ),
            mist: Layer::mist(WIDTH + 200, 8, 330.0, Rgb::hex(0xe9b794), |y| {
                0.5 * ease((y - 380.0) / 110.0)
            }),
            words: card(&[
                (
                    "FIRST LIGHT",
                    300.0,
                    Set {
                        size: 104.0,
                        tracking: 0.16,
                    },
                    1.0,
                ),
                (
                    "a small film without words",
                    368.0,
                    Set {
                        size: 31.0,
                        tracking: 0.06,
                    },
                    0.92,
                ),
            ])?,
        })
    }
}

impl Drawn for Title {
    fn draw(&self, picture: &mut Picture, frame: u32) {
        let t = secs(frame);
        picture.lay(&self.sky, 0.0, 0);
        picture.glow_oval(640.0, 505.0, 760.0, 190.0, Rgb::hex(0xff9a5a), 0.26);
        picture.glow(1010.0, 132.0, 170.0, Rgb::hex(0x9aa8e8), 0.18);
        picture.lay(&self.far, -10.0 - t * 3.0, 0);
        picture.lay(&self.mist, -20.0 - t * 9.0, 0);
        picture.lay(&self.near, -20.0 - t * 6.0, 0);
        picture.mirror(SHORE, 0.92, 5.0, t, (Rgb::hex(0x14203c), 0.36));
        let bob = (t * 1.7).sin();
        let flame = flicker(t, 3);
        picture.glow_oval(
            562.0 + t * 11.0,
            640.0,
            60.0,
            70.0,
            Rgb::hex(0xffb45a),
            0.45 * flame,
        );
        boat(
            picture,
            562.0 + t * 11.0,
            592.0 + bob * 2.4,
            0.62,
            bob * 2.2,
            flame,
        );
        picture.lay(&self.words, 0.0, 0);
    }
}

/// THE END, over the same water by day.
pub(super) struct Closing {
    sky: Layer,
    clouds: Layer,
    far: Layer,
    words: Layer,
}

impl Closing {
    pub(super) fn new() -> Result<Self, DemoError> {
        let sky = Layer::slope(
            WIDTH,
            &[
                (0.0, Rgb::hex(0x1b3a53)),
                (0.42, Rgb::hex(0x35647a)),
                (0.58, Rgb::hex(0x8f9c98)),
                (0.65, Rgb::hex(0xdcb58e)),
                (0.72, Rgb::hex(0xf7d9ac)),
                (1.0, Rgb::hex(0xf7d9ac)),
            ],
        );
        let top = |x: f32| 528.0 - 74.0 * crate::noise::line_octaves(52, x / 300.0, 5);
        Ok(Self {
            sky,
            clouds: Layer::mist(WIDTH + 300, 77, 420.0, Rgb::hex(0xf3d7bd), |y| {
                0.34 * ease(y / 120.0) * ease((470.0 - y) / 160.0)
            }),
            far: Layer::ridge(WIDTH + 80, top, Rgb::hex(0x5d7480), Rgb::hex(0x8a9490), 90.0),
            words: card(&[
                (
                    "THE END",
                    288.0,
                    Set {
                        size: 112.0,
                        tracking: 0.14,
                    },
                    1.0,
                ),
                (
                    "Drawn and played by Circle Take",
                    366.0,
                    Set {
                        size: 34.0,
                        tracking: 0.03,
                    },
                    0.96,
                ),
            ])?,
        })
    }
}

impl Drawn for Closing {
    fn draw(&self, picture: &mut Picture, frame: u32) {
        let t = secs(frame);
        picture.lay(&self.sky, 0.0, 0);
        picture.glow(250.0, 505.0, 330.0, Rgb::hex(0xffd9a0), 0.42);
        picture.lay(&self.clouds, -60.0 - t * 12.0, 0);
        picture.lay(&self.far, -20.0 - t * 4.0, 0);
        picture.mirror(SHORE, 0.9, 4.0, t, (Rgb::hex(0x27485a), 0.34));
        let bob = (t * 1.5).sin();
        boat(
            picture,
            770.0 + t * 9.0,
            600.0 + bob * 2.0,
            0.55,
            bob * 2.0,
            0.5 * flicker(t, 3),
        );
        picture.lay(&self.words, 0.0, 0);
    }
}
