//! Cuts that several tests write down.

use ledger::AssetId;
use timebase::{FrameRange, Rate, Timecode};
use timeline::{Clip, Cut, Marker, Source};

pub(crate) fn asset(byte: u8) -> AssetId {
    AssetId::from_hash(blake3::Hash::from_bytes([byte; 32]))
}

pub(crate) fn source(byte: u8, name: &str, start: Timecode) -> Source {
    Source {
        asset: asset(byte),
        name: name.to_owned(),
        place: format!("/Footage/Day 1/{name}"),
        start,
        frame_count: 200_000,
        vfr: false,
        width: 1920,
        height: 1080,
        audio_channels: 2,
        audio_rate: 48_000,
    }
}

pub(crate) fn clip(byte: u8, start: u64, end: u64, name: &str) -> Clip {
    Clip {
        asset: asset(byte),
        range: FrameRange::new(start, end),
        name: name.to_owned(),
        note: String::new(),
        dissolve_frames: 0,
    }
}

/// Three clips of one source, the last one dissolving in, a marker; source and record begin at one hour.
pub(crate) fn cut(rate: Rate, drop_frame: bool) -> Cut {
    let hour = Timecode::from_fields(1, 0, 0, 0, rate, drop_frame).unwrap();
    let mut clips = vec![
        clip(1, 1795, 1810, "Shot 3"),
        clip(1, 107_900, 107_957, "Shot 12"),
        clip(1, 10, 200, "Shot 1"),
    ];
    clips[1].note = "the laugh".to_owned();
    clips[2].dissolve_frames = 12;
    Cut::new(
        "Circled shots",
        hour,
        vec![source(1, "A001C003_230101.mov", hour)],
        clips,
    )
    .unwrap()
    .with_markers(vec![Marker {
        at: 20,
        frames: 1,
        name: "Check focus".to_owned(),
        note: String::new(),
    }])
}
