//! Tauri's code from the configuration, and one link argument.

fn main() {
    // The bundled SQLite must stay inside: WebKit and libsoup use the system's, and a binary that exports its own copy takes
    // theirs over, two libraries on one handle. `tests/exports.rs` looks that it stays so.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg-bins=-Wl,--exclude-libs,ALL");
    }
    tauri_build::build();
}
