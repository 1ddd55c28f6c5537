//! What the desktop binary shows to the libraries it loads.

use std::process::Command;

#[test]
#[cfg(target_os = "linux")]
fn the_bundled_sqlite_is_not_exported() {
    let binary = env!("CARGO_BIN_EXE_circletake-desk");
    let symbols = |with: &[&str]| {
        let out = Command::new("nm")
            .args(with)
            .arg(binary)
            .output()
            .expect("nm, from binutils");
        assert!(
            out.status.success(),
            "nm failed: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8_lossy(&out.stdout)
            .lines()
            .filter(|line| line.contains(" sqlite3_"))
            .count()
    };
    assert_eq!(
        symbols(&["-D", "--defined-only"]),
        0,
        "WebKit would call our SQLite"
    );
    // Without SQLite inside, the check above would prove nothing.
    assert!(
        symbols(&["--defined-only"]) > 100,
        "this binary has no SQLite of its own"
    );
}
