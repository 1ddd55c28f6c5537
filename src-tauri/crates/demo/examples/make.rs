//! Makes the film at the path given, for looking at it: `cargo run -p demo --example make -- film.mp4`.

use std::{ops::ControlFlow, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        return ExitCode::from(2);
    };
    match demo::make(Path::new(&path), &mut |_made, _of| ControlFlow::Continue(())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_error) => ExitCode::FAILURE,
    }
}
