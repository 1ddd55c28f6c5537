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

/// One element of a Matroska file; the length always takes eight bytes.
fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
    let mut length = (body.len() as u64).to_be_bytes();
    length[0] = 1;
    [id, &length, body].concat()
}

/// A Matroska file of 16-bit sound: half a second of a tone at each of these seconds, and nothing in between.
fn holed(rate: u32, channels: u8, at_secs: &[u32]) -> Vec<u8> {
    let audio = [
        element(&[0xb5], &f64::from(rate).to_be_bytes()),
        element(&[0x9f], &[channels]),
        element(&[0x62, 0x64], &[16]),
    ];
    let track = [
        element(&[0xd7], &[1]),
        element(&[0x73, 0xc5], &[1]),
        element(&[0x83], &[2]),
        element(&[0x86], b"A_PCM/INT/LIT"),
        element(&[0xe1], &audio.concat()),
    ];
    let mut parts = vec![
        element(
            &[0x15, 0x49, 0xa9, 0x66],
            &element(&[0x2a, 0xd7, 0xb1], &1_000_000_u32.to_be_bytes()),
        ),
        element(&[0x16, 0x54, 0xae, 0x6b], &element(&[0xae], &track.concat())),
    ];
    for second in at_secs {
        let tone = (0..rate / 2).flat_map(|n| {
            let value = ((n as f32 * 500.0 * TAU / rate as f32).sin() * 16_000.0) as i16;
            std::iter::repeat_n(value.to_le_bytes(), usize::from(channels)).flatten()
        });
        let block: Vec<u8> = [0x81, 0, 0, 0x80].into_iter().chain(tone).collect();
        let time = element(&[0xe7], &u64::from(second * 1000).to_be_bytes());
        parts.push(element(
            &[0x1f, 0x43, 0xb6, 0x75],
            &[time, element(&[0xa3], &block)].concat(),
        ));
    }
    let head = element(&[0x1a, 0x45, 0xdf, 0xa3], &element(&[0x42, 0x82], b"matroska"));
    [head, element(&[0x18, 0x53, 0x80, 0x67], &parts.concat())].concat()
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
    let mut proxy = AudioReader::open(out.join(PROXY_FILE)).unwrap();
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

#[test]
fn a_hole_in_the_sound_is_silence_of_its_length() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("holed.mkv");
    std::fs::write(&source, holed(8000, 1, &[0, 100])).unwrap();
    let out = dir.path().join("out");
    let report = ingest_to(&source, &out, 90).unwrap();
    assert_eq!(report.duration, Flicks::from_millis(100_500));
    assert_eq!(report.silence.len(), 1, "{:?}", report.silence);
    for path in [&source, &out.join(PROXY_FILE)] {
        let mut reader = AudioReader::open(path).unwrap();
        let onset = onset_millis(&mut reader, Flicks::from_millis(98_500));
        assert!(
            (99_980..=100_020).contains(&onset),
            "{onset} in {}",
            path.display()
        );
    }
    let mut largest = 0;
    let given = media::read_mono_16k(&source, &mut |block| {
        largest = largest.max(block.len());
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(given.abs_diff(1_608_000) < 40, "{given}");
    assert!(largest <= 32_000, "{largest} samples in one piece");
}

#[test]
fn work_on_a_long_hole_can_be_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("holed.mkv");
    std::fs::write(&source, holed(48_000, 6, &[0, 3500])).unwrap();
    let out = dir.path().join("out");
    std::fs::create_dir_all(&out).unwrap();
    let mut asked = 0;
    // The file has two packets: so many questions are asked only within the hole.
    let ended = media::ingest(&source, &out, &media::IngestOptions::default(), &mut |_| {
        asked += 1;
        if asked < 40 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    assert!(matches!(ended, Err(MediaError::Cancelled)), "{ended:?}");
}

#[test]
fn a_jump_of_hours_is_a_broken_clock_and_no_silence() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("holed.mkv");
    std::fs::write(&source, holed(8000, 1, &[0, 7200])).unwrap();
    let report = ingest_to(&source, &dir.path().join("out"), 90).unwrap();
    assert_eq!(report.duration, Flicks::from_millis(1000));
}
