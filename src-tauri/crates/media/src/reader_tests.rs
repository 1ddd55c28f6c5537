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
            FrameReader::open_shown_by((&path).into(), index.clone(), Box::new(StandIns(devices))).unwrap();
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

/// A file of which nothing is here until it is asked for, and then only as many pieces as there is leave for.
#[derive(Debug)]
struct Drip {
    bytes: Vec<u8>,
    state: std::sync::Mutex<(std::collections::BTreeSet<u64>, u64)>,
}

const DRIP_BYTES: u64 = 4096;

impl Drip {
    fn new(bytes: Vec<u8>, leave: u64) -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self {
            bytes,
            state: std::sync::Mutex::new((std::collections::BTreeSet::new(), leave)),
        })
    }

    fn here(&self) -> usize {
        self.state.lock().unwrap().0.len()
    }
}

impl crate::Coming for Drip {
    fn size_bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<Option<usize>> {
        let piece = offset / DRIP_BYTES;
        if offset < self.size_bytes() && !self.state.lock().unwrap().0.contains(&piece) {
            return Ok(None);
        }
        let until = self.size_bytes().min((piece + 1) * DRIP_BYTES);
        let bytes = &self.bytes[offset as usize..until.max(offset) as usize];
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        Ok(Some(count))
    }

    fn wait(&self, offset: u64, _at_most: std::time::Duration) {
        let mut state = self.state.lock().unwrap();
        if state.1 > 0 {
            state.1 -= 1;
            state.0.insert(offset / DRIP_BYTES);
        }
    }
}

#[test]
fn a_film_on_its_way_gives_every_frame_and_whoever_gives_up_can_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("film.mp4");
    let mut spec = FilmSpec::new(128, 128, Rate::PAL);
    spec.audio_rate = Some(48_000);
    let mut writer = FilmWriter::create(&path, spec).unwrap();
    let mut noise = 1_u32;
    for n in 0..120_u8 {
        let mut picture = [n * 2, n * 2, n * 2, 255].repeat(128 * 128);
        // Something to send: a grey that says the number costs nothing.
        for pixel in picture.chunks_exact_mut(4).skip(128 * 64) {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            pixel[0] = (noise >> 24) as u8;
        }
        writer.push_rgba(&picture).unwrap();
        writer.push_audio(&[0.1; 1920 * 2]).unwrap();
    }
    writer.finish().unwrap();
    let options = ingest::IngestOptions::default();
    ingest::ingest(&path, dir.path(), &options, &mut |_| ControlFlow::Continue(())).unwrap();
    let index = FrameIndex::load(&dir.path().join(ingest::FRAMES_FILE)).unwrap();
    let proxy = dir.path().join(ingest::PROXY_FILE);
    let bytes = std::fs::read(&proxy).unwrap();
    let pieces = bytes.len().div_ceil(DRIP_BYTES as usize);
    let mut plain = FrameReader::open(&proxy, index.clone()).unwrap();

    let drip = Drip::new(bytes, 10_000);
    let coming = || Footage::coming(proxy.clone(), drip.clone());
    let mut reader = FrameReader::open(coming(), index.clone()).unwrap();
    assert_eq!(
        reader.frame(100).unwrap().planes[0].data,
        plain.frame(100).unwrap().planes[0].data
    );
    assert!(drip.here() < pieces / 2, "{} of {pieces} pieces", drip.here());

    // From here on nothing comes; whoever waits loses patience, and has lost nothing by it.
    drip.state.lock().unwrap().1 = 0;
    let patience = crate::Patience::default();
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let count = asked.clone();
    patience.change(move || {
        count
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed)
            .is_multiple_of(2)
    });
    let impatient = coming().for_as_long_as(patience.clone());
    let mut reader = FrameReader::open(impatient, index.clone()).unwrap();
    let mut sound = crate::AudioReader::open(coming().for_as_long_as(patience.clone())).unwrap();
    for _again in 0..3 {
        assert!(matches!(reader.frame(40), Err(MediaError::Cancelled)));
        let heard = sound
            .seek(timebase::Flicks::ZERO)
            .and_then(|()| sound.read(&mut vec![0.0; 48_000 * 4]));
        assert!(matches!(heard, Err(MediaError::Cancelled)), "{heard:?}");
    }
    assert!(asked.load(std::sync::atomic::Ordering::Relaxed) >= 6 && !patience.is_waiting());
    assert_eq!(
        reader.frame(100).unwrap().planes[0].data,
        plain.frame(100).unwrap().planes[0].data
    );
    drip.state.lock().unwrap().1 = 10_000;
    patience.change(|| true);
    for n in [40, 41, 7, 119] {
        assert_eq!(
            reader.frame(n).unwrap().planes[0].data,
            plain.frame(n).unwrap().planes[0].data,
            "{n}"
        );
    }
    sound.seek(timebase::Flicks::ZERO).unwrap();
    assert_eq!(sound.read(&mut vec![0.0; 48_000 * 4]).unwrap(), 48_000 * 4);
    // A film whose beginning does not come does not open, and is not taken for a damaged one.
    let never = Drip::new(drip.bytes.clone(), 0);
    let gone = Footage::coming(proxy.clone(), never).for_as_long_as(crate::Patience::while_it(|| false));
    assert!(matches!(
        FrameReader::open(gone, index),
        Err(MediaError::Cancelled)
    ));
}
