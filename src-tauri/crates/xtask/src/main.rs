//! Repository chores: `xtask tidy` checks what no compiler checks (direction between crates, file lengths, words that do
//! not belong here, one SQLite), `xtask codegen` writes the TypeScript of the wire.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its terminal"
)]

mod direction;
mod symbols;
mod text;

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// Why a chore could not run at all (findings are not errors, they are the answer).
#[derive(Debug, thiserror::Error)]
enum ChoreError {
    #[error("cannot run {command}: {source}")]
    Run { command: String, source: std::io::Error },
    #[error("{command} failed")]
    Failed { command: String },
    #[error("cannot read what cargo says about the workspace: {0}")]
    Metadata(#[from] serde_json::Error),
    #[error("cannot read {path}: {source}", path = path.display())]
    Read { path: PathBuf, source: std::io::Error },
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let outcome = match arguments.next().as_deref() {
        Some("tidy") => tidy(),
        Some("codegen") => codegen(),
        Some("symbols") => symbols::check(arguments.map(PathBuf::from).collect()),
        _ => {
            eprintln!(
                "xtask tidy      direction between crates, file lengths, words, formatting of names\n\
                 xtask codegen   writes ui/src/backend/generated from the wire types\n\
                 xtask symbols BINARY…   no exported sqlite3_ symbol (two SQLites in one process)"
            );
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(findings) if findings.is_empty() => {
            println!("tidy: nothing found");
            ExitCode::SUCCESS
        }
        Ok(findings) => {
            for finding in &findings {
                eprintln!("tidy: {finding}");
            }
            eprintln!("tidy: {} finding(s)", findings.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn tidy() -> Result<Vec<String>, ChoreError> {
    let root = root();
    let mut findings = direction::check(&cargo_metadata(&root)?);
    findings.extend(text::check(&root, &tracked_files(&root)?)?);
    Ok(findings)
}

fn codegen() -> Result<Vec<String>, ChoreError> {
    let target = root().join("ui/src/backend/generated");
    let status = Command::new("cargo")
        .args(["run", "--quiet", "--bin", "export-types", "--"])
        .arg(&target)
        .current_dir(root())
        .status()
        .map_err(|source| ChoreError::Run {
            command: "cargo run --bin export-types".into(),
            source,
        })?;
    if !status.success() {
        return Err(ChoreError::Failed {
            command: "export-types".into(),
        });
    }
    Ok(Vec::new())
}

/// The workspace root: three folders above this crate's manifest.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(3).unwrap_or(here).to_path_buf()
}

fn output(root: &Path, program: &str, arguments: &[&str]) -> Result<Vec<u8>, ChoreError> {
    let command = format!("{program} {}", arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .output()
        .map_err(|source| ChoreError::Run {
            command: command.clone(),
            source,
        })?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(ChoreError::Failed { command })
    }
}

fn cargo_metadata(root: &Path) -> Result<serde_json::Value, ChoreError> {
    let bytes = output(
        root,
        "cargo",
        &["metadata", "--format-version=1", "--no-deps", "--offline"],
    )?;
    Ok(serde_json::from_slice(&bytes)?)
}

fn tracked_files(root: &Path) -> Result<Vec<PathBuf>, ChoreError> {
    let bytes = output(root, "git", &["ls-files", "-z"])?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect())
}
