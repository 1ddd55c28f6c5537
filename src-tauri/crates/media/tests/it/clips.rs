//! The shared clips: every one is ingested with exactly these frames, or refused with this code.

use std::path::{Path, PathBuf};

use fault::Code;
use media::{FRAMES_FILE, FieldOrder, FrameIndex, FrameReader, Hdr, IngestReport, PROXY_FILE};
use timebase::Rate;

use crate::support::ingest_to;

/// What is known of a clip, counted with ffprobe (`-count_frames`), not with this crate.
enum Known {
    /// Number of frames.
    Frames(u64),
    /// Number of frames; the file breaks off.
    Short(u64),
    /// Sound only.
    Sound,
    /// Refused.
    Refused(Code),
}
use Known::{Frames, Refused, Short, Sound};

const CLIPS: [(&str, Known); 51] = [
    ("big-buck-bunny_30s_h264_aac51.mp4", Frames(720)),
    ("big-buck-bunny_60s_h264_aac.mp4", Frames(1440)),
    ("bikes_10s_h264_noaudio.mp4", Frames(250)),
    ("boulder-eats-presenter_9s_h264_aac.mp4", Frames(271)),
    ("derived/bitflips_spirit43.mp4", Frames(458)),
    ("derived/interlaced_2997i_mpeg2-422_dropframe.mxf", Frames(120)),
    ("derived/prores422_2997df.mov", Frames(150)),
    ("derived/qc_nasa.mp4", Frames(375)),
    ("derived/truncated_bbb_2400000bytes.mp4", Short(887)),
    ("elephants-dream_16s_h264_aac.mp4", Frames(379)),
    ("nasa-jwst_13s_2video-2audio-2subs.mp4", Frames(325)),
    ("odd/aaf-speed-effects-reference.mov", Frames(50)),
    ("odd/attached-pic.mp3", Sound),
    ("odd/audio-only-eac3-6ch.mp4", Sound),
    ("odd/auto-editor_42s_burnt-in-timecode.mp4", Frames(1272)),
    ("odd/av1-hdr10-mdcv-clli.mp4", Frames(60)),
    ("odd/avchd-mts_1s.mts", Frames(61)),
    ("odd/avi-mpeg4-23976.avi", Frames(96)),
    ("odd/broken-moov.mp4", Refused(Code::DamagedMedia)),
    ("odd/channel-id-voices-6ch_eac3.mp4", Sound),
    ("odd/chaplin_9s.mp4", Frames(241)),
    ("odd/corrupted_decord.mp4", Frames(49)),
    ("odd/counter_3s_10fps.mp4", Frames(30)),
    ("odd/data-streams.mp4", Frames(309)),
    ("odd/dnxhd-timecode_truncated.mxf", Refused(Code::DamagedMedia)),
    ("odd/full-range-709_1s.mp4", Frames(30)),
    ("odd/h264-2997_10s.mp4", Frames(300)),
    ("odd/h265-10bit.mp4", Frames(30)),
    ("odd/hdr10-hevc_1s.mp4", Frames(28)),
    ("odd/imf-jpeg2000-2160p_1s_rgb48.mxf", Frames(24)),
    ("odd/meridian-audio-51_0.7s.mxf", Sound),
    ("odd/mkv-file-ended-prematurely.mkv", Short(1)),
    ("odd/mkv-srt.mkv", Frames(30)),
    ("odd/mp4-fragmented.mp4", Frames(30)),
    ("odd/popcorn_65s_theora.ogv", Frames(1340)),
    ("odd/prores-422_1s.mov", Frames(40)),
    ("odd/rotated-sideways.mov", Frames(25)),
    ("odd/rotation_0.mov", Frames(3)),
    ("odd/rotation_90.mov", Frames(3)),
    ("odd/sar-2by3.mp4", Frames(60)),
    ("odd/smpte-2997_10s.mp4", Frames(251)),
    ("odd/ts-scte35-pid.ts", Frames(3)),
    ("odd/ts-two-programs-bbb.ts", Frames(58)),
    ("odd/unordered.mov", Frames(4)),
    ("odd/vfr-600base.mov", Frames(123)),
    ("odd/video-1x-flower_5s.mp4", Frames(150)),
    ("odd/wav-rf64.wav", Sound),
    ("pyscenedetect_fades_10s.mp4", Frames(250)),
    ("pyscenedetect_testvideo_24s.mp4", Frames(720)),
    ("spirit-of-43_16s_h264.mp4", Frames(459)),
    ("tears-of-steel-battle_70s_vp8_vorbis.webm", Frames(1691)),
];

/// The folder of shared clips. Without it the test says so and passes on a developer's machine; CI must have it.
fn clips() -> Option<PathBuf> {
    let Some(dir) = std::env::var_os("CIRCLETAKE_MEDIA") else {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "CIRCLETAKE_MEDIA must name the shared clips in CI"
        );
        println!("not run: CIRCLETAKE_MEDIA is not set");
        return None;
    };
    Some(PathBuf::from(dir).join("video"))
}

#[test]
fn every_clip_is_ingested_frame_by_frame_or_refused() {
    let Some(clips) = clips() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (name, known) in &CLIPS {
        let out = dir.path().join("out");
        let result = ingest_to(&clips.join(name), &out, 144);
        match (result, known) {
            (Ok(report), Frames(count) | Short(count)) => {
                let short = matches!(known, Short(_));
                if report.frame_count != *count || report.shortfall.is_some() != short {
                    wrong.push(format!(
                        "{name}: {} frames, {:?}",
                        report.frame_count, report.shortfall
                    ));
                }
                wrong.extend(
                    differences(&clips.join(name), &out, &report)
                        .into_iter()
                        .map(|d| format!("{name}: {d}")),
                );
            }
            (Ok(report), Sound) if report.frame_count == 0 && report.proxy.audio => {}
            (Err(error), Refused(code)) if error.code() == *code => {}
            (result, _) => wrong.push(format!("{name}: {:?}", result.map(|r| r.frame_count))),
        }
        std::fs::remove_dir_all(&out).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Reads frames of the original and of the proxy in a wild order and compares each with the same frame read in order.
fn differences(source: &Path, out: &Path, report: &IngestReport) -> Vec<String> {
    let mut wrong = Vec::new();
    if !report.corrupt_frames.is_empty() {
        // What a decoder conceals depends on what it decoded before, so there is no one right picture.
        return wrong;
    }
    let index = FrameIndex::load(&out.join(FRAMES_FILE)).unwrap();
    // Long ones are looked at near the beginning: order, not length, is what goes wrong.
    let frames = report.frame_count.min(24);
    for path in [source, &out.join(PROXY_FILE)] {
        let mut in_order = FrameReader::open(path, index.clone()).unwrap();
        let digests: Vec<_> = (0..frames).map(|n| digest(&mut in_order, n)).collect();
        let mut wild = FrameReader::open(path, index.clone()).unwrap();
        for n in (0..frames)
            .step_by(7)
            .map(|n| n * 37 % frames)
            .chain([frames - 1, 0])
        {
            if digest(&mut wild, n) != digests[n as usize] {
                wrong.push(format!(
                    "frame {n} of {} differs when read out of order",
                    path.display()
                ));
            }
        }
    }
    wrong
}

fn digest(reader: &mut FrameReader, n: u64) -> Result<blake3::Hash, String> {
    let frame = reader.frame(n).map_err(|e| e.to_string())?;
    let mut hasher = blake3::Hasher::new();
    for (n, plane) in frame.planes.iter().enumerate() {
        // Only what is seen: the padding of a line holds anything.
        let (width, height) = frame.layout.plane_size(n, frame.width, frame.height);
        let bytes = width as usize * frame.layout.sample_bytes();
        for line in plane.data.chunks(plane.stride).take(height as usize) {
            hasher.update(&line[..bytes]);
        }
    }
    Ok(hasher.finalize())
}

#[test]
fn what_the_headers_say_is_known() {
    let Some(clips) = clips() else { return };
    let video = |name: &str| media::probe(&clips.join(name)).unwrap().video.unwrap();
    let sideways = video("odd/rotated-sideways.mov");
    assert_eq!(
        (
            sideways.rotation_degrees,
            sideways.display_width,
            sideways.display_height
        ),
        (90, 480, 640)
    );
    let narrow = video("odd/sar-2by3.mp4");
    assert_eq!(
        (narrow.sample_aspect, narrow.display_width, narrow.display_height),
        ((2, 3), 427, 360)
    );
    let hdr = video("odd/hdr10-hevc_1s.mp4");
    assert_eq!(
        (hdr.hdr, hdr.bit_depth, hdr.primaries.as_deref()),
        (Some(Hdr::Pq), 10, Some("bt2020"))
    );
    assert!(video("odd/full-range-709_1s.mp4").full_range);
    let fields = media::probe(&clips.join("derived/interlaced_2997i_mpeg2-422_dropframe.mxf")).unwrap();
    assert_eq!(fields.start_timecode.unwrap().to_string(), "00:08:58;00");
    let fields = fields.video.unwrap();
    assert_eq!(
        (fields.field_order, fields.rate),
        (FieldOrder::TopFirst, Some(Rate::NTSC))
    );
    let prores = media::probe(&clips.join("derived/prores422_2997df.mov")).unwrap();
    assert!(prores.start_timecode.unwrap().is_drop_frame());
    let two = media::probe(&clips.join("nasa-jwst_13s_2video-2audio-2subs.mp4")).unwrap();
    assert_eq!(
        (two.audio.len(), two.audio.iter().filter(|a| a.main).count()),
        (2, 1)
    );
    assert_eq!(
        two.other_streams
            .iter()
            .map(|s| s.kind.as_str())
            .collect::<Vec<_>>(),
        ["subtitle", "video", "subtitle"]
    );
    let cover = media::probe(&clips.join("odd/attached-pic.mp3")).unwrap();
    assert!(cover.video.is_none() && cover.other_streams[0].kind == "cover");
    let surround = media::probe(&clips.join("odd/channel-id-voices-6ch_eac3.mp4")).unwrap();
    assert_eq!(surround.audio[0].channels, 6);
}
