use std::net::Ipv4Addr;

use api::{COMMANDS, Place as Answered};
use fault::Code;
use serde_json::json;
use web::ServeOptions;
use workstation::{OpenOptions, Workstation};

use crate::{
    browser::{Browser, request},
    place,
};

#[test]
fn nothing_is_served_without_the_cookie() {
    let place = place(false, |_options| {});
    let address = place.served.address();
    let host = address.to_string();
    let origin = format!("http://{host}");
    for path in [
        "/",
        "/index.html",
        "/events",
        "/media/x/proxy.mp4",
        "/stage/timeline.png",
        "/exports/x",
        "/nothing",
    ] {
        let answer = request(address, "GET", path, &[("Host", &host)], b"");
        assert_eq!(answer.status, 401, "{path}");
    }
    for command in COMMANDS {
        let path = format!("/api/{}", command.name);
        let headers = [
            ("Host", host.as_str()),
            ("Origin", origin.as_str()),
            ("Content-Type", "application/json"),
        ];
        assert_eq!(
            request(address, "POST", &path, &headers, b"{}").status,
            401,
            "{path}"
        );
    }
    let headers = [("Host", host.as_str()), ("Origin", origin.as_str())];
    assert_eq!(
        request(address, "POST", "/upload?name=a.mov", &headers, b"x").status,
        401
    );
    assert_eq!(
        std::fs::read_dir(place.workstation.incoming_dir()).map_or(0, Iterator::count),
        0
    );
}

#[test]
fn the_printed_address_opens_once_and_only_under_its_own_name() {
    let place = place(false, |_options| {});
    let address = place.served.address();
    let host = address.to_string();
    let url = place.served.url().unwrap();
    let path = url.strip_prefix(&format!("http://{host}")).unwrap();
    assert_eq!(
        request(address, "GET", path, &[("Host", "evil.example")], b"").status,
        421
    );
    assert_eq!(
        request(address, "GET", "/enter?token=guess", &[("Host", &host)], b"").status,
        403
    );
    assert_eq!(
        request(address, "POST", path, &[("Host", &host)], b"").status,
        405
    );
    let opened = request(address, "GET", path, &[("Host", &host)], b"");
    assert_eq!(opened.status, 200, "none of the attempts before spent it");
    assert_eq!(opened.header("refresh"), Some("0; url=/"));
    assert!(
        !String::from_utf8_lossy(&opened.body).contains("token"),
        "the token is not repeated"
    );
    assert_eq!(
        request(address, "GET", path, &[("Host", &host)], b"").status,
        403,
        "spent"
    );
}

#[test]
fn other_names_and_other_sites_are_turned_away() {
    let place = place(false, |_options| {});
    let browser = Browser::enter(&place.served);
    let send = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let mut all = vec![
            ("Cookie", browser.cookie.as_str()),
            ("Content-Type", "application/json"),
        ];
        all.extend_from_slice(headers);
        request(browser.address, method, path, &all, b"{}").status
    };
    let (host, origin) = (
        ("Host", browser.host.as_str()),
        ("Origin", browser.origin.as_str()),
    );
    assert_eq!(send("POST", "/api/hello", &[host, origin]), 200);
    assert_eq!(
        send(
            "POST",
            "/api/hello",
            &[("Host", "localhost.evil.example"), origin]
        ),
        421
    );
    assert_eq!(send("POST", "/api/hello", &[host]), 403);
    assert_eq!(
        send("POST", "/api/hello", &[host, ("Origin", "http://evil.example")]),
        403
    );
    assert_eq!(
        send("POST", "/upload?name=a.mov", &[host, ("Origin", "null")]),
        403
    );
    assert_eq!(send("GET", "/", &[host, ("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(send("DELETE", "/", &[host, origin]), 405);
}

#[test]
fn every_answer_forbids_what_a_page_does_not_need() {
    let place = place(false, |_options| {});
    let browser = Browser::enter(&place.served);
    let answers = [
        browser.get("/", &[]),
        browser.get("/nothing", &[]),
        browser.call("hello", &json!({})),
        browser.call("nothing", &json!({})),
        request(browser.address, "GET", "/", &[("Host", &browser.host)], b""),
    ];
    for answer in answers {
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(
            !policy.contains("script-src") && !policy.contains("unsafe-eval"),
            "{policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[test]
fn no_address_reaches_out_of_the_desk() {
    let place = place(false, |_options| {});
    std::fs::write(place.folder.path().join("secret.txt"), "secret").unwrap();
    let browser = Browser::enter(&place.served);
    let asset = "00112233445566778899aabbccddeeff";
    let paths = [
        "/../secret.txt".to_owned(),
        "/assets/../../secret.txt".to_owned(),
        "/%2e%2e/secret.txt".to_owned(),
        "/..%2fsecret.txt".to_owned(),
        format!("/media/{asset}/../../secret.txt"),
        format!("/media/{asset}/..%2f..%2fsecret.txt"),
        format!("/media/{asset}/report"),
        format!("/media/{asset}/proxy.mp4"),
        "/media/../proxy.mp4".to_owned(),
        "/media/..%2f..%2fsecret.txt/proxy.mp4".to_owned(),
        "/exports/..".to_owned(),
        "/exports/../secret.txt".to_owned(),
        "/exports/..%2f..%2fsecret.txt".to_owned(),
        "/stage/../secret.txt".to_owned(),
    ];
    for path in paths {
        let answer = browser.get(&path, &[]);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.windows(6).any(|bytes| bytes == b"secret"), "{path}");
    }
}

#[test]
fn every_command_answers_or_says_why_not() {
    let place = place(false, |_options| {});
    let browser = Browser::enter(&place.served);
    for command in COMMANDS {
        let answer = browser.call(command.name, &json!({}));
        if command.place == Answered::Window {
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (404, "not-found"),
                "{}",
                command.name
            );
            continue;
        }
        let said = answer.json();
        match answer.status {
            200 => assert!(said.is_object(), "{}: {said}", command.name),
            400..=499 => {
                let code = answer.code();
                assert!(
                    !code.is_empty() && !said["message"].as_str().unwrap_or_default().is_empty(),
                    "{said}"
                );
            }
            other => panic!("{} answers {other}: {said}", command.name),
        }
    }
    let hello = browser.call("hello", &json!({})).json();
    assert_eq!(hello["host"], "browser");
    assert_eq!(hello["lake"]["kind"], "folder");
    assert_eq!(
        browser.call("hello", &json!({"path": "/etc"})).code(),
        "bad-request"
    );
    let plain = browser.send("POST", "/api/hello", &[("Content-Type", "text/plain")], b"{}");
    assert_eq!(
        plain.code(),
        "bad-request",
        "what a form of another site could send"
    );
    let huge = vec![b' '; (16 << 20) + 1];
    let huge = browser.send(
        "POST",
        "/api/hello",
        &[("Content-Type", "application/json")],
        &huge,
    );
    assert_eq!(huge.status, 413);
}

#[test]
fn settings_and_keys_change_over_the_wire() {
    let place = place(false, |_options| {});
    let browser = Browser::enter(&place.served);
    let change = json!({"theme": "light", "person": {"name": "Ada", "role": "qc"}, "auto_advance": false});
    let changed = browser.call("set_settings", &change).json();
    assert_eq!(
        (&changed["theme"], &changed["person"]["role"]),
        (&json!("light"), &json!("qc"))
    );
    assert_eq!(browser.call("settings", &json!({})).json(), changed);
    assert_eq!(browser.call("hello", &json!({})).json()["person"]["name"], "Ada");
    assert!(
        browser
            .call("set_settings", &json!({"proxy_height_max": 7}))
            .status
            >= 400
    );
    let keys = browser.call("set_keymap", &json!({"preset": "avid"})).json();
    assert_eq!(keys["preset"], "avid");
}

#[test]
fn only_this_machine_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let workstation = Workstation::open(OpenOptions::new(folder.path())).unwrap();
    let options = ServeOptions {
        address: Ipv4Addr::UNSPECIFIED.into(),
        ..ServeOptions::new(workstation)
    };
    let refused = web::serve(options).err().map(|fault| fault.code);
    assert_eq!(refused, Some(Code::NotAllowed));
}

#[test]
fn a_taken_port_is_said_to_be_taken() {
    let place = place(false, |_options| {});
    let port = place.served.address().port();
    let options = ServeOptions {
        port,
        ..ServeOptions::new(std::sync::Arc::clone(&place.workstation))
    };
    assert_eq!(
        web::serve(options).err().map(|fault| fault.code),
        Some(Code::Conflict)
    );
}
