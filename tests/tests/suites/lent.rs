//! `circletake lake serve`: what a program that speaks only S3 finds, and that it ends when it is told to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::circletake;

/// A served lake; it is told to end when the test ends.
pub struct Served {
    child: Child,
    pub document: Value,
}

impl Served {
    pub fn start(dir: &std::path::Path, keys: &[(&str, &str)]) -> Self {
        let mut command = Command::new(circletake());
        command.args(["--json", "lake", "serve"]).arg(dir);
        let mut child = command
            .env_remove("CIRCLETAKE_LAKE_KEY")
            .env_remove("CIRCLETAKE_LAKE_SECRET")
            .envs(keys.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            text.push_str(&line);
            if line == "}" {
                break;
            }
        }
        let document = serde_json::from_str(&text).unwrap();
        Self { child, document }
    }

    pub fn url(&self) -> &str {
        self.document["url"].as_str().unwrap()
    }

    fn ask(&self, request: &str) -> String {
        let address = self.url().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

#[test]
fn a_lake_is_lent_to_who_holds_the_keys() {
    let dir = tempfile::tempdir().unwrap();
    let mut served = Served::start(&dir.path().join("lake"), &[]);
    assert_eq!(served.document["bucket"], "lake");
    assert_eq!(served.document["secret_access_key"].as_str().unwrap().len(), 40);
    for request in [
        "GET /lake?list-type=2",
        "GET /lake/raw/a.mov",
        "PUT /lake/raw/a.mov",
    ] {
        let answer = served.ask(request);
        assert!(answer.starts_with("HTTP/1.1 403"), "{request}: {answer}");
    }
    // Asked to end, it ends well.
    let pid = served.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(served.child.wait().unwrap().success());
}

#[test]
fn keys_that_were_given_are_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let keys = [
        ("CIRCLETAKE_LAKE_KEY", "EDITOR"),
        ("CIRCLETAKE_LAKE_SECRET", "a secret of this test"),
    ];
    let served = Served::start(&dir.path().join("lake"), &keys);
    assert_eq!(served.document["access_key_id"], "EDITOR");
    assert_eq!(served.document["secret_access_key"], Value::Null);
}
