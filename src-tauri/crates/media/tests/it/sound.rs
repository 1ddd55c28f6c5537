//! Sound on asset time: in the pass, in the reader, in the proxy.

use std::{f32::consts::TAU, ops::ControlFlow};

use media::{
    AudioReader, FRAMES_FILE, FilmSpec, FilmWriter, FrameIndex, MediaError, PROXY_FILE, WAVEFORM_FILE,
    Waveform,
};
use timebase::{Flicks, Rate};

use crate::support::{HEIGHT, WIDTH, ingest_to, picture, plain_film};

/// A 16-bit WAV file.
pub fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let length = u32::try_from(data.len()).unwrap();
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&(36 + length).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
    out.extend_from_slice(&channels.to_le_bytes());
    out.extend_from_slice(&rate.to_le_bytes());
    out.extend_from_slice(&(rate * u32::from(channels) * 2).to_le_bytes());
    out.extend_from_slice(&(channels * 2).to_le_bytes());
    out.extend_from_slice(b"\x10\0data");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&data);
    out
}

/// A second of silence, a second of tone, a second of silence.
fn burst(rate: u32) -> impl Iterator<Item = f32> {
    (0..rate * 3).map(move |n| {
        let on = (rate..rate * 2).contains(&n);
        if on {
            (n as f32 * 1000.0 * TAU / rate as f32).sin() * 0.5
        } else {
            0.0
        }
    })
}

/// Where the sound first passes a quarter of the tone's height, in milliseconds of asset time from the reader's position.
fn onset_millis(reader: &mut AudioReader, from: Flicks) -> i64 {
    reader.seek(from).unwrap();
    let mut block = vec![0.0; 48_000 * 4];
    let count = reader.read(&mut block).unwrap();
    let at = block[..count].chunks(2).position(|s| s[0].abs() > 0.12).unwrap();
    from.to_millis_round() + at as i64 * 1000 / 48_000
}

#[test]
fn sound_stays_where_it_was_in_source_and_proxy() {
    let dir = tempfile::tempdir().unwrap();
    for rate in [48_000, 44_100] {
        let source = dir.path().join(format!("film{rate}.mp4"));
        let spec = FilmSpec {
            audio_rate: Some(rate),
            ..FilmSpec::new(WIDTH, HEIGHT, Rate::PAL)
        };
        let mut writer = FilmWriter::create(&source, spec).unwrap();
        for n in 0..75 {
            writer.push_rgba(&picture(n)).unwrap();
        }
        let samples: Vec<f32> = burst(rate).flat_map(|v| [v, v]).collect();
        writer.push_audio(&samples).unwrap();
        writer.finish().unwrap();
        let out = dir.path().join(format!("out{rate}"));
        let report = ingest_to(&source, &out, 90).unwrap();
        assert!(report.proxy.audio);
        for path in [&source, &out.join(PROXY_FILE)] {
            let mut reader = AudioReader::open(path).unwrap();
            for start in [0, 700, 990, 300] {
                let onset = onset_millis(&mut reader, Flicks::from_millis(start));
                assert!(
                    (990..=1010).contains(&onset),
                    "{onset} ms from {start} in {}",
                    path.display()
                );
            }
        }
        let waveform = Waveform::load(&out.join(WAVEFORM_FILE)).unwrap();
        assert_eq!((waveform.sample_rate, waveform.channels), (rate, 2));
    }
}

#[test]
fn audio_only_becomes_an_asset_without_frames() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("voice.wav");
    let samples: Vec<i16> = burst(32_000).map(|v| (v * 32_000.0) as i16).collect();
    std::fs::write(&source, wav(32_000, 1, &samples)).unwrap();
    let out = dir.path().join("out");
    let report = ingest_to(&source, &out, 720).unwrap();
    assert_eq!(
        (report.frame_count, report.sprites.is_none(), report.proxy.width),
        (0, true, 0)
    );
    assert_eq!(report.duration, Flicks::from_millis(3000));
    assert_eq!(report.silence.len(), 2);
    assert!(FrameIndex::load(&out.join(FRAMES_FILE)).unwrap().is_empty());
    let mut heard = Vec::new();
    let given = media::read_mono_16k(&source, &mut |block| {
        heard.extend_from_slice(block);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(given, heard.len() as u64);
    assert!(heard.len().abs_diff(48_000) < 40, "{}", heard.len());
    assert!(heard[16_500..31_500].iter().any(|s| s.abs() > 0.4));
    assert!(heard[..15_500].iter().all(|s| s.abs() < 0.02));
    let mut proxy = AudioReader::open(&out.join(PROXY_FILE)).unwrap();
    assert!((990..=1010).contains(&onset_millis(&mut proxy, Flicks::ZERO)));
}

#[test]
fn a_silent_film_has_no_sound_to_read() {
    let dir = tempfile::tempdir().unwrap();
    let source = plain_film(dir.path(), "film.mp4", 5);
    assert!(matches!(
        AudioReader::open(&source),
        Err(MediaError::Empty { .. })
    ));
    let report = ingest_to(&source, &dir.path().join("out"), 90).unwrap();
    assert!(!report.proxy.audio && report.loudness.is_none());
}
