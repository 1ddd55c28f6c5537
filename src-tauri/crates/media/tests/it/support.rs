//! Films whose every frame carries its number as a row of black and white blocks, and what reads them back.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use media::{FilmSpec, FilmWriter, FrameReader, IngestOptions, IngestReport, MediaError, RgbPicture};
use timebase::Rate;

pub const WIDTH: u32 = 320;
pub const HEIGHT: u32 = 180;
const BITS: u32 = 16;

/// A picture with `number` in 16 blocks along the top, over a grey that moves so that neighbours differ.
pub fn picture(number: u64) -> Vec<u8> {
    picture_of(number, WIDTH, HEIGHT)
}

/// As [`picture`], of another size.
fn picture_of(number: u64, width: u32, height: u32) -> Vec<u8> {
    let block = width / BITS;
    let mut rgba = Vec::with_capacity((width * height * 4) as usize);
    for y in 0..height {
        for x in 0..width {
            let level = if y < height * 40 / HEIGHT {
                if number >> (x / block) & 1 == 1 { 235 } else { 16 }
            } else {
                (64 + (u64::from(x + y) + number * 3) % 128) as u8
            };
            rgba.extend_from_slice(&[level, level, level, 255]);
        }
    }
    rgba
}

/// The number burnt into a picture, whatever its size.
pub fn number_in(picture: &RgbPicture) -> u64 {
    let y = picture.height * 20 / HEIGHT;
    (0..BITS).fold(0, |number, bit| {
        let x = picture.width * (2 * bit + 1) / (2 * BITS);
        let at = ((y * picture.width + x) * 3) as usize;
        number | u64::from(picture.data[at] > 128) << bit
    })
}

/// The number burnt into frame `n` as a reader gives it.
pub fn number_at(reader: &mut FrameReader, n: u64) -> u64 {
    let frame = reader.frame(n).unwrap();
    assert_eq!(frame.number, n);
    number_in(&frame.to_rgb8(frame.width, frame.height).unwrap())
}

/// Writes a film of numbered frames; `times` in ticks of the time base when given, one frame after the other otherwise.
pub fn film(path: &Path, spec: FilmSpec, frames: u64, times: Option<&[i64]>) {
    let audio_rate = spec.audio_rate;
    let (width, height) = (spec.width, spec.height);
    let mut writer = FilmWriter::create(path, spec.clone()).unwrap();
    for n in 0..frames {
        match times {
            Some(times) => writer
                .push_rgba_at(&picture_of(n, width, height), times[n as usize])
                .unwrap(),
            None => writer.push_rgba(&picture_of(n, width, height)).unwrap(),
        }
    }
    if let Some(rate) = audio_rate {
        let samples = frames * u64::from(rate) * u64::from(spec.rate.den()) / u64::from(spec.rate.num());
        let tone: Vec<f32> = (0..samples)
            .flat_map(|n| {
                let value = (n as f32 * 440.0 * std::f32::consts::TAU / rate as f32).sin() * 0.25;
                [value, value]
            })
            .collect();
        writer.push_audio(&tone).unwrap();
    }
    writer.finish().unwrap();
}

/// A plain film of `frames` numbered frames at 25.
pub fn plain_film(dir: &Path, name: &str, frames: u64) -> PathBuf {
    let path = dir.join(name);
    film(&path, FilmSpec::new(WIDTH, HEIGHT, Rate::PAL), frames, None);
    path
}

/// Ingests into a new folder beside the source.
pub fn ingest_to(source: &Path, out: &Path, height: u32) -> Result<IngestReport, MediaError> {
    std::fs::create_dir_all(out).unwrap();
    let options = IngestOptions {
        proxy_height_max: height,
        ..Default::default()
    };
    media::ingest(source, out, &options, &mut |_| ControlFlow::Continue(()))
}

/// Names in a folder, sorted.
pub fn listing(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
