//! The product's end of the shot-detection contract: `shots_end FILE` prints one boundary per line, the first frame of the new
//! shot, or the first and the last frame of a gradual transition.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program whose answer is its output"
)]

use std::{path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: shots_end FILE");
        return ExitCode::from(2);
    };
    media::init();
    match media::detect_shots(&path) {
        Ok(boundaries) => {
            for boundary in boundaries {
                if boundary.span.is_empty() {
                    println!("{}", boundary.at);
                } else {
                    println!("{} {}", boundary.span.start, boundary.span.end);
                }
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
