//! Manual pages and completions, made from the same declarations as the parser.

use std::io::{self, Write as _};
use std::path::Path;

use clap::CommandFactory as _;
use fault::{Code, Fault};

use crate::Ending;
use crate::args::Cli;

/// Prints the page of `circletake`, or writes a page per command into a folder.
pub fn man(dir: Option<&Path>) -> Result<Ending, Fault> {
    let cannot =
        |error: io::Error| Fault::new(Code::NotAllowed, "The manual page cannot be written.").because(&error);
    match dir {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command())
                .render(&mut page)
                .map_err(cannot)?;
            io::stdout().lock().write_all(&page).map_err(cannot)?;
        }
        Some(dir) => {
            std::fs::create_dir_all(dir).map_err(cannot)?;
            clap_mangen::generate_to(Cli::command(), dir).map_err(cannot)?;
        }
    }
    Ok(Ending::Whole)
}

/// Prints completions.
pub fn completions(shell: clap_complete::Shell) -> Result<Ending, Fault> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "circletake", &mut text);
    io::stdout().lock().write_all(&text).map_err(|error| {
        Fault::new(Code::NotAllowed, "The completions cannot be written.").because(&error)
    })?;
    Ok(Ending::Whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declarations_hold_and_every_command_has_a_page() {
        Cli::command().debug_assert();
        let dir = tempfile::tempdir().unwrap();
        man(Some(dir.path())).unwrap();
        let pages: Vec<String> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        for command in [
            "ingest",
            "assets",
            "show",
            "analyze",
            "proposals",
            "decide",
            "undo",
            "redo",
            "import",
            "export",
            "serve",
            "sync",
            "lake",
            "doctor",
            "demo",
        ] {
            assert!(pages.contains(&format!("circletake-{command}.1")), "{pages:?}");
        }
    }
}
