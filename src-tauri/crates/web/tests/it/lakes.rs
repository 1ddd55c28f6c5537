//! Going over to another lake while pages are open.

use std::sync::Arc;

use serde_json::{Value, json};
use workstation::{OpenOptions, Workstation};

use crate::{
    Place,
    browser::{Browser, chunk, open},
    events::{names, until},
    film::with_film,
};

/// Makes a folder lake known in the home of a place.
fn other(place: &Place, name: &str) -> std::path::PathBuf {
    let dir = place.folder.path().join(name);
    let mut options = OpenOptions::new(place.folder.path().join("home")).coming_back();
    options.lake = Some(dir.clone().into());
    Workstation::open(options).unwrap().close();
    dir
}

fn id_of(browser: &Browser, name: &str) -> Value {
    let lakes = browser.call("lakes", &json!({})).json();
    let rows = lakes["lakes"].as_array().unwrap();
    let found = rows.iter().find(|row| row["name"] == name);
    found.unwrap_or_else(|| panic!("{lakes}"))["id"].clone()
}

#[test]
fn another_lake_is_opened_for_every_page_and_nothing_of_one_is_in_the_other() {
    let (place, asset) = with_film();
    other(&place, "second");
    let browser = Browser::enter(&place.served);
    let headers = [
        ("Host", browser.host.as_str()),
        ("Cookie", browser.cookie.as_str()),
    ];
    let (_, _, mut reader) = open(browser.address, "GET", "/events", &headers, b"");
    assert!(chunk(&mut reader).unwrap().starts_with(b": here"));
    let before = browser.call("hello", &json!({})).json();

    let second = id_of(&browser, "second");
    let gone = browser.call("open_lake", &json!({"id": second}));
    assert_eq!(gone.status, 200, "{:?}", gone.json());
    let event = until(&mut reader, |event| names(event, "settings"));
    assert!(names(&event, "assets") && names(&event, "undo"), "{event}");
    let after = browser.call("hello", &json!({})).json();
    assert_eq!(after["lake"]["name"], "second");
    assert_ne!(after["opening"], before["opening"]);
    let assets = browser.call("assets", &json!({})).json();
    assert_eq!(assets["assets"], json!([]));
    assert_eq!(browser.call("asset", &json!({"asset": asset})).status, 404);

    // A call of a page that still shows the lake before is not done in this one; reading is.
    let stale = |name, request: &Value| {
        let opening = before["opening"].to_string();
        browser.call_with(name, request, &[("circletake-opening", opening.as_str())])
    };
    let refused = stale("set_settings", &json!({"theme": "contrast"}));
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (409, &json!("conflict"))
    );
    assert_eq!(stale("settings", &json!({})).json()["theme"], "dark");

    // The same line goes on with the other lake: what happens there is heard.
    browser.call("set_settings", &json!({"theme": "light"}));
    until(&mut reader, |event| names(event, "settings"));

    // The lake before is closed behind the answer, and is opened again as it was left.
    let first = id_of(&browser, "Embedded lake");
    loop {
        let back = browser.call("open_lake", &json!({"id": first}));
        if back.status == 200 {
            break;
        }
        assert_eq!((back.status, &back.json()["code"]), (409, &json!("conflict")));
        std::thread::yield_now();
    }
    let assets = browser.call("assets", &json!({})).json();
    assert_eq!(assets["assets"][0]["id"], asset);
    let lakes = browser.call("lakes", &json!({})).json();
    let open: Vec<&Value> = lakes["lakes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["open"] == true)
        .collect();
    assert_eq!(open.len(), 1, "{lakes}");
    assert_eq!(open[0]["id"], first);
}

#[test]
fn a_lake_that_cannot_be_opened_leaves_the_one_that_is_open() {
    let place = crate::place(true, |_options| {});
    let dir = other(&place, "share");
    let browser = Browser::enter(&place.served);
    let share = id_of(&browser, "share");
    std::fs::remove_dir_all(&dir).unwrap();
    let before = browser.call("hello", &json!({})).json();
    let refused = browser.call("open_lake", &json!({"id": share}));
    assert_eq!(refused.status, 404);
    assert!(
        refused.json()["message"]
            .as_str()
            .unwrap()
            .contains("is not there")
    );
    assert!(!dir.exists(), "no lake is made where a share was");
    assert_eq!(
        browser.call("hello", &json!({})).json()["opening"],
        before["opening"]
    );
    assert!(Arc::ptr_eq(
        &place.workstation,
        &place.served.desk().workstation()
    ));
    assert_eq!(browser.call("open_lake", &json!({"id": "none"})).status, 404);

    let open = id_of(&browser, "Embedded lake");
    assert_eq!(browser.call("forget_lake", &json!({"id": open})).status, 409);
    assert_eq!(browser.call("forget_lake", &json!({"id": share})).status, 200);
    let lakes = browser.call("lakes", &json!({})).json();
    assert_eq!(lakes["lakes"].as_array().unwrap().len(), 1, "{lakes}");
}
