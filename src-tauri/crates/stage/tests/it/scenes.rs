//! Material for pictures: a minute of review with every mark, made up here so that no file is needed.

use std::sync::Arc;

use stage::{
    ChromaLayout, Item, ItemState, LaneParts, Matrix, Picture, PictureLook, PlaneData, RulerBase, Sheet,
    SpriteTrack, TimelineParts, TimelineScene, TimelineView, WaveBucket, WaveLevel, Waveform, YuvPicture,
};
use timebase::{Flicks, Rate, Timecode};

use ItemState::{Circled, Conflict, Open, Rejected};

/// Seconds as flicks.
pub fn secs(secs: f64) -> Flicks {
    Flicks::from_millis((secs * 1000.0).round() as i64)
}

type Span = (f64, f64, ItemState, &'static str);

fn lane(id: &str, label: &str, spans: &[Span]) -> LaneParts {
    let item = |(n, &(start, end, state, label)): (usize, &Span)| Item {
        proposal: format!("{id}-{n}"),
        kind: id.to_owned(),
        start: secs(start),
        end: secs(end),
        state,
        label: label.to_owned(),
    };
    LaneParts {
        id: id.into(),
        label: label.into(),
        items: spans.iter().enumerate().map(item).collect(),
    }
}

/// Where the shots of [`review`] begin.
pub const SHOTS: [f64; 7] = [0.0, 8.3, 16.1, 27.0, 36.4, 42.6, 52.5];

/// A minute under review.
pub fn review() -> TimelineScene {
    TimelineScene::new(review_parts())
}

/// What [`review`] is made of.
pub fn review_parts() -> TimelineParts {
    let shots = [
        (0.0, 8.3, Circled, "1"),
        (8.3, 16.1, Circled, "2"),
        (16.1, 27.0, Circled, "3"),
        (27.0, 36.4, Open, "4"),
        (36.4, 42.6, Open, "5"),
        (42.6, 52.5, Open, "6"),
        (52.5, 64.0, Open, "7"),
    ];
    TimelineParts {
        asset: "review".into(),
        duration: secs(64.0),
        ruler: RulerBase::Timecode(
            Timecode::from_fields(1, 0, 0, 0, Rate::FILM_NTSC, false).expect("a timecode"),
        ),
        lanes: vec![
            lane(
                "highlights",
                "Highlights",
                &[(16.4, 24.2, Circled, "0.81"), (50.3, 60.7, Open, "0.92")],
            ),
            lane("shots", "Shots", &shots),
            lane(
                "faces",
                "Faces",
                &[
                    (0.0, 15.6, Circled, "Marten"),
                    (16.4, 26.2, Circled, "Jule"),
                    (27.6, 35.9, Rejected, "Statue"),
                    (36.4, 48.3, Open, "Marten"),
                    (48.9, 64.0, Open, "Jule"),
                ],
            ),
            lane(
                "text",
                "Text",
                &[
                    (2.0, 6.1, Open, "NORTHLIGHT FILMS"),
                    (28.2, 33.0, Rejected, "EXIT"),
                    (52.9, 58.0, Open, "A film by Ada Quist"),
                ],
            ),
            lane(
                "cues",
                "Cues en",
                &[
                    (17.6, 23.9, Circled, "(bird sings)"),
                    (30.0, 33.1, Conflict, "Who is there?"),
                    (39.5, 45.3, Open, "(snoring)"),
                    (52.0, 59.8, Open, "(yawns)"),
                ],
            ),
            lane(
                "qc",
                "QC",
                &[
                    (26.9, 27.3, Open, "Black"),
                    (34.0, 36.4, Conflict, "Flash"),
                    (58.2, 63.0, Open, "−14.2 LUFS"),
                ],
            ),
        ],
        shots: SHOTS.map(secs).to_vec(),
        markers: Vec::new(),
        comments: Vec::new(),
        flagged: Vec::new(),
        sprites: Some(sprites()),
        waveform: Some(waveform()),
    }
}

/// The whole of [`review`] on a desk 1336 CSS pixels wide.
pub fn review_view(scale: f64) -> TimelineView {
    TimelineView {
        asset: "review".into(),
        start_secs: 0.0,
        px_per_sec: 19.4,
        width_px: 1336.0,
        height_px: 348.0,
        scale,
        selected: Some("highlights-1".into()),
        theme: stage::Theme::Dark,
        ..TimelineView::default()
    }
}

/// One small picture per second: a sky over a hill whose colours change at each shot.
fn sprites() -> SpriteTrack {
    let (tile_width, tile_height, columns, rows) = (160u32, 90u32, 8u32, 8u32);
    let (width, height) = (tile_width * columns, tile_height * rows);
    let mut rgba = vec![0u8; (width * height * 4) as usize];
    for tile in 0..columns * rows {
        let shot = SHOTS.iter().filter(|&&s| s <= f64::from(tile)).count();
        for y in 0..tile_height {
            for x in 0..tile_width {
                let px = (tile % columns) * tile_width + x;
                let py = (tile / columns) * tile_height + y;
                let at = ((py * width + px) * 4) as usize;
                rgba[at..at + 4].copy_from_slice(&landscape(shot, tile, x, y));
            }
        }
    }
    let sheet = Picture { width, height, rgba }.to_png().expect("a sheet");
    SpriteTrack {
        tile_width,
        tile_height,
        columns,
        rows,
        times: (0..columns * rows).map(|n| secs(f64::from(n))).collect(),
        sheets: vec![Arc::new(Sheet::Bytes(sheet))],
    }
}

fn landscape(shot: usize, tile: u32, x: u32, y: u32) -> [u8; 4] {
    const SKIES: [[f32; 3]; 7] = [
        [236.0, 190.0, 196.0],
        [196.0, 176.0, 205.0],
        [150.0, 170.0, 220.0],
        [60.0, 66.0, 70.0],
        [52.0, 74.0, 50.0],
        [80.0, 96.0, 60.0],
        [140.0, 180.0, 225.0],
    ];
    const HILLS: [[f32; 3]; 7] = [
        [150.0, 170.0, 110.0],
        [120.0, 150.0, 90.0],
        [96.0, 110.0, 130.0],
        [120.0, 150.0, 60.0],
        [30.0, 44.0, 34.0],
        [120.0, 170.0, 70.0],
        [98.0, 160.0, 60.0],
    ];
    let (sky, hill) = (SKIES[shot % 7], HILLS[shot % 7]);
    let (fx, fy) = (x as f32 / 160.0, y as f32 / 90.0);
    let ridge = 0.58 + 0.12 * (fx * 5.0 + shot as f32 * 1.7 + tile as f32 * 0.05).sin();
    let sun = ((fx - 0.3 - 0.01 * tile as f32 % 0.4).powi(2) * 3.0 + (fy - 0.25).powi(2)).sqrt() < 0.09;
    let base = if fy > ridge { hill } else { sky };
    let shade = if fy > ridge {
        1.0 - (fy - ridge) * 0.7
    } else {
        0.82 + fy * 0.35
    };
    let lit = if sun && fy < ridge { 1.15 } else { 1.0 };
    let channel = |v: f32| (v * shade * lit).clamp(0.0, 255.0) as u8;
    [channel(base[0]), channel(base[1]), channel(base[2]), 255]
}

/// Two channels of something like speech: syllables, pauses, one loud passage.
fn waveform() -> Waveform {
    let sample_rate = 48_000u32;
    let per_bucket = 1024u32;
    let count = 64 * sample_rate / per_bucket;
    let channel = |side: u32| {
        (0..count)
            .map(|n| {
                let t = f64::from(n) * f64::from(per_bucket) / f64::from(sample_rate);
                let syllable = (t * 7.3 + f64::from(side)).sin().abs().powf(1.6);
                let phrase = ((t * 0.52).sin() * 0.6 + (t * 1.31).sin() * 0.4).max(0.0);
                let loud = if (32.0..50.0).contains(&t) || t > 58.0 {
                    1.35
                } else {
                    1.0
                };
                let rough =
                    f64::from(n.wrapping_mul(2_654_435_761u32.wrapping_mul(side + 1)) >> 16 & 0xff) / 255.0;
                let level = (0.04 + phrase * syllable * 1.1) * loud * (0.55 + 0.45 * rough);
                let peak = (level.min(0.97) * 32767.0) as i16;
                WaveBucket {
                    min: -(peak / 10 * 9),
                    max: peak,
                    rms: (f64::from(peak) * 0.42) as u16,
                }
            })
            .collect()
    };
    Waveform {
        sample_rate,
        offset: Flicks::ZERO,
        levels: vec![WaveLevel {
            samples_per_bucket: per_bucket,
            channels: vec![channel(0), channel(1)],
        }],
    }
}

/// A colourful picture in codes: ramps in every plane, so that every part of the conversion shows.
pub fn ramps(
    (width, height): (u32, u32),
    layout: ChromaLayout,
    bits: u8,
    matrix: Matrix,
    full_range: bool,
) -> YuvPicture {
    let unit = 1u32 << (bits - 8);
    let plane = |at: usize| {
        let (w, h) = if at == 0 {
            (width, height)
        } else {
            layout.chroma_size(width, height)
        };
        let code = |x: u32, y: u32| match at {
            0 => 40 + (x * 120 / w.max(1)) + (y * 60 / h.max(1)),
            1 => 90 + (x * 70 / w.max(1)),
            _red => 160 - (y * 64 / h.max(1)),
        };
        let codes = (0..h)
            .flat_map(|y| (0..w).map(move |x| (x, y)))
            .map(|(x, y)| code(x, y) * unit);
        let bytes: Vec<u8> = if bits == 8 {
            codes.map(|c| c as u8).collect()
        } else {
            codes.flat_map(|c| (c as u16).to_le_bytes()).collect()
        };
        PlaneData {
            bytes: bytes.into(),
            stride_bytes: w * if bits == 8 { 1 } else { 2 },
        }
    };
    YuvPicture {
        width,
        height,
        sample_aspect: (1, 1),
        layout,
        bits,
        planes: [plane(0), plane(1), plane(2)],
        matrix,
        full_range,
        look: PictureLook::default(),
    }
}
