use std::ops::ControlFlow;

use timebase::Rate;

use super::*;
use crate::{FilmSpec, FilmWriter};

#[test]
fn one_moved_time_makes_only_what_follows_it_be_counted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("film.mp4");
    let mut writer = FilmWriter::create(&path, FilmSpec::new(64, 64, Rate::PAL)).unwrap();
    for n in 0..60_u8 {
        writer
            .push_rgba(&[n * 4, n * 4, n * 4, 255].repeat(64 * 64))
            .unwrap();
    }
    writer.finish().unwrap();
    let options = ingest::IngestOptions::default();
    ingest::ingest(&path, dir.path(), &options, &mut |_| ControlFlow::Continue(())).unwrap();
    let exact = FrameIndex::load(&dir.path().join(ingest::FRAMES_FILE)).unwrap();
    let mut times = exact.pts().to_vec();
    times[50] = times[49];
    let moved = FrameIndex::new(exact.time_base(), times, exact.keyframes().to_vec(), 1);
    let mut reader = FrameReader::open(&path, moved).unwrap();
    let luma = |frame: &VideoFrame| i32::from(frame.planes[0].data[frame.planes[0].stride * 32 + 32]);
    for (n, counted) in [
        (55, true),
        (30, false),
        (56, true),
        (57, true),
        (10, false),
        (31, false),
    ] {
        let frame = reader.frame(n).unwrap();
        let expected = 16 + n as i32 * 4 * 219 / 255;
        assert!(
            (luma(&frame) - expected).abs() < 3,
            "frame {n} is {}",
            luma(&frame)
        );
        assert_eq!(reader.counting, counted, "frame {n}");
    }
}

/// Devices that refuse, and some that help for so many pictures.
struct StandIns(Vec<Option<u64>>);

impl Devices for StandIns {
    fn next(&mut self, stream: &crate::av::StreamView<'_>) -> Option<Decoder> {
        while !self.0.is_empty() {
            if let Some(fails_after) = self.0.remove(0) {
                let mut decoder = Decoder::open(stream, 1).unwrap();
                decoder.stand_in("vaapi", fails_after);
                return Some(decoder);
            }
        }
        None
    }
}

#[test]
fn whatever_a_device_does_frame_n_stays_frame_n() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("film.mp4");
    let mut spec = FilmSpec::new(64, 64, Rate::PAL);
    spec.coding.b_frames = 2;
    let mut writer = FilmWriter::create(&path, spec).unwrap();
    for n in 0..60_u8 {
        writer
            .push_rgba(&[n * 4, n * 4, n * 4, 255].repeat(64 * 64))
            .unwrap();
    }
    writer.finish().unwrap();
    let options = ingest::IngestOptions::default();
    ingest::ingest(&path, dir.path(), &options, &mut |_| ControlFlow::Continue(())).unwrap();
    let index = FrameIndex::load(&dir.path().join(ingest::FRAMES_FILE)).unwrap();
    let luma = |frame: &VideoFrame| i32::from(frame.planes[0].data[frame.planes[0].stride * 32 + 32]);
    let threads = FrameReader::open_to_show(&path, index.clone(), Hardware::Off)
        .unwrap()
        .threads;
    for (devices, begins, ends, failures) in [
        (vec![], None, None, 0),
        (vec![None, None], None, None, 0),
        (vec![None, Some(10_000)], Some("vaapi"), Some("vaapi"), 0),
        (vec![Some(0)], Some("vaapi"), None, 1),
        (vec![Some(7)], Some("vaapi"), None, 1),
        (vec![Some(7), None, Some(9)], Some("vaapi"), None, 2),
    ] {
        let words = format!("{devices:?}");
        let mut reader =
            FrameReader::open_shown_by(&path, index.clone(), Box::new(StandIns(devices))).unwrap();
        assert_eq!(reader.decoding().device.as_deref(), begins, "{words}");
        for n in [3, 4, 5, 30, 12, 59, 0, 31] {
            let frame = reader.frame(n).unwrap();
            let expected = 16 + n as i32 * 4 * 219 / 255;
            assert_eq!(frame.number, n, "{words}");
            assert!(
                (luma(&frame) - expected).abs() < 3,
                "{words}: frame {n} is {}",
                luma(&frame)
            );
        }
        let decoding = reader.decoding();
        assert_eq!(decoding.device.as_deref(), ends, "{words}");
        assert_eq!(decoding.given_up.len(), failures, "{words}");
        let plural = if threads == 1 { "" } else { "s" };
        let said = match (ends, failures) {
            (Some(_), _) => "VA-API".to_owned(),
            (None, 0) => format!("software, {threads} thread{plural}"),
            (None, 1) => format!("software, {threads} thread{plural} (VA-API failed)"),
            _twice => format!("software, {threads} thread{plural} (VA-API, VA-API failed)"),
        };
        assert_eq!(decoding.words(), said);
    }
}
