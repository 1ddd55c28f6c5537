//! Files that must be refused, with the right code and nothing left behind, and names that must not matter.

use std::path::Path;

use fault::Code;
use media::{MediaError, PROXY_FILE};

use crate::support::{ingest_to, listing, plain_film};

/// Ingests and answers the code of the refusal.
fn refused(source: &Path, dir: &Path) -> Code {
    let out = dir.join("refused");
    let result = ingest_to(source, &out, 180);
    assert_eq!(
        listing(&out),
        [""; 0],
        "something stays behind for {}",
        source.display()
    );
    let probed = media::probe(source).err().map(|e| e.code());
    let code = match result {
        Err(error) => error.code(),
        Ok(report) => panic!("{} was ingested: {:?}", source.display(), report.media),
    };
    assert!(
        probed.is_none() || probed == Some(code),
        "probe says {probed:?}, ingest {code:?}"
    );
    code
}

#[test]
fn what_is_not_media_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    assert_eq!(refused(&write("empty.mp4", b""), dir.path()), Code::EmptyMedia);
    assert_eq!(
        refused(
            &write("letter.txt", b"Dear editor,\nhere is no film.\n"),
            dir.path()
        ),
        Code::NotMedia
    );
    assert_eq!(
        refused(
            &write("page.mov", b"<!DOCTYPE html><html><body>404</body></html>"),
            dir.path()
        ),
        Code::NotMedia
    );
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..200_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    assert_eq!(refused(&write("noise.mkv", &noise), dir.path()), Code::NotMedia);
    assert_eq!(
        refused(&write("zeros.mxf", &[0; 100_000]), dir.path()),
        Code::NotMedia
    );
    assert_eq!(
        refused(&dir.path().join("missing.mp4"), dir.path()),
        Code::Unreadable
    );
    assert_eq!(refused(dir.path(), dir.path()), Code::Unreadable);
}

#[test]
fn lists_of_other_files_are_refused_and_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    plain_film(dir.path(), "film.mp4", 5);
    for (name, text) in [
        ("list.ffconcat", "ffconcat version 1.0\nfile 'film.mp4'\n"),
        (
            "list.m3u8",
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfilm.mp4\n#EXT-X-ENDLIST\n",
        ),
        (
            "list.sdp",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
        ),
    ] {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        assert_eq!(refused(&path, dir.path()), Code::NotMedia, "{name}");
    }
}

#[test]
fn damaged_structure_is_told_from_truncation() {
    let dir = tempfile::tempdir().unwrap();
    let film = plain_film(dir.path(), "film.mp4", 120);
    let whole = std::fs::read(&film).unwrap();
    // The index stands first (fast start): cut inside it and nothing can be read.
    let path = dir.path().join("head.mp4");
    std::fs::write(&path, &whole[..300]).unwrap();
    assert_eq!(refused(&path, dir.path()), Code::DamagedMedia);
    // Cut in the pictures: what is there is ingested, and what is missing is said.
    let path = dir.path().join("cut.mp4");
    std::fs::write(&path, &whole[..whole.len() * 6 / 10]).unwrap();
    let report = ingest_to(&path, &dir.path().join("cut"), 180).unwrap();
    assert!((30..110).contains(&report.frame_count), "{}", report.frame_count);
    let shortfall = report.shortfall.unwrap();
    assert!(shortfall.read < shortfall.stated.unwrap());
    assert!(report.notes.iter().any(|n| n.contains("breaks off")));
    // Whole again: no complaint.
    assert_eq!(
        ingest_to(&film, &dir.path().join("whole"), 180)
            .unwrap()
            .shortfall,
        None
    );
}

#[test]
fn absurd_dimensions_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("still.jpg");
    media::save_jpeg(&path, &[128; 16 * 16 * 3], 16, 16, 90).unwrap();
    let plain = std::fs::read(&path).unwrap();
    // The frame header is FF C0, length, precision, then height and width.
    let header = plain.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    for (width, height) in [(60_000_u16, 60_000_u16), (17_000, 16), (16, 65_000)] {
        let mut bytes = plain.clone();
        bytes[header + 5..header + 7].copy_from_slice(&height.to_be_bytes());
        bytes[header + 7..header + 9].copy_from_slice(&width.to_be_bytes());
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(refused(&path, dir.path()), Code::BeyondLimits, "{width}×{height}");
    }
}

#[test]
fn sound_without_samples_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nothing.wav");
    std::fs::write(&path, crate::sound::wav(48_000, 2, &[])).unwrap();
    let code = refused(&path, dir.path());
    assert!(matches!(code, Code::EmptyMedia | Code::DamagedMedia), "{code}");
}

#[cfg(unix)]
#[test]
fn names_are_bytes_and_mean_nothing() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    let dir = tempfile::tempdir().unwrap();
    let film = plain_film(dir.path(), "film.mp4", 8);
    let long = [b'n'; 255];
    let names: [&[u8]; 10] = [
        b"new\nline.mp4",
        b"not utf-8 \xff\xfe.mp4",
        &long,
        b"concat:film.mp4|film.mp4",
        b"http:example.mp4",
        b"-i",
        b"%03d.png",
        b"file:film.mp4",
        b"..film.mp4",
        b"pipe:0",
    ];
    for name in names {
        let name = OsStr::from_bytes(name);
        let place = dir.path().join("hostile");
        std::fs::create_dir(&place).unwrap();
        let source = place.join(name);
        std::fs::copy(&film, &source).unwrap();
        // The output folder has such a name too, one level down.
        let out = dir.path().join("outputs").join(name);
        let report = ingest_to(&source, &out, 180).unwrap();
        assert_eq!(report.frame_count, 8, "{name:?}");
        assert_eq!(
            media::probe(&out.join(PROXY_FILE)).unwrap().video.unwrap().height,
            180
        );
        std::fs::remove_dir_all(&place).unwrap();
        std::fs::remove_dir_all(dir.path().join("outputs")).unwrap();
    }
}

#[test]
fn an_output_folder_that_cannot_be_written_is_an_error_of_writing() {
    let dir = tempfile::tempdir().unwrap();
    let film = plain_film(dir.path(), "film.mp4", 8);
    let nowhere = dir.path().join("missing").join("folder");
    let result = media::ingest(&film, &nowhere, &media::IngestOptions::default(), &mut |_| {
        std::ops::ControlFlow::Continue(())
    });
    assert!(matches!(result, Err(MediaError::Write { .. })), "{result:?}");
}
