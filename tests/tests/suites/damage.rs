//! Files damaged by chance: each is taken in or refused with a reason, the program goes on, and nothing half-made stays.

use std::path::{Path, PathBuf};

use media::{FilmCoding, FilmSpec, FilmWriter};
use serde_json::Value;
use timebase::Rate;

use crate::support::{Chance, Home};

/// Found something once: sound whose damaged blocks name channels that nothing can be made of.
const KEPT_SEEDS: [u64; 1] = [1_795_339_434_122_027_995];
/// Damaged copies of each kind of film.
const COPIES: u64 = 8;
const WIDTH: u32 = 96;
const HEIGHT: u32 = 64;

/// A film of a second and a half with pictures made from both sides, in the container of its name.
fn film(dir: &Path, name: &str, coding: FilmCoding) -> PathBuf {
    let path = dir.join(name);
    let spec = FilmSpec {
        audio_rate: Some(48_000),
        gop_frames: 15,
        coding,
        ..FilmSpec::new(WIDTH, HEIGHT, Rate::PAL)
    };
    let mut writer = FilmWriter::create(&path, spec).unwrap();
    for frame in 0..36u32 {
        let shade = |at: u32| ((at % WIDTH) * 2 + frame * 3) as u8;
        let pixels: Vec<u8> = (0..WIDTH * HEIGHT)
            .flat_map(|at| [shade(at), shade(at / WIDTH * 5), 255 - shade(at), 255])
            .collect();
        writer.push_rgba(&pixels).unwrap();
        let tone = |at: u32| 0.2 * ((frame * 1920 + at) as f32 * 0.05).sin();
        let sound: Vec<f32> = (0..1920).flat_map(|at| [tone(at), tone(at)]).collect();
        writer.push_audio(&sound).unwrap();
    }
    writer.finish().unwrap();
    path
}

/// Damage as disks, cards and transfers do it: bits, runs of zeros, lost and repeated pieces, an end too early, noise in the
/// first bytes, where a container says what it is.
fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let place = |bytes: &[u8], chance: &mut Chance| chance.below(bytes.len() as u64) as usize;
    match chance.below(6) {
        0 => {
            for _flip in 0..=chance.below(200) {
                let at = place(bytes, chance);
                bytes[at] ^= 1 << chance.below(8);
            }
        }
        1 => {
            let (from, length) = (place(bytes, chance), chance.below(4000) as usize);
            bytes
                .iter_mut()
                .skip(from)
                .take(length)
                .for_each(|byte| *byte = 0);
        }
        2 => {
            let from = place(bytes, chance);
            let to = (from + chance.below(3000) as usize).min(bytes.len());
            bytes.drain(from..to);
        }
        3 => {
            let from = place(bytes, chance);
            let to = (from + chance.below(3000) as usize).min(bytes.len());
            let again = bytes[from..to].to_vec();
            bytes.splice(from..from, again);
        }
        4 => bytes.truncate(place(bytes, chance)),
        _ => {
            for byte in bytes.iter_mut().take(600) {
                if chance.below(20) == 0 {
                    *byte = chance.below(256) as u8;
                }
            }
        }
    }
}

#[test]
fn damaged_files_are_taken_in_or_refused_with_a_reason_and_the_program_goes_on() {
    for seed in KEPT_SEEDS {
        damaged(Chance::of(seed));
    }
    damaged(Chance::new("damaged files"));
}

fn damaged(mut chance: Chance) {
    let home = Home::new();
    let whole = home.dir.path().join("whole");
    let broken = home.dir.path().join("broken");
    std::fs::create_dir_all(&whole).unwrap();
    std::fs::create_dir_all(&broken).unwrap();
    let both_ways = FilmCoding {
        b_frames: 2,
        open_groups: true,
        ..FilmCoding::default()
    };
    let fields = FilmCoding {
        mpeg2: true,
        interlaced: true,
        b_frames: 2,
        open_groups: true,
    };
    let films = [
        film(&whole, "a.mp4", both_ways),
        film(&whole, "b.mkv", both_ways),
        film(&whole, "c.mov", FilmCoding::default()),
        film(&whole, "d.ts", fields),
    ];
    let mut files = Vec::new();
    for film in &films {
        let bytes = std::fs::read(film).unwrap();
        for copy in 0..COPIES {
            let mut bytes = bytes.clone();
            for _blow in 0..=chance.below(3) {
                damage(&mut bytes, &mut chance);
                if bytes.is_empty() {
                    bytes.push(0);
                }
            }
            let name = format!("{copy}-{}", film.file_name().unwrap().to_string_lossy());
            let path = broken.join(name);
            std::fs::write(&path, &bytes).unwrap();
            files.push(path.to_str().unwrap().to_owned());
        }
    }
    let mut args = vec!["--json", "ingest", "--proxies-only"];
    args.extend(files.iter().map(String::as_str));
    let said = home.run(&args);
    assert!([0, 1, 3].contains(&said.status), "{said:?}");
    let list = |name: &str| said.json[name].as_array().unwrap().clone();
    let (done, refused) = (list("done"), list("refused"));
    assert!(!done.is_empty(), "most damage leaves something to see: {said:?}");
    for file in &refused {
        let code = file["code"].as_str().unwrap();
        assert!(!["internal", "store", "lake"].contains(&code), "{file}");
        assert_ne!(file["message"], "", "{file}");
    }
    // Two copies may be the same bytes, or none the worse: what counts is that each has an answer.
    assert_eq!(done.len() + refused.len(), files.len(), "{said:?}");

    // And a whole film after all of them.
    let after = home.json(&["ingest", "--proxies-only", films[0].to_str().unwrap()]);
    assert_eq!(after["done"].as_array().unwrap().len(), 1, "{after}");
    let left: Vec<_> = std::fs::read_dir(home.path().join("staging")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    let checks = home.json(&["doctor"]);
    let missing = |check: &&Value| check["area"] == "lake" && check["state"] != "ok";
    assert_eq!(checks["checks"].as_array().unwrap().iter().find(missing), None);
}
