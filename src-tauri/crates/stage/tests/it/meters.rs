//! Loudness meters by themselves, and beside a picture by both ways of drawing.

use stage::{
    Canvas, MeterChannel, MeterFigures, MeterLevels, MeterScale, Meters, Picture, SoftViewer, Typefaces,
    ViewerScene,
};

use crate::{easel, golden::check, gpu};

/// A programme that is too loud, with a peak that is too high.
fn loud(scale: MeterScale, channels: usize) -> Meters {
    let names = match channels {
        2 => "FL FR",
        6 => "FL FR FC LFE SL SR",
        _many => "FL FR FC LFE BL BR SL SR TFL TFR TBL TBR 13 14 15 16",
    };
    Meters {
        scale,
        target_lufs: -23.0,
        figures: MeterFigures {
            momentary_lufs: Some(-17.4),
            short_term_lufs: Some(-19.2),
            integrated_lufs: Some(-20.9),
            range_lu: Some(7.3),
            true_peak_dbtp: Some(-0.4),
            film_lufs: Some(-23.1),
        },
        // The fourth and the fifth are muted.
        channels: (names.split(' ').take(channels).enumerate())
            .map(|(at, name)| MeterChannel {
                name: name.to_owned(),
                heard: !matches!(at, 3 | 4),
            })
            .collect(),
        levels: Some(MeterLevels {
            momentary_lufs: Some(-17.4),
            short_term_lufs: Some(-19.2),
            integrated_lufs: Some(-20.9),
            channels: (0..channels)
                .map(|n| (-8.0 - n as f32 * 3.0, -0.4 - n as f32 * 2.0))
                .collect(),
            output: vec![(-3.0, -0.2), (-9.0, -6.0)],
        }),
    }
}

fn beside(meters: Meters) -> ViewerScene {
    ViewerScene {
        meters: Some(meters),
        ..ViewerScene::default()
    }
}

#[test]
fn meters_beside_nothing() {
    let Some(mut easel) = easel() else { return };
    let waiting = Meters {
        target_lufs: -16.0,
        levels: Some(MeterLevels::default()),
        ..Meters::default()
    };
    for (name, meters, size, scale) in [
        ("meters", loud(MeterScale::Nine, 2), (850, 400), 1.0),
        ("meters-waiting", waiting, (850, 400), 1.0),
        ("meters-18-2x", loud(MeterScale::Eighteen, 16), (1800, 800), 2.0),
        ("meters-16", loud(MeterScale::Nine, 16), (850, 400), 1.0),
        ("meters-lying", loud(MeterScale::Nine, 6), (400, 800), 1.0),
        ("meters-lying-16", loud(MeterScale::Nine, 16), (400, 800), 1.0),
    ] {
        let whole = easel
            .viewer(None, &beside(meters), size, scale)
            .expect("a picture");
        check(name, &cut(&whole));
    }
}

/// The fifth of a viewer that the meters take.
fn cut(whole: &Picture) -> Picture {
    let (w, h) = (whole.width as usize, whole.height as usize);
    let (left, top) = if w >= h { (w - w / 5, 0) } else { (0, h - h / 5) };
    let rows = whole.rgba.chunks_exact(w * 4).skip(top);
    Picture {
        width: (w - left) as u32,
        height: (h - top) as u32,
        rgba: rows.flat_map(|row| row[left * 4..].to_vec()).collect(),
    }
}

#[test]
fn both_ways_of_drawing_show_the_same_meters_and_the_soft_one_sets_its_letters_once() {
    let (Some(mut easel), Some(gpu)) = (easel(), gpu()) else {
        return;
    };
    let size = (640, 300);
    let mut soft = SoftViewer::new(Typefaces::Bundled);
    let mut rows = vec![0; size.0 as usize * size.1 as usize * 4];
    for level in [-30.0, -20.0] {
        let mut meters = loud(MeterScale::Nine, 2);
        if let Some(levels) = &mut meters.levels {
            levels.momentary_lufs = Some(level);
        }
        let scene = beside(meters);
        let card = easel.viewer(None, &scene, size, 1.0).expect("a picture");
        let canvas = Canvas::new(&mut rows, size, false).expect("rows of that size");
        soft.draw(&gpu, canvas, None, None, (&scene, 1.0))
            .expect("a picture");
        let pairs = card.rgba.chunks_exact(4).zip(rows.chunks_exact(4));
        let lit = pairs.clone().filter(|(a, _)| a[0] > 60).count();
        let off = pairs
            .filter(|(a, b)| (0..3).any(|channel| a[channel].abs_diff(b[2 - channel]) > 24))
            .count();
        assert!(lit > 500, "only {lit} pixels are lit");
        assert!(
            off * 1000 <= size.0 as usize * size.1 as usize,
            "{off} pixels differ"
        );
    }
    assert_eq!(soft.layers_drawn(), 1, "only bars changed");
}
