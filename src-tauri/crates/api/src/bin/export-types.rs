//! Writes the generated TypeScript into the folder named on the command line: `cargo xtask codegen` runs it.

use std::{path::PathBuf, process::ExitCode};

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a command line tool"
)]
fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: export-types FOLDER");
        return ExitCode::from(2);
    };
    match api::typescript::export(&folder) {
        Ok(changed) if changed.is_empty() => println!("{} is current", folder.display()),
        Ok(changed) => println!("{}: wrote {}", folder.display(), changed.join(", ")),
        Err(error) => {
            eprintln!(
                "the generated types cannot be written to {}: {error}",
                folder.display()
            );
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
