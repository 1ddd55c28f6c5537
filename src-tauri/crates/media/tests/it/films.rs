//! Frame numbers, times and timecode through the whole pass.

use std::{ops::ControlFlow, path::Path};

use media::{
    FRAMES_FILE, FilmSpec, FrameIndex, FrameReader, IngestOptions, IngestReport, MediaError, PROXY_FILE,
    REPORT_FILE,
};
use timebase::{Flicks, Rate, TimeBase, Timecode};

use crate::support::{HEIGHT, WIDTH, film, ingest_to, listing, number_at, number_in, picture, plain_film};

/// Frame numbers in an order that makes the reader go on, jump back, jump far and repeat.
fn wild_order(frames: u64) -> Vec<u64> {
    let mut order: Vec<u64> = (0..frames).map(|n| n * 37 % frames).collect();
    order.extend([0, frames - 1, frames - 1, frames / 2, frames / 2 + 1, 1, 0]);
    order
}

#[test]
fn proxy_frame_n_is_source_frame_n() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("film.mp4");
    let spec = FilmSpec {
        audio_rate: Some(48_000),
        ..FilmSpec::new(WIDTH, HEIGHT, Rate::NTSC)
    };
    film(&source, spec, 100, None);
    let out = dir.path().join("out");
    let report = ingest_to(&source, &out, 90).unwrap();
    assert_eq!(report.frame_count, 100);
    assert_eq!((report.proxy.width, report.proxy.height), (160, 90));
    assert_eq!(
        report.blake3,
        blake3::hash(&std::fs::read(&source).unwrap())
            .to_hex()
            .to_string()
    );
    assert_eq!(IngestReport::load(&out.join(REPORT_FILE)).unwrap(), report);
    let names = [
        "frames.idx",
        "proxy.mp4",
        "report.json",
        "sprites-000.jpg",
        "sprites.json",
        "waveform.bin",
    ];
    assert_eq!(listing(&out), names);

    let index = FrameIndex::load(&out.join(FRAMES_FILE)).unwrap();
    assert_eq!(index.start_of(30), Flicks::from_frame(30, Rate::NTSC));
    for path in [&source, &out.join(PROXY_FILE)] {
        let mut reader = FrameReader::open(path, index.clone()).unwrap();
        for n in wild_order(100) {
            assert_eq!(number_at(&mut reader, n), n, "{}", path.display());
        }
        assert!(matches!(
            reader.frame(100),
            Err(MediaError::NoSuchFrame { last: 99, .. })
        ));
    }
}

#[test]
fn variable_rate_keeps_every_frame_at_its_own_time() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("film.mp4");
    // Milliseconds with long and short frames, two of them a single tick apart.
    let mut at = 0;
    let times: Vec<i64> = (0..80)
        .map(|n| {
            let now = at;
            at += [33, 34, 120, 1, 700, 16][n % 6];
            now
        })
        .collect();
    let base = TimeBase::new(1, 1000).unwrap();
    let spec = FilmSpec {
        time_base: Some(base),
        ..FilmSpec::new(WIDTH, HEIGHT, Rate::PAL)
    };
    film(&source, spec, 80, Some(&times));
    let out = dir.path().join("out");
    let report = ingest_to(&source, &out, 180).unwrap();
    assert!(report.media.video.as_ref().unwrap().vfr);
    let index = FrameIndex::load(&out.join(FRAMES_FILE)).unwrap();
    assert_eq!(index.time_base(), base);
    assert_eq!(index.pts(), times);

    // The proxy, seen as a file of its own, has the same clock and the same times.
    let again = ingest_to(&out.join(PROXY_FILE), &dir.path().join("again"), 180).unwrap();
    assert_eq!(again.frame_count, 80);
    let proxy_index = FrameIndex::load(&dir.path().join("again").join(FRAMES_FILE)).unwrap();
    assert_eq!(proxy_index.time_base(), base);
    assert_eq!(proxy_index.pts(), times);
    let mut reader = FrameReader::open(out.join(PROXY_FILE), index).unwrap();
    for n in wild_order(80) {
        assert_eq!(number_at(&mut reader, n), n);
    }
}

#[test]
fn keyframes_of_a_proxy_are_never_far_apart() {
    let dir = tempfile::tempdir().unwrap();
    let source = plain_film(dir.path(), "film.mp4", 90);
    ingest_to(&source, &dir.path().join("out"), 180).unwrap();
    ingest_to(
        &dir.path().join("out").join(PROXY_FILE),
        &dir.path().join("again"),
        180,
    )
    .unwrap();
    let proxy = FrameIndex::load(&dir.path().join("again").join(FRAMES_FILE)).unwrap();
    let keys: Vec<u64> = proxy.keyframes().iter().copied().chain([proxy.len()]).collect();
    assert_eq!(keys[0], 0);
    assert!(keys.windows(2).all(|k| k[1] - k[0] <= 15), "{keys:?}");
}

#[test]
fn start_timecode_and_drop_frame_are_carried_into_the_proxy() {
    let dir = tempfile::tempdir().unwrap();
    for (label, rate, name) in [
        ("00:08:58;00", Rate::NTSC, "film.mov"),
        ("01:00:00:00", Rate::PAL, "film.mp4"),
        ("10:59:59:23", Rate::FILM_NTSC, "other.mov"),
    ] {
        let source = dir.path().join(name);
        let timecode = Timecode::parse(label, rate).unwrap();
        let spec = FilmSpec {
            start_timecode: Some(timecode),
            ..FilmSpec::new(WIDTH, HEIGHT, rate)
        };
        film(&source, spec, 30, None);
        let out = dir.path().join(format!("{name}.out"));
        let report = ingest_to(&source, &out, 180).unwrap();
        assert_eq!(report.media.start_timecode, Some(timecode));
        let proxy = media::probe(&out.join(PROXY_FILE)).unwrap();
        assert_eq!(
            proxy.start_timecode.map(|t| t.to_string()).as_deref(),
            Some(label)
        );
        let video = proxy.video.unwrap();
        assert_eq!(video.rate, Some(rate));
        assert_eq!(video.matrix.as_deref(), Some("bt709"));
    }
}

#[test]
fn a_small_source_is_not_enlarged() {
    let dir = tempfile::tempdir().unwrap();
    let source = plain_film(dir.path(), "film.mp4", 5);
    let report = ingest_to(&source, &dir.path().join("out"), 720).unwrap();
    assert_eq!((report.proxy.width, report.proxy.height), (WIDTH, HEIGHT));
}

#[test]
fn cancelling_stops_at_once_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let source = plain_film(dir.path(), "film.mp4", 120);
    let out = dir.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let mut last = 0;
    let result = media::ingest(&source, &out, &IngestOptions::default(), &mut |progress| {
        last = progress.frames;
        if progress.frames >= 20 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(matches!(result, Err(MediaError::Cancelled)));
    assert!((20..60).contains(&last), "stopped at {last}");
    assert_eq!(listing(&out), [""; 0]);
}

#[test]
fn progress_reaches_the_end_and_never_goes_back() {
    let dir = tempfile::tempdir().unwrap();
    let source = plain_film(dir.path(), "film.mp4", 50);
    let out = dir.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let mut seen = Vec::new();
    media::ingest(&source, &out, &IngestOptions::default(), &mut |progress| {
        seen.push(*progress);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(seen.is_sorted_by(|a, b| a.frames <= b.frames && a.position <= b.position));
    let last = seen.last().unwrap();
    assert_eq!(
        (last.frames, last.bytes_total),
        (50, std::fs::metadata(&source).unwrap().len())
    );
}

#[test]
fn a_still_becomes_one_frame() {
    let dir = tempfile::tempdir().unwrap();
    let rgb: Vec<u8> = picture(1234).chunks(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let png = dir.path().join("still.png");
    media::save_png(&png, &rgb, WIDTH, HEIGHT).unwrap();
    let jpeg = dir.path().join("still.jpg");
    media::save_jpeg(&jpeg, &rgb, WIDTH, HEIGHT, 90).unwrap();
    for source in [png, jpeg] {
        let out = source.with_extension("out");
        let report = ingest_to(&source, &out, 720).unwrap();
        assert!(report.media.still);
        assert_eq!((report.frame_count, report.media.duration), (1, None));
        let index = FrameIndex::load(&out.join(FRAMES_FILE)).unwrap();
        for path in [&source, &out.join(PROXY_FILE)] {
            let frame = FrameReader::open(path, index.clone()).unwrap().frame(0).unwrap();
            assert_eq!(number_in(&frame.to_rgb8(WIDTH, HEIGHT).unwrap()), 1234);
        }
        std::fs::remove_dir_all(out).unwrap();
    }
}

/// A JPEG with an EXIF note of this orientation.
fn photograph(path: &Path, stored: &image::GrayImage, orientation: u8) {
    let mut jpeg = std::io::Cursor::new(Vec::new());
    stored.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let jpeg = jpeg.into_inner();
    // one directory with one field: orientation, one 16-bit number
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut file = jpeg[..2].to_vec();
    file.extend([0xff, 0xe1]);
    file.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    file.extend(exif);
    file.extend(&jpeg[2..]);
    std::fs::write(path, file).unwrap();
}

#[test]
fn a_photograph_comes_out_upright_however_the_camera_was_held() {
    const UPRIGHT: (u32, u32) = (160, 96);
    // every quarter of the picture has its own light
    let light = |x: u32, y: u32| [40u8, 100, 160, 220][(x * 2 / UPRIGHT.0 + y * 2 / UPRIGHT.1 * 2) as usize];
    let dir = tempfile::tempdir().unwrap();
    for orientation in 1..=8u8 {
        // by the standard: which side of the upright picture the first row and the first column of the stored one are
        let upright_of = |row: u32, column: u32| match orientation {
            1 => (column, row),
            2 => (UPRIGHT.0 - 1 - column, row),
            3 => (UPRIGHT.0 - 1 - column, UPRIGHT.1 - 1 - row),
            4 => (column, UPRIGHT.1 - 1 - row),
            5 => (row, column),
            6 => (UPRIGHT.0 - 1 - row, column),
            7 => (UPRIGHT.0 - 1 - row, UPRIGHT.1 - 1 - column),
            _ => (row, UPRIGHT.1 - 1 - column),
        };
        let (width, height) = if orientation < 5 {
            UPRIGHT
        } else {
            (UPRIGHT.1, UPRIGHT.0)
        };
        let stored = image::GrayImage::from_fn(width, height, |column, row| {
            let (x, y) = upright_of(row, column);
            image::Luma([light(x, y)])
        });
        let path = dir.path().join(format!("{orientation}.jpg"));
        photograph(&path, &stored, orientation);
        let out = dir.path().join(format!("out{orientation}"));
        let report = ingest_to(&path, &out, 96).unwrap();
        let info = report.media.video.unwrap();
        assert_eq!(
            (info.display_width, info.display_height),
            UPRIGHT,
            "{orientation}"
        );
        let index = FrameIndex::load(&out.join(FRAMES_FILE)).unwrap();
        let mut reader = FrameReader::open(out.join(PROXY_FILE), index).unwrap();
        let frame = reader.frame(0).unwrap();
        assert_eq!((frame.width, frame.height), UPRIGHT, "{orientation}");
        let rgb = frame.to_rgb8(frame.width, frame.height).unwrap();
        for (x, y) in [(30, 20), (130, 20), (30, 76), (130, 76)] {
            let seen = rgb.data[((y * UPRIGHT.0 + x) * 3) as usize];
            let wanted = light(x, y);
            assert!(
                seen.abs_diff(wanted) < 8,
                "{orientation} at {x},{y}: {seen}, not {wanted}"
            );
        }
    }
}

#[test]
fn colours_survive_the_way_to_rgb() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("film.mp4");
    let mut writer = media::FilmWriter::create(&source, FilmSpec::new(64, 64, Rate::PAL)).unwrap();
    let colours: [[u8; 3]; 5] = [
        [255, 255, 255],
        [0, 0, 0],
        [200, 30, 40],
        [30, 180, 60],
        [20, 40, 220],
    ];
    for colour in colours {
        let rgba: Vec<u8> = (0..64 * 64)
            .flat_map(|_| [colour[0], colour[1], colour[2], 255])
            .collect();
        writer.push_rgba(&rgba).unwrap();
    }
    writer.finish().unwrap();
    let out = dir.path().join("out");
    ingest_to(&source, &out, 720).unwrap();
    let index = FrameIndex::load(&out.join(FRAMES_FILE)).unwrap();
    for path in [&source, &out.join(PROXY_FILE)] {
        let mut reader = FrameReader::open(path, index.clone()).unwrap();
        for (n, colour) in colours.iter().enumerate() {
            let rgb = reader.frame(n as u64).unwrap().to_rgb8(64, 64).unwrap();
            let middle = &rgb.data[(32 * 64 + 32) * 3..][..3];
            assert!(
                middle.iter().zip(colour).all(|(a, b)| a.abs_diff(*b) <= 6),
                "{middle:?} for {colour:?}"
            );
        }
    }
}
