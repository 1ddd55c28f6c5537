//! Random access is exact: whatever a film's rate, groups, container and fields, the frame given is the frame asked for, and so
//! is every frame given in passing.

use std::ops::ControlFlow;
use std::path::Path;

use media::{FRAMES_FILE, FilmCoding, FilmSpec, FrameIndex, FrameReader, OnWay, PROXY_FILE, VideoFrame};
use timebase::{Rate, TimeBase};

use crate::support::{HEIGHT, WIDTH, film, ingest_to};

const FRAMES: u64 = 70;

/// A film of the table: file name, rate, frames in a group, how it is coded, whether frames last differently long, and how many
/// frames at its head the edit list hides.
struct Case {
    name: &'static str,
    rate: Rate,
    group: u32,
    coding: FilmCoding,
    varied: bool,
    hidden: u64,
}

const PLAIN: FilmCoding = FilmCoding {
    mpeg2: false,
    b_frames: 0,
    open_groups: false,
    interlaced: false,
};
const CLOSED: FilmCoding = FilmCoding { b_frames: 3, ..PLAIN };
const OPEN: FilmCoding = FilmCoding {
    open_groups: true,
    ..CLOSED
};
const FIELDS: FilmCoding = FilmCoding {
    interlaced: true,
    ..CLOSED
};
const MPEG2: FilmCoding = FilmCoding {
    mpeg2: true,
    b_frames: 2,
    open_groups: true,
    interlaced: false,
};
const MPEG2_FIELDS: FilmCoding = FilmCoding {
    interlaced: true,
    ..MPEG2
};

const fn case(name: &'static str, rate: Rate, group: u32, coding: FilmCoding) -> Case {
    Case {
        name,
        rate,
        group,
        coding,
        varied: false,
        hidden: 0,
    }
}

fn cases() -> Vec<Case> {
    let varied = |case: Case| Case { varied: true, ..case };
    let cut = |case: Case| Case { hidden: 7, ..case };
    vec![
        case("long-closed.mp4", Rate::PAL, 250, CLOSED),
        case("long-open.mkv", Rate::NTSC, 250, OPEN),
        case("open.mov", Rate::FILM_NTSC, 24, OPEN),
        case("open.ts", Rate::NTSC, 12, OPEN),
        case("closed.ts", Rate::PAL, 30, CLOSED),
        case("plain.mkv", Rate::FILM, 12, PLAIN),
        case("every-frame.mov", Rate::PAL, 1, PLAIN),
        varied(case("varied-closed.mp4", Rate::PAL, 250, CLOSED)),
        varied(case("varied-open.mkv", Rate::PAL, 20, OPEN)),
        cut(case("cut.mp4", Rate::PAL, 24, CLOSED)),
        cut(case("cut-open.mov", Rate::PAL, 12, OPEN)),
        case("fields.mp4", Rate::NTSC, 250, FIELDS),
        case("fields.ts", Rate::PAL, 24, FIELDS),
        case("fields-mpeg2.ts", Rate::NTSC, 15, MPEG2_FIELDS),
        case("open-mpeg2.mkv", Rate::PAL, 12, MPEG2),
        case("open-mpeg2.mov", Rate::NTSC, 15, MPEG2),
    ]
}

/// The number burnt into a picture, read from its luma: of any size, since cells are counted, not pixels.
fn burnt_in(frame: &VideoFrame) -> u64 {
    let luma = &frame.planes[0];
    let row = (frame.height * 20 / HEIGHT) as usize * luma.stride;
    (0..16).fold(0, |number, bit| {
        let x = (frame.width * (2 * bit + 1) / 32) as usize;
        number | u64::from(luma.data[row + x] > 125) << bit
    })
}

/// Numbers below `frames` that a seed makes, with runs forwards and backwards among far jumps.
fn drags(seed: u64, frames: u64, count: usize) -> Vec<u64> {
    let mut state = seed;
    let mut next = |below: u64| {
        // Knuth's linear congruential generator; its high bits are good.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut out = Vec::with_capacity(count);
    let mut at = 0;
    while out.len() < count {
        match next(4) {
            0 => at = next(frames),
            1 => at = at.saturating_sub(1 + next(5)),
            2 => at = (at + 1 + next(5)).min(frames - 1),
            _step_back => at = at.saturating_sub(1),
        }
        out.push(at);
    }
    out
}

/// Asks a reader for frames in this order and lists whatever was another.
fn wrong_frames(reader: &mut FrameReader, order: &[u64], behind: u64, hidden: u64) -> Vec<String> {
    let mut wrong = Vec::new();
    for &n in order {
        let mut passed = Vec::new();
        let frame = reader.find(n, n.saturating_sub(behind), &mut |way| {
            if let OnWay::Frame(number, frame) = way {
                passed.push((number, frame));
            }
            ControlFlow::Continue(())
        });
        match frame {
            Ok(frame) => passed.push((n, frame)),
            Err(error) => wrong.push(format!("{n}: {error}")),
        }
        for (number, frame) in passed {
            let seen = burnt_in(&frame);
            if seen != number + hidden || frame.number != number {
                wrong.push(format!("{number} of {n} shows {seen}"));
            }
        }
    }
    wrong
}

fn check(dir: &Path, case: &Case) -> Vec<String> {
    let source = dir.join(case.name);
    let millis = TimeBase::new(1, 1000).unwrap();
    let spec = FilmSpec {
        gop_frames: case.group,
        coding: case.coding,
        time_base: case.varied.then_some(millis),
        ..FilmSpec::new(WIDTH / 2, 96, case.rate)
    };
    let hidden = case.hidden as i64;
    let times: Vec<i64> = (0..FRAMES as i64)
        .scan(-hidden, |at, n| {
            let now = *at;
            *at += if case.varied {
                [40, 33, 7, 120, 21][n as usize % 5]
            } else {
                1
            };
            Some(now)
        })
        .collect();
    let timed = case.varied || case.hidden > 0;
    film(&source, spec, FRAMES, timed.then_some(times.as_slice()));
    let out = dir.join("out");
    let report = ingest_to(&source, &out, 96).unwrap();
    let mut wrong = Vec::new();
    let frames = FRAMES - case.hidden;
    if report.frame_count != frames {
        wrong.push(format!("{} frames", report.frame_count));
    }
    let index = FrameIndex::load(&out.join(FRAMES_FILE)).unwrap();
    let forwards: Vec<u64> = (0..frames).collect();
    let backwards: Vec<u64> = (0..frames).rev().collect();
    let wild: Vec<u64> = (0..frames).map(|n| n * 37 % frames).collect();
    for (path, threads) in [
        (source.clone(), 1),
        (source.clone(), 3),
        (out.join(PROXY_FILE), 1),
    ] {
        let mut reader = FrameReader::open_with(&path, index.clone(), threads).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for (order, behind) in [
            (&forwards, 0),
            (&backwards, 9),
            (&wild, 0),
            (&drags(case.group.into(), frames, 120), 6),
        ] {
            let these = wrong_frames(&mut reader, order, behind, case.hidden);
            wrong.extend(
                these
                    .into_iter()
                    .map(|w| format!("{name}, {threads} threads: {w}")),
            );
        }
    }
    std::fs::remove_dir_all(&out).unwrap();
    wrong
}

#[test]
fn the_frame_given_is_the_frame_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for case in cases() {
        let these = check(dir.path(), &case);
        wrong.extend(these.into_iter().map(|w| format!("{}: {w}", case.name)));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_given_up_midway_is_gone_on_with_and_stays_exact() {
    let dir = tempfile::tempdir().unwrap();
    let case = case("long.mp4", Rate::PAL, 250, CLOSED);
    let source = dir.path().join(case.name);
    let spec = FilmSpec {
        gop_frames: case.group,
        coding: case.coding,
        ..FilmSpec::new(WIDTH / 2, 96, case.rate)
    };
    film(&source, spec, FRAMES, None);
    let out = dir.path().join("out");
    ingest_to(&source, &out, 96).unwrap();
    let index = FrameIndex::load(&out.join(FRAMES_FILE)).unwrap();
    let mut reader = FrameReader::open_with(&source, index, 2).unwrap();
    for packets in 0..40_u64 {
        let mut left = packets;
        let given_up = reader.find(60, 60, &mut |_way| match left {
            0 => ControlFlow::Break(()),
            _more => {
                left -= 1;
                ControlFlow::Continue(())
            }
        });
        if let Ok(frame) = &given_up {
            assert_eq!(burnt_in(frame), 60);
        }
        // Before, at and behind where it stopped, among them frames that were left out on the way.
        for n in [packets + 3, packets, packets + 1, packets.saturating_sub(5), 59] {
            assert_eq!(burnt_in(&reader.frame(n).unwrap()), n, "after {packets} packets");
        }
    }
}
