//! What is printed: one JSON document, or tables and words for people.

use std::io::{self, Write};

use fault::{Code, Fault};
use serde::Serialize;

/// Where results go. Nothing else may print to standard output.
pub struct Output {
    json: bool,
}

impl Output {
    /// For `--json` or for people.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether one JSON document is wanted.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints the document, or calls `words` for people.
    ///
    /// # Errors
    /// When standard output is gone.
    pub fn result(
        &self,
        document: &impl Serialize,
        words: impl FnOnce() -> Vec<String>,
    ) -> Result<(), Fault> {
        let mut out = io::stdout().lock();
        if self.json {
            let text = serde_json::to_string_pretty(document).map_err(|error| {
                Fault::new(Code::Internal, "The answer cannot be written as JSON.").because(&error)
            })?;
            return print(&mut out, &text);
        }
        for line in words() {
            print(&mut out, &line)?;
        }
        Ok(())
    }

    /// Says what failed: on standard error for people, with `--json` also as a document.
    pub fn fault(&self, fault: &Fault) {
        let mut text = format!("circletake: {}\n", fault.message);
        for line in [&fault.hint, &fault.detail] {
            if !line.is_empty() {
                text.push_str(&format!("  {line}\n"));
            }
        }
        // Nobody is left to tell when standard error is gone too.
        drop(io::stderr().lock().write_all(text.as_bytes()));
        if self.json
            && let Ok(text) = serde_json::to_string_pretty(&serde_json::json!({ "fault": fault }))
        {
            drop(print(&mut io::stdout().lock(), &text));
        }
    }
}

/// A line on standard error, for what is said beside the result.
pub fn aside(line: &str) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}

fn print(out: &mut impl Write, line: &str) -> Result<(), Fault> {
    match writeln!(out, "{line}") {
        // Whoever reads has seen enough, as `head` does: what was asked for is done all the same.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| {
            Fault::new(Code::Unreadable, "Standard output cannot be written.").because(&error)
        }),
    }
}

/// Lines of equal columns. Numbers may stand to the right.
pub struct Table {
    titles: Vec<&'static str>,
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Columns by title; one that begins with `>` stands to the right.
    pub fn new(titles: &[&'static str]) -> Self {
        let right = titles.iter().map(|title| title.starts_with('>')).collect();
        Self {
            titles: titles.iter().map(|title| title.trim_start_matches('>')).collect(),
            right,
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// The lines, the titles first; `nothing` where there is no row.
    pub fn lines(self, nothing: &str) -> Vec<String> {
        if self.rows.is_empty() {
            return vec![nothing.to_owned()];
        }
        let titles: Vec<String> = self.titles.iter().map(|title| (*title).to_owned()).collect();
        let all: Vec<&Vec<String>> = std::iter::once(&titles).chain(&self.rows).collect();
        let width = |column: usize| {
            all.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
        };
        let widths: Vec<usize> = (0..titles.len())
            .map(|column| width(column).unwrap_or(0))
            .collect();
        let line = |row: &&Vec<String>| {
            let cells = row
                .iter()
                .zip(&widths)
                .zip(&self.right)
                .map(|((cell, width), right)| {
                    let space = " ".repeat(width.saturating_sub(cell.chars().count()));
                    if *right {
                        format!("{space}{cell}")
                    } else {
                        format!("{cell}{space}")
                    }
                });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        all.iter().map(line).collect()
    }
}

/// The first eight digits of an id: enough for people, and accepted wherever an id is.
pub fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

/// `1 file`, `3 files`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let mut table = Table::new(&["name", ">frames", "state"]);
        table.row(["Ångström".into(), "12".into(), "open".into()]);
        table.row(["b".into(), "1200".into(), String::new()]);
        assert_eq!(
            table.lines("none"),
            [
                "name      frames  state",
                "Ångström      12  open",
                "b           1200"
            ]
        );
        assert_eq!(Table::new(&["name"]).lines("none"), ["none"]);
    }
}
