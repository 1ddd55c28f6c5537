//! What the pictures hold, measured on the pictures.

use crate::{
    film::Pen,
    paint::{HEIGHT, Picture, WIDTH},
    script::{BLACK_HOLE, CUTS, FADE, FREEZE, LIGHTNING},
};

fn draw(pen: &mut Pen, frame: u64) -> Picture {
    let mut picture = Picture::black();
    pen.draw(&mut picture, frame).unwrap();
    picture
}

/// Mean luma of a grid of 16 by 9 boxes, 0..255.
fn small(picture: &Picture) -> Vec<f32> {
    let (wide, tall) = (WIDTH / 16, HEIGHT / 9);
    let mut boxes = vec![0.0f32; 16 * 9];
    for (at, pixel) in picture.pixels.as_chunks::<4>().0.iter().enumerate() {
        let luma = 0.2126 * f32::from(pixel[0]) + 0.7152 * f32::from(pixel[1]) + 0.0722 * f32::from(pixel[2]);
        boxes[at / WIDTH / tall * 16 + at % WIDTH / wide] += luma / (wide * tall) as f32;
    }
    boxes
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).sum::<f32>() / a.len() as f32
}

#[test]
fn a_frame_is_the_same_whoever_draws_it_and_in_whatever_order() {
    let mut forward = Pen::new();
    let first: Vec<Vec<u8>> = [600, 20, 1300]
        .map(|frame| draw(&mut forward, frame).pixels)
        .to_vec();
    let mut backward = Pen::new();
    for (frame, expected) in [1300, 20, 600].into_iter().zip(first.iter().rev()) {
        // A used sheet must not shine through.
        let mut picture = Picture {
            pixels: vec![255; WIDTH * HEIGHT * 4],
        };
        backward.draw(&mut picture, frame).unwrap();
        assert!(picture.pixels == *expected, "frame {frame}");
    }
}

#[test]
fn cuts_change_the_picture_far_more_than_the_frames_beside_them() {
    let mut pen = Pen::new();
    for cut in CUTS {
        let [earlier, before, after, later] =
            [cut - 2, cut - 1, cut, cut + 1].map(|frame| small(&draw(&mut pen, frame)));
        let jump = distance(&before, &after);
        let drift = distance(&earlier, &before).max(distance(&after, &later));
        assert!(
            jump > 6.0 && jump > 5.0 * drift,
            "cut {cut}: {jump} against {drift}"
        );
    }
}

#[test]
fn the_black_hole_is_quite_black_and_the_fade_reaches_black() {
    let mut pen = Pen::new();
    for frame in [BLACK_HOLE.start, BLACK_HOLE.end - 1, (FADE.start + FADE.end) / 2] {
        assert!(
            draw(&mut pen, frame)
                .pixels
                .as_chunks::<4>()
                .0
                .iter()
                .all(|p| *p == [0, 0, 0, 255]),
            "frame {frame}"
        );
    }
    for frame in [BLACK_HOLE.start - 1, BLACK_HOLE.end, FADE.start - 1, FADE.end] {
        let level = small(&draw(&mut pen, frame)).iter().sum::<f32>() / 144.0;
        assert!(level > 8.0, "frame {frame} has a mean of {level}");
    }
}

#[test]
fn the_freeze_stands_still_to_the_last_grain() {
    let mut pen = Pen::new();
    let (first, last, next) = (
        draw(&mut pen, FREEZE.start),
        draw(&mut pen, FREEZE.end - 1),
        draw(&mut pen, FREEZE.end),
    );
    assert!(first.pixels == last.pixels);
    assert!(first.pixels != next.pixels);
}

#[test]
fn the_lightning_flashes_five_times_over_more_than_a_quarter_of_the_picture() {
    let mut pen = Pen::new();
    // BT.1702 on a 200 cd/m² display: a swing of 20 or more with the darker state under 160.
    let nits = |luma: f32| 200.0 * (luma / 255.0).powf(2.2);
    let frames: Vec<Vec<f32>> = (LIGHTNING.start..LIGHTNING.end + 3)
        .map(|frame| small(&draw(&mut pen, frame)))
        .collect();
    let rises = frames
        .windows(2)
        .filter(|pair| {
            let swung = pair[0]
                .iter()
                .zip(&pair[1])
                .filter(|(a, b)| nits(**b) - nits(**a) > 20.0 && nits(**a) < 160.0);
            swung.count() > 144 / 4
        })
        .count();
    // The first rise lies before the span.
    assert!(rises >= 4, "{rises} rises");
    assert!(LIGHTNING.len() <= 24);
}
