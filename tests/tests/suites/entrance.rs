//! `circletake sign-in`, `sign-out` and `whoami`: what is remembered, what is secret, and what a script is told.
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::lent::Served;
use crate::support::{Home, Said, said};

const SECRET: &str = "a-secret-that-must-lie-nowhere";

/// A token service that knows everybody as the same person. It ends with the tests.
fn token_service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
        <Arn>arn:aws:iam::111122223333:user/anna</Arn><UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account>\
        </GetCallerIdentityResult></GetCallerIdentityResponse>";
    let work = move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = Vec::new();
            let mut some = [0; 4096];
            while !String::from_utf8_lossy(&request).contains("Action=GetCallerIdentity") {
                match stream.read(&mut some) {
                    Ok(read @ 1..) => request.extend_from_slice(&some[..read]),
                    _ => break,
                }
            }
            let _gone = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    };
    std::thread::Builder::new()
        .name("token-service".to_owned())
        .spawn(work)
        .unwrap();
    url
}

/// The command in an environment that holds no sign-in and no keychain.
fn alone(home: &Home, tokens: &str, args: &[&str]) -> Command {
    let mut command = home.command(&[&["--json"], args].concat());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    for variable in ["CIRCLETAKE_PASSPHRASE_FILE", "CIRCLETAKE_ENDPOINT_URL"] {
        command.env_remove(variable);
    }
    command
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL_STS", tokens)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    command
}

fn typed(mut command: Command, text: &str) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    said(child.wait_with_output().unwrap())
}

/// Every file below `dir`.
fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

#[test]
fn a_sign_in_is_remembered_without_its_secret_and_forgotten() {
    let (home, tokens) = (Home::new(), token_service());
    let passphrase = home.dir.path().join("passphrase");
    std::fs::write(&passphrase, "right\n").unwrap();
    let with = |args: &[&str]| {
        let mut command = alone(&home, &tokens, args);
        command.env("CIRCLETAKE_PASSPHRASE_FILE", &passphrase);
        command
    };
    let nobody = said(alone(&home, &tokens, &["whoami"]).output().unwrap());
    assert_eq!(nobody.json["fault"]["code"], "not-allowed", "{nobody:?}");
    let signed = typed(
        with(&["sign-in", "--kind", "keys", "--key-id", "AKIAKEPT"]),
        &format!("{SECRET}\n"),
    );
    assert_eq!(signed.status, 0, "{signed:?}");
    assert_eq!(signed.json["principal"], "AIDAEXAMPLE");
    assert_eq!(
        (&signed.json["name"], &signed.json["pinned_by"]),
        (&"anna".into(), &"user-id".into())
    );
    let vault = home.path().join("secrets.vault");
    assert_eq!(
        std::fs::metadata(&vault).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let again = said(with(&["whoami"]).output().unwrap());
    assert_eq!(
        (&again.json["kind"], &again.json["principal"]),
        (&"keys".into(), &"AIDAEXAMPLE".into()),
        "{again:?}"
    );
    for file in files(&home.path()) {
        let text = std::fs::read(&file).unwrap();
        assert!(
            !String::from_utf8_lossy(&text).contains(SECRET),
            "{}",
            file.display()
        );
    }
    for said in [&signed, &again] {
        assert!(
            !said.stdout.contains(SECRET) && !said.stderr.contains(SECRET),
            "{said:?}"
        );
    }
    std::fs::write(&passphrase, "wrong").unwrap();
    let refused = said(with(&["whoami"]).output().unwrap());
    assert_eq!(
        (refused.status, &refused.json["fault"]["code"]),
        (1, &"not-allowed".into()),
        "{refused:?}"
    );
    std::fs::write(&passphrase, "right").unwrap();
    assert_eq!(said(with(&["sign-out"]).output().unwrap()).status, 0);
    let out = said(with(&["whoami"]).output().unwrap());
    assert_eq!(out.json["fault"]["code"], "not-allowed", "{out:?}");
    assert!(
        out.json["fault"]["hint"]
            .as_str()
            .unwrap()
            .contains("circletake sign-in"),
        "{out:?}"
    );
}

#[test]
fn nothing_secret_goes_over_plain_http() {
    let home = Home::new();
    for address in [
        "http://10.0.0.1",
        "http://sts.example.org:8080",
        "ftp://localhost",
    ] {
        let refused = said(alone(&home, address, &["whoami"]).output().unwrap());
        assert_eq!(refused.json["fault"]["code"], "bad-request", "{refused:?}");
    }
    let tokens = token_service();
    let portal = [
        "sign-in",
        "--kind",
        "identity-center",
        "--portal",
        "http://studio.example.org/start",
        "--portal-region",
        "eu-west-1",
        "--account",
        "111122223333",
        "--permission-set",
        "Editor",
    ];
    let refused = said(alone(&home, &tokens, &portal).output().unwrap());
    assert_eq!(refused.json["fault"]["code"], "bad-request", "{refused:?}");
}

#[test]
fn what_one_may_do_is_said_row_by_row() {
    let (home, tokens, dir) = (Home::new(), token_service(), tempfile::tempdir().unwrap());
    let keys = [
        ("CIRCLETAKE_LAKE_KEY", "EDITOR"),
        ("CIRCLETAKE_LAKE_SECRET", SECRET),
    ];
    let served = Served::start(dir.path(), &keys);
    let mut command = alone(&home, &tokens, &["--lake", "s3://lake", "whoami", "--rights"]);
    command
        .env("CIRCLETAKE_ENDPOINT_URL", served.url())
        .env("AWS_ACCESS_KEY_ID", "EDITOR")
        .env("AWS_SECRET_ACCESS_KEY", SECRET);
    let found = said(command.output().unwrap());
    assert_eq!(found.status, 0, "{found:?}");
    let rows = found.json["rights"].as_array().unwrap();
    let of = |act: &str| rows.iter().find(|row| row["act"] == act).unwrap();
    assert_eq!(rows.len(), 13);
    assert_eq!(of("write-ledger")["verdict"], "good");
    // A lake that is lent protects nothing from who holds its keys, and says so.
    assert_eq!(of("write-as-other")["verdict"], "too-much");
    assert!(
        of("take-in")["words"].as_str().unwrap().starts_with("You can"),
        "{found:?}"
    );
    let without = said(
        alone(&home, &tokens, &["whoami", "--rights"])
            .env("AWS_ACCESS_KEY_ID", "EDITOR")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .output()
            .unwrap(),
    );
    assert_eq!(without.json["fault"]["code"], "bad-request", "{without:?}");
}
