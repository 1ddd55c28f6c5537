//! A program that links webkit2gtk loads the system's SQLite beside our bundled one. If ours is exported, the loader binds
//! WebKit's calls to it and two SQLites work on the same handles. So no binary may export a `sqlite3_` symbol.

use std::path::{Path, PathBuf};

use crate::{ChoreError, output};

/// Findings in the dynamic symbol tables of `binaries`.
pub fn check(binaries: Vec<PathBuf>) -> Result<Vec<String>, ChoreError> {
    let mut findings = Vec::new();
    for binary in binaries {
        let shown = binary.display().to_string();
        let table = output(Path::new("."), "nm", &["-D", "--defined-only", &shown])?;
        let count = exported(&String::from_utf8_lossy(&table));
        if count > 0 {
            findings.push(format!(
                "{shown} exports {count} sqlite3_ symbols: link with --exclude-libs,ALL"
            ));
        }
    }
    Ok(findings)
}

fn exported(table: &str) -> usize {
    table.lines().filter(|line| line.contains(" sqlite3_")).count()
}

#[cfg(test)]
mod tests {
    use super::exported;

    #[test]
    fn counts_sqlite_symbols_only() {
        assert_eq!(
            exported("0001 T sqlite3_open\n0002 T main\n0003 T sqlite3_step\n"),
            2
        );
        assert_eq!(exported("0002 T main\n"), 0);
    }
}
