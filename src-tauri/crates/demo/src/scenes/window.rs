//! The window behind which somebody folds a boat by candlelight.

use tiny_skia::PixmapMut;

use super::{
    Drawn,
    actors::{FLAME, candle, flicker},
    secs,
};
use crate::{
    noise::{Dice, ease},
    paint::{HEIGHT, Layer, Picture, Rgb, WIDTH},
    shapes::{blob, block, fill, ink, oval, place, run, shape, trace},
};

/// Somebody at a table before a tall window, a lamp, and the boat being folded.
pub(super) struct Window {
    night: Layer,
    room: Layer,
}

impl Window {
    pub(super) fn new() -> Self {
        let night = Layer::slope(
            WIDTH + 80,
            &[
                (0.0, Rgb::hex(0x0b1226)),
                (0.5, Rgb::hex(0x1f2a4c)),
                (0.85, Rgb::hex(0x51415e)),
                (1.0, Rgb::hex(0x51415e)),
            ],
        )
        .with(|sheet| {
            let mut dice = Dice::new(88);
            for _ in 0..90 {
                let (x, y) = (dice.unit() * (WIDTH as f32 + 80.0), 210.0 + 300.0 * dice.unit());
                let size = 7.0 + 20.0 * dice.unit();
                let tone = Rgb::hex(0xffb066).toward(
                    Rgb::hex(if dice.unit() < 0.3 { 0x79c2d8 } else { 0xff7a52 }),
                    dice.unit(),
                );
                let cover = 0.05 + 0.2 * dice.unit();
                oval(sheet, x, y, size, size, &ink(tone, cover));
                oval(sheet, x, y, size * 0.92, size * 0.92, &ink(tone, cover * 0.7));
            }
        });
        let room = Layer::painted(WIDTH, HEIGHT, room);
        Self { night, room }
    }
}

/// The wall around the window, four boxes; then the bars, the sill and the curtains.
fn room(sheet: &mut PixmapMut<'_>) {
    let wall = run((0.0, 0.0), Rgb::hex(0x120d12), (900.0, 700.0), Rgb::hex(0x2c1b18));
    for (x, y, w, h) in [
        (0.0, 0.0, 300.0, 720.0),
        (940.0, 0.0, 340.0, 720.0),
        (300.0, 0.0, 640.0, 60.0),
        (300.0, 520.0, 640.0, 200.0),
    ] {
        block(sheet, x, y, w, h, &wall);
    }
    let bar = ink(Rgb::hex(0x0d090c), 1.0);
    for (x, y, w, h) in [
        (286.0, 46.0, 16.0, 490.0),
        (938.0, 46.0, 16.0, 490.0),
        (286.0, 46.0, 668.0, 16.0),
        (612.0, 60.0, 12.0, 462.0),
        (300.0, 270.0, 640.0, 10.0),
    ] {
        block(sheet, x, y, w, h, &bar);
    }
    block(
        sheet,
        268.0,
        512.0,
        704.0,
        22.0,
        &run(
            (268.0, 512.0),
            Rgb::hex(0x3b2620),
            (268.0, 534.0),
            Rgb::hex(0x160e0e),
        ),
    );
    curtain(sheet, 190.0, 1.0);
    curtain(sheet, 1050.0, -1.0);
}

fn curtain(sheet: &mut PixmapMut<'_>, x: f32, side: f32) {
    for fold in 0..6 {
        let left = x + side * (fold as f32 * 24.0 - 40.0);
        let tone = Rgb::hex(0x4a231f).toward(Rgb::hex(0x1c0f10), (fold % 2) as f32 * 0.75 + 0.1);
        let waist = side * (18.0 - fold as f32 * 9.0);
        let path = blob(&[
            (left - 18.0, -60.0),
            (left + 18.0, -60.0),
            (left + 16.0 + waist, 330.0),
            (left + 22.0, 640.0),
            (left - 22.0, 640.0),
            (left - 16.0 + waist, 330.0),
        ]);
        fill(sheet, path, &ink(tone, 1.0), place(0.0, 0.0, 1.0, 0.0));
    }
}

impl Drawn for Window {
    fn draw(&self, picture: &mut Picture, frame: u32) {
        let t = secs(frame);
        let flame = flicker(t, 9);
        picture.lay(&self.night, -10.0 - t * 5.0, 0);
        trickle(picture, t);
        picture.lay(&self.room, 0.0, 0);
        picture.glow(770.0, 500.0, 600.0, FLAME, 0.26 * flame);
        let nod = (t * 1.1).sin() * 2.0 + ease((t - 3.6) / 1.2) * 9.0;
        picture.paint(|sheet| {
            table(sheet);
            reader(sheet, nod, t);
        });
        folded(picture, t);
        candle(picture, 772.0, 500.0, 1.5, flame);
    }
}

/// Drops that run down the pane, each with a bright tail.
fn trickle(picture: &mut Picture, t: f32) {
    let mut dice = Dice::new(17);
    for drop in 0..110 {
        let x = 300.0 + dice.unit() * 640.0;
        let speed = 20.0 + 90.0 * dice.unit() * dice.unit();
        let y = (dice.unit() * 520.0 + t * speed * (1.0 + 0.5 * (t * 1.3 + drop as f32).sin()))
            .rem_euclid(520.0)
            + 20.0;
        picture.streak(x, y - 40.0, 42.0, 0.0, 12.0 + 14.0 * dice.unit());
        picture.glow(x, y, 3.4, Rgb::hex(0xa8b8e0), 0.45);
    }
}

fn table(sheet: &mut PixmapMut<'_>) {
    let top = run(
        (770.0, 590.0),
        Rgb::hex(0x8a5230),
        (180.0, 700.0),
        Rgb::hex(0x1c1010),
    );
    fill(
        sheet,
        shape(&[(160.0, 596.0), (1120.0, 596.0), (1280.0, 720.0), (0.0, 720.0)]),
        &top,
        place(0.0, 0.0, 1.0, 0.0),
    );
    block(
        sheet,
        160.0,
        594.0,
        960.0,
        4.0,
        &run(
            (770.0, 590.0),
            Rgb::hex(0xd08a50),
            (300.0, 590.0),
            Rgb::hex(0x2a1814),
        ),
    );
}

/// A shawl over the shoulders: back, nape, the slope of the shoulder, the front edge that catches the light.
const SHAWL: [(f32, f32); 12] = [
    (-132.0, 110.0),
    (-128.0, 30.0),
    (-112.0, -34.0),
    (-78.0, -84.0),
    (-34.0, -110.0),
    (-14.0, -140.0),
    (14.0, -138.0),
    (20.0, -106.0),
    (44.0, -74.0),
    (56.0, -20.0),
    (52.0, 40.0),
    (74.0, 110.0),
];

/// The face looks right: brow, nose, lips, chin, then the skull behind.
const PROFILE: [(f32, f32); 16] = [
    (4.0, -62.0),
    (28.0, -56.0),
    (39.0, -38.0),
    (41.0, -22.0),
    (52.0, -4.0),
    (43.0, 2.0),
    (45.0, 9.0),
    (42.0, 14.0),
    (44.0, 20.0),
    (36.0, 34.0),
    (16.0, 36.0),
    (10.0, 58.0),
    (-32.0, 56.0),
    (-34.0, 20.0),
    (-46.0, -8.0),
    (-36.0, -46.0),
];

/// Hair, parted at the brow.
const HAIR: [(f32, f32); 10] = [
    (-2.0, -74.0),
    (30.0, -68.0),
    (40.0, -48.0),
    (22.0, -40.0),
    (8.0, -18.0),
    (4.0, 8.0),
    (-14.0, 34.0),
    (-46.0, 40.0),
    (-62.0, 0.0),
    (-52.0, -52.0),
];

/// Head and shoulders in profile, leaning over the work, lit along the edge by the candle.
fn reader(sheet: &mut PixmapMut<'_>, nod: f32, t: f32) {
    let put = place(470.0, 620.0, 1.32, nod * 0.16);
    let rim = Rgb::hex(0xd98f52);
    fill(
        sheet,
        blob(&SHAWL),
        &run((62.0, -60.0), rim, (4.0, -44.0), Rgb::hex(0x221722)),
        put,
    );
    let fringe = ink(Rgb::hex(0x0f0a10), 0.5);
    for (fold, bend) in [(-70.0, 26.0), (-34.0, 18.0), (2.0, 10.0)] {
        fill(
            sheet,
            blob(&[
                (fold, -50.0),
                (fold + 5.0, -40.0),
                (fold - bend + 6.0, 40.0),
                (fold - bend, 42.0),
            ]),
            &fringe,
            put,
        );
    }
    let head = place(482.0, 420.0 + nod, 1.22, 8.0 + nod * 0.9);
    fill(
        sheet,
        shape(&PROFILE),
        &run((52.0, -8.0), Rgb::hex(0xf2b47a), (6.0, -2.0), Rgb::hex(0x3a2220)),
        head,
    );
    fill(
        sheet,
        blob(&HAIR),
        &run(
            (44.0, -50.0),
            Rgb::hex(0x6b3d28),
            (0.0, -30.0),
            Rgb::hex(0x140c10),
        ),
        head,
    );
    fill(
        sheet,
        blob(&[(-50.0, -62.0), (-28.0, -80.0), (-26.0, -52.0), (-48.0, -42.0)]),
        &ink(Rgb::hex(0x140c10), 1.0),
        head,
    );
    let blink = (t * 0.7).sin() > 0.97;
    let lid = if blink { 0.6 } else { 2.2 };
    fill(
        sheet,
        blob(&[(28.0, -20.0), (36.0, -22.0 - lid), (38.0, -18.0), (32.0, -17.0)]),
        &ink(Rgb::hex(0x2a1512), 0.95),
        head,
    );
    // Forearm toward the paper.
    let fold = (t * 2.2).sin() * 4.0;
    trace(
        sheet,
        &[(520.0, 560.0), (596.0, 612.0), (668.0 + fold, 590.0)],
        36.0,
        &run(
            (690.0, 580.0),
            Rgb::hex(0xb06f42),
            (540.0, 600.0),
            Rgb::hex(0x1b1218),
        ),
    );
    oval(
        sheet,
        676.0 + fold,
        586.0,
        19.0,
        14.0,
        &ink(Rgb::hex(0xeaa970), 1.0),
    );
}

/// The sheet of paper becomes the boat: first flat, then a tent, then the hull.
fn folded(picture: &mut Picture, t: f32) {
    let stage = ease((t - 0.8) / 3.6);
    let rise = 46.0 * stage;
    picture.paint(|sheet| {
        let put = place(716.0, 604.0, 1.0, -3.0);
        let low = run((60.0, 0.0), Rgb::hex(0xfff2dc), (-60.0, 0.0), Rgb::hex(0xb98f70));
        let wide = 78.0 - 12.0 * stage;
        fill(
            sheet,
            shape(&[
                (-wide, -4.0 - rise * 0.42),
                (0.0, -rise * 0.1),
                (wide, -4.0 - rise * 0.42),
                (wide - 30.0 * stage, 12.0),
                (-wide + 30.0 * stage, 12.0),
            ]),
            &low,
            put,
        );
        let sail = run(
            (10.0, -60.0),
            Rgb::hex(0xfff8ea),
            (-28.0, 0.0),
            Rgb::hex(0xd9a679),
        );
        fill(
            sheet,
            shape(&[
                (0.0, -6.0 - rise * 1.5),
                (34.0 * stage + 6.0, -4.0),
                (-34.0 * stage - 6.0, -4.0),
            ]),
            &sail,
            put,
        );
    });
}
