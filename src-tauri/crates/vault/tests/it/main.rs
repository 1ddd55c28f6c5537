//! The keychain against a real Secret Service: GNOME's, on a bus of its own, in a home of its own.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up may fail it, and one that was not run says so"
)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use vault::{ExposeSecret as _, Keychain, Vault as _, VaultError};

/// Set for the process in which the keychain is tried: the bus is found by the environment, which a test must not change for
/// those beside it.
const INSIDE: &str = "CIRCLETAKE_TEST_KEYCHAIN";

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

fn program(name: &str) -> bool {
    Command::new(name)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A bus of its own, and its address.
fn bus() -> (Program, String) {
    let mut child = Command::new("dbus-daemon")
        .args(["--session", "--nofork", "--print-address"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut address)
        .unwrap();
    (Program(child), address.trim().to_owned())
}

/// GNOME's keychain in the foreground, unlocked with a password nobody needs to know. It says what it set up on standard output
/// when it stands.
fn keyring(home: &Path, bus: &str) -> Program {
    let mut child = Command::new("gnome-keyring-daemon")
        .args(["--foreground", "--unlock", "--components=secrets"])
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_RUNTIME_DIR", home)
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a password").unwrap();
    let mut said = [0];
    // One byte says that it stands; where it says nothing, the name on the bus is waited for by the bus itself.
    let _some = child.stdout.take().unwrap().read(&mut said).unwrap();
    Program(child)
}

fn inside(home: &Path, address: &str, trial: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", trial, "--nocapture"])
        .env(INSIDE, trial)
        .env("HOME", home)
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn is_inside(trial: &str) -> bool {
    std::env::var(INSIDE).is_ok_and(|name| name == trial)
}

#[test]
fn secrets_lie_in_the_keychain_and_go_again() {
    const TRIAL: &str = "secrets_lie_in_the_keychain_and_go_again";
    if is_inside(TRIAL) {
        return try_keychain();
    }
    if !program("gnome-keyring-daemon") || !program("dbus-daemon") {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "{TRIAL} needs gnome-keyring and dbus under CI"
        );
        println!("{TRIAL}: not run, there is no gnome-keyring-daemon or no dbus-daemon");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (_bus, address) = bus();
    let _keyring = keyring(home.path(), &address);
    inside(home.path(), &address, TRIAL);
    let kept = std::fs::read_dir(home.path().join("data/keyrings")).unwrap();
    for file in kept {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(
            !String::from_utf8_lossy(&bytes).contains("a-secret"),
            "nothing lies there in plain text"
        );
    }
}

fn try_keychain() {
    let keychain = Keychain::open().unwrap();
    assert!(keychain.get("lake/token").unwrap().is_none());
    for secret in ["a-secret", "another, with ünïcödé and a\nline", ""] {
        keychain.put("lake/token", &secret.into()).unwrap();
        keychain.put("lake/other", &"a-secret beside it".into()).unwrap();
        let again = Keychain::open().unwrap();
        let kept = again.get("lake/token").unwrap().unwrap();
        assert_eq!(kept.expose_secret(), secret);
    }
    keychain.remove("lake/token").unwrap();
    keychain.remove("lake/token").unwrap();
    assert!(keychain.get("lake/token").unwrap().is_none());
    let beside = keychain.get("lake/other").unwrap().unwrap();
    assert_eq!(beside.expose_secret(), "a-secret beside it");
}

#[test]
fn a_machine_without_a_keychain_says_so() {
    const TRIAL: &str = "a_machine_without_a_keychain_says_so";
    if is_inside(TRIAL) {
        let none = Keychain::open().unwrap_err();
        assert!(matches!(none, VaultError::NoKeychain(_)), "{none:?}");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let nowhere = format!("unix:path={}", home.path().join("no-bus").display());
    inside(home.path(), &nowhere, TRIAL);
}
