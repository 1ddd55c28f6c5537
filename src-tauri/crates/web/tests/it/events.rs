use serde_json::{Value, json};

use crate::{
    browser::{Browser, chunk, open},
    film::with_film,
};

/// Events as they come, until one fits.
pub(crate) fn until(
    reader: &mut std::io::BufReader<std::net::TcpStream>,
    fits: impl Fn(&Value) -> bool,
) -> Value {
    let mut text = String::new();
    while let Some(bytes) = chunk(reader) {
        text.push_str(&String::from_utf8(bytes).unwrap());
        for line in text.lines().filter_map(|line| line.strip_prefix("data: ")) {
            if let Ok(event) = serde_json::from_str::<Value>(line)
                && fits(&event)
            {
                return event;
            }
        }
    }
    panic!("the events ended: {text}");
}

pub(crate) fn names(event: &Value, tag: &str) -> bool {
    event["stale"]
        .as_array()
        .is_some_and(|tags| tags.iter().any(|known| known == tag))
}

#[test]
fn a_verdict_makes_what_it_touches_stale() {
    let (place, asset) = with_film();
    let browser = Browser::enter(&place.served);
    let headers = [
        ("Host", browser.host.as_str()),
        ("Cookie", browser.cookie.as_str()),
    ];
    let (status, head, mut reader) = open(browser.address, "GET", "/events", &headers, b"");
    assert_eq!(status, 200);
    assert!(
        head.contains(&("content-type".to_owned(), "text/event-stream".to_owned())),
        "{head:?}"
    );
    // The first line says that the subscription stands.
    assert!(chunk(&mut reader).unwrap().starts_with(b": here"));
    let shots = browser
        .call("proposals", &json!({"asset": asset, "kind": "shots"}))
        .json();
    let id = shots["proposals"][0]["id"].clone();
    assert_eq!(
        browser
            .call("decide", &json!({"ids": [id], "verdict": "reject"}))
            .status,
        200
    );
    let event = until(&mut reader, |event| names(event, "proposals"));
    assert!(names(&event, "undo"), "{event}");
}

#[test]
fn who_comes_back_is_told_to_look_at_everything() {
    let place = crate::place(false, |_options| {});
    let browser = Browser::enter(&place.served);
    let headers = [
        ("Host", browser.host.as_str()),
        ("Cookie", browser.cookie.as_str()),
        ("Last-Event-ID", "7"),
    ];
    let (_, _, mut reader) = open(browser.address, "GET", "/events", &headers, b"");
    let event = until(&mut reader, |event| names(event, "proposals"));
    assert!(
        ["assets", "asset", "jobs", "undo", "settings"]
            .iter()
            .all(|tag| names(&event, tag)),
        "{event}"
    );
}

#[test]
fn stopping_ends_the_events() {
    let place = crate::place(false, |_options| {});
    let browser = Browser::enter(&place.served);
    let headers = [
        ("Host", browser.host.as_str()),
        ("Cookie", browser.cookie.as_str()),
    ];
    let (_, _, mut reader) = open(browser.address, "GET", "/events", &headers, b"");
    assert!(chunk(&mut reader).is_some());
    place.served.stop();
    assert!(chunk(&mut reader).is_none(), "the body ends as a body ends");
    place.served.wait();
}
