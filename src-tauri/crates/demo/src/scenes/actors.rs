//! Those who appear in more than one scene: the boat and its candle, the moon, stars, birds, somebody in a coat.

use tiny_skia::{Paint, PixmapMut, Transform};

use crate::{
    noise::{self, Dice},
    paint::{Picture, Rgb},
    shapes::{blob, fill, ink, oval, place, run, shape, trace},
};

/// The warm light of the film: every candle, lamp and sun leans to it.
pub(super) const FLAME: Rgb = Rgb::hex(0xffb45a);

/// Stars on a sheet, denser toward the top, none below `lowest` px.
pub(super) fn stars(sheet: &mut PixmapMut<'_>, width: f32, lowest: f32, count: usize, seed: u64) {
    let mut dice = Dice::new(seed);
    for _ in 0..count {
        let x = dice.unit() * width;
        let height = dice.unit();
        let y = height * height * lowest;
        let fade = 1.0 - y / lowest;
        let size = 0.5 + dice.unit() * dice.unit() * 1.3;
        let tone = Rgb::hex(0xdfe8ff).toward(Rgb::hex(0xffe9cf), dice.unit());
        oval(
            sheet,
            x,
            y,
            size,
            size,
            &ink(tone, (0.25 + 0.75 * dice.unit()) * (0.25 + 0.75 * fade)),
        );
    }
}

/// A round moon with faint seas.
pub(super) fn moon(sheet: &mut PixmapMut<'_>, x: f32, y: f32, radius: f32) {
    oval(
        sheet,
        x,
        y,
        radius,
        radius,
        &run(
            (x - radius, y - radius),
            Rgb::hex(0xece4d6),
            (x + radius, y + radius),
            Rgb::hex(0xb9b0a8),
        ),
    );
    for (dx, dy, size) in [
        (-0.35, -0.2, 0.28),
        (0.1, 0.25, 0.34),
        (0.4, -0.3, 0.18),
        (-0.15, 0.55, 0.16),
        (0.5, 0.3, 0.12),
    ] {
        oval(
            sheet,
            x + dx * radius,
            y + dy * radius,
            size * radius,
            size * radius * 0.9,
            &ink(Rgb::hex(0x958d8a), 0.2),
        );
    }
}

/// How a candle burns now: 0.8..1.1, never quite still.
pub(super) fn flicker(time_secs: f32, seed: u64) -> f32 {
    0.82 + 0.2 * noise::line_octaves(seed, time_secs * 5.0, 2) + 0.05 * (time_secs * 2.3).sin()
}

/// The folded boat, `scale` 1 = 200 px long, its waterline at (x, y); lit from inside by its candle.
pub(super) fn boat(picture: &mut Picture, x: f32, y: f32, scale: f32, tilt_degrees: f32, flame: f32) {
    let put = place(x, y, scale, tilt_degrees);
    picture.glow(x, y - 46.0 * scale, 210.0 * scale, FLAME, 0.42 * flame);
    picture.paint(|sheet| hull(sheet, put));
    let (sin, cos) = tilt_degrees.to_radians().sin_cos();
    let lamp = (
        x + (36.0 * sin - 34.0 * cos) * scale,
        y + (-36.0 * cos - 34.0 * sin) * scale,
    );
    candle(picture, lamp.0, lamp.1, 0.62 * scale, flame);
}

fn hull(sheet: &mut PixmapMut<'_>, put: Transform) {
    // Far side of the hull, then the sail's two faces, then the near side.
    let far = run((0.0, -34.0), Rgb::hex(0xd9a06a), (0.0, 4.0), Rgb::hex(0x9a6a4c));
    fill(
        sheet,
        shape(&[
            (-100.0, -36.0),
            (0.0, -14.0),
            (100.0, -36.0),
            (62.0, 2.0),
            (-62.0, 2.0),
        ]),
        &far,
        put,
    );
    let lit = run(
        (-8.0, -96.0),
        Rgb::hex(0xfff0d2),
        (-40.0, -12.0),
        Rgb::hex(0xf0b878),
    );
    fill(
        sheet,
        shape(&[(0.0, -104.0), (-46.0, -16.0), (0.0, -10.0)]),
        &lit,
        put,
    );
    let shaded = run(
        (0.0, -96.0),
        Rgb::hex(0xe7c9a2),
        (46.0, -12.0),
        Rgb::hex(0xc78a58),
    );
    fill(
        sheet,
        shape(&[(0.0, -104.0), (46.0, -16.0), (0.0, -10.0)]),
        &shaded,
        put,
    );
    let near = run(
        (-60.0, -30.0),
        Rgb::hex(0xfaf0de),
        (50.0, 8.0),
        Rgb::hex(0xb99d86),
    );
    fill(
        sheet,
        shape(&[
            (-100.0, -36.0),
            (0.0, -10.0),
            (100.0, -36.0),
            (60.0, 6.0),
            (-60.0, 6.0),
        ]),
        &near,
        put,
    );
    let fold = ink(Rgb::hex(0x7d6655), 0.55);
    fill(
        sheet,
        shape(&[(0.0, -10.0), (-60.0, 6.0), (-56.0, 6.0)]),
        &fold,
        put,
    );
    fill(
        sheet,
        shape(&[(0.0, -10.0), (60.0, 6.0), (56.0, 6.0)]),
        &fold,
        put,
    );
}

/// A small flame standing at (x, y).
pub(super) fn candle(picture: &mut Picture, x: f32, y: f32, scale: f32, flame: f32) {
    picture.glow(x, y - 14.0 * scale, 84.0 * scale, FLAME, 0.42 * flame);
    picture.paint(|sheet| {
        let stick = run((-6.0, 0.0), Rgb::hex(0xfff0d8), (6.0, 20.0), Rgb::hex(0xd8a878));
        fill(
            sheet,
            shape(&[(-5.0, 0.0), (5.0, 0.0), (5.0, 22.0), (-5.0, 22.0)]),
            &stick,
            place(x, y, scale, 0.0),
        );
        let tall = place(x, y, scale, (flame - 0.95) * 30.0);
        let body = run((0.0, -34.0), Rgb::hex(0xffc869), (0.0, 2.0), Rgb::hex(0xfff6dc));
        fill(
            sheet,
            blob(&[
                (0.0, -40.0 * flame),
                (8.0, -14.0),
                (6.0, 2.0),
                (-6.0, 2.0),
                (-8.0, -14.0),
            ]),
            &body,
            tall,
        );
    });
    picture.glow(x, y - 14.0 * scale, 20.0 * scale, Rgb::hex(0xfff2cc), 0.5 * flame);
}

/// A bird far away, its wings at `beat` (-1 down .. 1 up).
pub(super) fn bird(sheet: &mut PixmapMut<'_>, x: f32, y: f32, size: f32, beat: f32, tone: Rgb) {
    let lift = beat * 0.5 * size;
    let wings = [
        (x - size, y - lift),
        (x - size * 0.4, y - size * 0.22 - lift * 0.4),
        (x, y),
        (x + size * 0.4, y - size * 0.22 - lift * 0.4),
        (x + size, y - lift),
    ];
    trace(sheet, &wings, size * 0.14, &ink(tone, 0.9));
}

/// Somebody in a long coat seen from behind, standing at (x, y), `scale` 1 = 200 px tall; one arm raised by `raise` 0..1.
/// Gives back where the raised hand is.
pub(super) fn wanderer(
    sheet: &mut PixmapMut<'_>,
    x: f32,
    y: f32,
    scale: f32,
    raise: f32,
    tone: Rgb,
    rim: Rgb,
) -> (f32, f32) {
    let put = place(x, y, scale, 0.0);
    let dark = ink(tone, 1.0);
    let coat = [
        (-15.0, -158.0),
        (15.0, -158.0),
        (26.0, -140.0),
        (25.0, -90.0),
        (38.0, -24.0),
        (30.0, -16.0),
        (-32.0, -18.0),
        (-37.0, -26.0),
        (-24.0, -90.0),
        (-27.0, -138.0),
    ];
    for (left, right) in [(-18.0, -4.0), (5.0, 19.0)] {
        fill(
            sheet,
            shape(&[
                (left, -30.0),
                (right, -30.0),
                (right - 1.0, 0.0),
                (left - 3.0, 0.0),
            ]),
            &dark,
            put,
        );
    }
    fill(
        sheet,
        shape(&coat),
        &run((24.0, -120.0), rim, (2.0, -116.0), tone),
        put,
    );
    let collar = [(-12.0, -160.0), (12.0, -160.0), (17.0, -150.0), (-17.0, -150.0)];
    fill(sheet, shape(&collar), &dark, put);
    // Head, cap and scarf.
    let head = Transform::identity();
    let at = |dx: f32, dy: f32| (x + dx * scale, y + dy * scale);
    let (hx, hy) = at(0.0, -176.0);
    oval(
        sheet,
        hx,
        hy,
        14.5 * scale,
        17.5 * scale,
        &run((hx + 14.0 * scale, hy), rim, (hx + 2.0 * scale, hy), tone),
    );
    fill(
        sheet,
        blob(&[
            at(-17.0, -182.0),
            at(-14.0, -200.0),
            at(12.0, -201.0),
            at(17.0, -183.0),
        ]),
        &dark,
        head,
    );
    trace(
        sheet,
        &[at(-13.0, -160.0), at(0.0, -155.0), at(13.0, -160.0)],
        7.0 * scale,
        &ink(Rgb::hex(0x9c3d2e), 0.9),
    );
    arm(sheet, at(20.0, -143.0), scale, raise, &dark)
}

/// An arm that swings from beside the body to above the head. Gives back where the hand is.
fn arm(
    sheet: &mut PixmapMut<'_>,
    shoulder: (f32, f32),
    scale: f32,
    raise: f32,
    sleeve: &Paint<'_>,
) -> (f32, f32) {
    let angle = (70.0 - 112.0 * noise::ease(raise)).to_radians();
    let reach = |from: (f32, f32), angle: f32| {
        (
            from.0 + angle.cos() * 34.0 * scale,
            from.1 + angle.sin() * 34.0 * scale,
        )
    };
    let elbow = reach(shoulder, angle);
    let hand = reach(elbow, angle - 0.35 * raise);
    trace(sheet, &[shoulder, elbow, hand], 12.0 * scale, sleeve);
    hand
}
