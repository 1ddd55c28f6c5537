//! The real programs, small films, and chance that can be repeated.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use media::{FilmSpec, FilmWriter};
use serde_json::Value;
use timebase::Rate;

/// The `circletake` that lies beside this test's own program.
pub fn circletake() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folders = own.ancestors().skip(1).take(3);
    let found = folders
        .map(|folder| folder.join("circletake"))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!(
            "circletake is not built beside {}: run `cargo build --workspace --bins` first",
            own.display()
        )
    })
}

/// A home of its own for one test.
pub struct Home {
    pub dir: tempfile::TempDir,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub status: i32,
    pub json: Value,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// `circletake --home …` with these arguments.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(circletake());
        command
            .arg("--home")
            .arg(self.path())
            .args(args)
            .stdin(Stdio::null());
        for variable in ["CIRCLETAKE_HOME", "CIRCLETAKE_LAKE"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs it to its end.
    pub fn run(&self, args: &[&str]) -> Said {
        said(self.command(args).output().unwrap())
    }

    /// Runs it with `--json`, which must succeed, and answers the document.
    pub fn json(&self, args: &[&str]) -> Value {
        let said = self.run(&[&["--json"], args].concat());
        assert_eq!(said.status, 0, "{args:?}: {said:?}");
        said.json
    }
}

pub fn said(output: Output) -> Said {
    let stdout = String::from_utf8(output.stdout).unwrap();
    Said {
        status: output.status.code().unwrap_or(-1),
        json: serde_json::from_str(&stdout).unwrap_or(Value::Null),
        stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A film of `scenes` scenes of `frames` frames each: a patchwork of its own per scene with a bar that moves over it, and a
/// tone that grows louder from scene to scene. `seed` makes its bytes its own.
pub fn film(path: &Path, seed: u32, scenes: u32, frames: u32) {
    const WIDTH: u32 = 96;
    const HEIGHT: u32 = 64;
    let mut spec = FilmSpec::new(WIDTH, HEIGHT, Rate::PAL);
    spec.audio_rate = Some(48_000);
    let mut writer = FilmWriter::create(path, spec).unwrap();
    let mut sample = 0u32;
    for frame in 0..scenes * frames {
        let scene = frame / frames;
        let bar = (frame * 2) % WIDTH;
        let mut pixels = Vec::with_capacity((WIDTH * HEIGHT * 4) as usize);
        for at in 0..WIDTH * HEIGHT {
            let (x, y) = (at % WIDTH, at / WIDTH);
            let shade = patch(seed, scene, x / 12, y / 8);
            let lit = x >= bar && x < bar + 6;
            pixels.extend(if lit {
                [240, 240, 240, 255]
            } else {
                [shade, shade / 2, 255 - shade, 255]
            });
        }
        writer.push_rgba(&pixels).unwrap();
        let level = 0.05 * (scene + 1) as f32;
        let mut sound = Vec::with_capacity(1920 * 2);
        for _ in 0..1920 {
            let tone = level * (sample as f32 * 0.06).sin();
            sound.extend([tone, tone]);
            sample += 1;
        }
        writer.push_audio(&sound).unwrap();
    }
    writer.finish().unwrap();
}

/// A shade that only depends on its arguments.
fn patch(seed: u32, scene: u32, column: u32, row: u32) -> u8 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9)
        ^ scene.wrapping_mul(0x85eb_ca6b)
        ^ (column * 31 + row * 17 + 1).wrapping_mul(0xc2b2_ae35);
    mixed ^= mixed >> 15;
    mixed = mixed.wrapping_mul(0x2c1b_3c6d);
    mixed ^= mixed >> 12;
    (mixed >> 8) as u8
}

/// Numbers by chance that come back with the same seed.
pub struct Chance(u64);

impl Chance {
    /// From `CIRCLETAKE_SEED`, or a new one; either way it is printed.
    pub fn new(test: &str) -> Self {
        let given = std::env::var("CIRCLETAKE_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let seed: u64 = given.unwrap_or(now.as_nanos() as u64) | 1;
        println!("{test}: CIRCLETAKE_SEED={seed}");
        Self(seed)
    }

    /// From a seed that found something once.
    pub const fn of(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// Below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

/// The folder with real clips, or `None` after saying that the test was not run. Under CI its absence is a failure.
pub fn real_media(test: &str) -> Option<PathBuf> {
    match std::env::var_os("CIRCLETAKE_MEDIA") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => {
            assert_ne!(
                std::env::var("CI").as_deref(),
                Ok("true"),
                "{test} needs CIRCLETAKE_MEDIA under CI"
            );
            println!("{test}: not run, CIRCLETAKE_MEDIA is not set");
            None
        }
    }
}
