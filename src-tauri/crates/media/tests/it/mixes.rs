//! Sixteen channels, each with a tone of its own, and who is heard where.

use std::path::{Path, PathBuf};

use media::{AudioReader, ChannelMix, ChannelPlace};
use timebase::Flicks;

const RATE: u32 = 48_000;

/// The tone of a channel in whole turns a second, so that a tenth of a second holds whole ones.
fn pitch(channel: usize) -> f64 {
    200.0 + 110.0 * channel as f64
}

/// A second of PCM whose channels say who they are.
fn tones(dir: &Path, channels: usize) -> PathBuf {
    let samples = (0..RATE).flat_map(|n| {
        (0..channels).map(move |channel| {
            let turn = f64::from(n) / f64::from(RATE) * pitch(channel) * std::f64::consts::TAU;
            (turn.sin() * 1500.0) as i16
        })
    });
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let line = (channels * 2) as u16;
    let mut wave = Vec::new();
    wave.extend_from_slice(b"RIFF");
    wave.extend_from_slice(&(36 + data.len() as u32).to_le_bytes());
    wave.extend_from_slice(b"WAVEfmt ");
    wave.extend_from_slice(&16u32.to_le_bytes());
    wave.extend_from_slice(&1u16.to_le_bytes());
    wave.extend_from_slice(&(channels as u16).to_le_bytes());
    wave.extend_from_slice(&RATE.to_le_bytes());
    wave.extend_from_slice(&(RATE * u32::from(line)).to_le_bytes());
    wave.extend_from_slice(&line.to_le_bytes());
    wave.extend_from_slice(&16u16.to_le_bytes());
    wave.extend_from_slice(b"data");
    wave.extend_from_slice(&(data.len() as u32).to_le_bytes());
    wave.extend_from_slice(&data);
    let path = dir.join(format!("{channels}.wav"));
    std::fs::write(&path, wave).unwrap();
    path
}

/// How loud each channel's tone is, left and right, as a share of how loud it was written.
fn heard(reader: &mut AudioReader, channels: usize) -> Vec<[f64; 2]> {
    reader.seek(Flicks::from_millis(300)).unwrap();
    let mut out = vec![0.0f32; RATE as usize / 10 * 2];
    assert_eq!(reader.read(&mut out).unwrap(), out.len());
    let share = |channel: usize, side: usize| {
        let (mut along, mut across) = (0.0, 0.0);
        for (n, frame) in out.chunks_exact(2).enumerate() {
            let turn = n as f64 / f64::from(RATE) * pitch(channel) * std::f64::consts::TAU;
            along += f64::from(frame[side]) * turn.cos();
            across += f64::from(frame[side]) * turn.sin();
        }
        f64::hypot(along, across) * 2.0 / (out.len() / 2) as f64 / (1500.0 / 32768.0)
    };
    (0..channels)
        .map(|channel| [share(channel, 0), share(channel, 1)])
        .collect()
}

fn near(have: [f64; 2], want: [f64; 2]) -> bool {
    have.iter().zip(want).all(|(a, b)| (a - b).abs() < 0.03)
}

#[test]
fn any_of_sixteen_channels_is_muted_soloed_and_placed_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let mut reader = AudioReader::open(tones(dir.path(), 16)).unwrap();
    assert_eq!(reader.channels().len(), 16);
    let usual = heard(&mut reader, 16);
    for channel in 0..16 {
        let mut mix = [ChannelMix::default(); 16];
        mix[channel].mute = true;
        reader.set_mix(&mix);
        for (other, levels) in heard(&mut reader, 16).into_iter().enumerate() {
            let want = if other == channel { [0.0; 2] } else { usual[other] };
            assert!(
                near(levels, want),
                "{channel} muted: {other} is {levels:?}, not {want:?}"
            );
        }
        mix[channel] = ChannelMix {
            mute: false,
            solo: true,
            place: ChannelPlace::Right,
        };
        reader.set_mix(&mix);
        for (other, levels) in heard(&mut reader, 16).into_iter().enumerate() {
            let want = if other == channel { [0.0, 1.0] } else { [0.0; 2] };
            assert!(near(levels, want), "{channel} alone: {other} is {levels:?}");
        }
    }
    reader.set_mix(&[]);
    assert!(
        heard(&mut reader, 16)
            .into_iter()
            .zip(&usual)
            .all(|(a, b)| near(a, *b))
    );
}

#[test]
fn stereo_and_mono_can_be_mixed_too_and_names_come_from_the_layout() {
    let dir = tempfile::tempdir().unwrap();
    let mut stereo = AudioReader::open(tones(dir.path(), 2)).unwrap();
    assert_eq!(
        stereo.channels(),
        ["1", "2"],
        "plain PCM says nothing of its channels"
    );
    let both = ChannelMix {
        place: ChannelPlace::Both,
        ..ChannelMix::default()
    };
    let muted = ChannelMix {
        mute: true,
        ..ChannelMix::default()
    };
    stereo.set_mix(&[both, muted]);
    let levels = heard(&mut stereo, 2);
    assert!(
        near(levels[0], [0.707; 2]) && near(levels[1], [0.0; 2]),
        "{levels:?}"
    );
    let mut mono = AudioReader::open(tones(dir.path(), 1)).unwrap();
    assert_eq!(mono.channels(), ["1"]);
    mono.set_mix(&[ChannelMix {
        place: ChannelPlace::Left,
        ..ChannelMix::default()
    }]);
    assert!(near(heard(&mut mono, 1)[0], [1.0, 0.0]));
    let film = dir.path().join("film.mp4");
    let mut spec = media::FilmSpec::new(64, 64, timebase::Rate::PAL);
    spec.audio_rate = Some(RATE);
    crate::support::film(&film, spec, 5, None);
    assert_eq!(AudioReader::open(&film).unwrap().channels(), ["FL", "FR"]);
}

#[test]
fn each_of_sixteen_channels_is_metered_as_it_is_whatever_is_heard_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut reader = AudioReader::open(tones(dir.path(), 16)).unwrap();
    let millis = Flicks::from_millis;
    reader.seek(millis(300)).unwrap();
    let mut out = vec![0.0f32; RATE as usize / 5 * 2];
    reader.read(&mut out).unwrap();
    assert_eq!(
        reader.peaks(millis(300), millis(400)),
        None,
        "nobody looks at them"
    );
    // One alone is heard; all are shown.
    let mut mix = [ChannelMix::default(); 16];
    mix[3].solo = true;
    reader.set_mix(&mix);
    reader.watch(true);
    reader.seek(millis(300)).unwrap();
    reader.read(&mut out).unwrap();
    let written = 1500.0 / 32768.0;
    let peaks = reader.peaks(millis(300), millis(400)).expect("it was read");
    for (channel, peak) in peaks.into_iter().enumerate() {
        assert!(
            (peak / written - 1.0).abs() < 0.02,
            "{channel}: {peak}, not {written}"
        );
    }
    assert_eq!(
        reader.peaks(millis(700), millis(800)),
        None,
        "it was not read yet"
    );
    reader.watch(false);
    assert_eq!(reader.peaks(millis(300), millis(400)), None);
}
