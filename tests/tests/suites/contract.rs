//! What scripts rely on: fields, exit statuses, names that mean harm.

use std::fs;

use serde_json::Value;

use crate::support::{Home, film};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[track_caller]
fn has(value: &Value, wanted: &[&str]) {
    let found = keys(value);
    for key in wanted {
        assert!(found.contains(key), "{key} is missing in {found:?}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story in the order a person lives it")]
fn a_film_goes_in_is_decided_on_and_leaves() {
    let home = Home::new();
    let clip = home.dir.path().join("Reel 1.mp4");
    film(&clip, 1, 3, 30);
    let clip_text = clip.to_str().unwrap();
    let ingested = home.json(&["ingest", clip_text]);
    assert_eq!(ingested["refused"], serde_json::json!([]), "{ingested}");
    let asset = ingested["done"][0]["asset"].as_str().unwrap().to_owned();
    assert_eq!(home.json(&["ingest", clip_text])["done"][0]["already"], true);

    let assets = home.json(&["assets"]);
    has(
        &assets[0],
        &[
            "id",
            "title",
            "source",
            "duration_secs",
            "frame_count",
            "frame_rate",
            "vfr",
            "start_timecode",
            "drop_frame",
            "width",
            "height",
            "video_codec",
            "audio_channels",
            "state",
        ],
    );
    assert_eq!(
        (
            &assets[0]["frame_count"],
            &assets[0]["frame_rate"],
            &assets[0]["state"]
        ),
        (&90.into(), &"25/1".into(), &"ready".into())
    );
    has(
        &home.json(&["show", &asset[..8]]),
        &["size_bytes", "audio", "proxy", "loudness", "notes"],
    );

    let shots = home.json(&["proposals", &asset, "--kind", "shots"]);
    has(
        &shots[0],
        &[
            "id",
            "asset",
            "kind",
            "start_frame",
            "end_frame",
            "start_secs",
            "end_secs",
            "state",
            "confidence",
            "engine",
            "model",
            "payload",
        ],
    );
    let starts: Vec<u64> = shots
        .as_array()
        .unwrap()
        .iter()
        .map(|shot| shot["start_frame"].as_u64().unwrap())
        .collect();
    assert_eq!(starts, [0, 30, 60]);
    assert_eq!(shots[1]["start_secs"], 1.2);

    let preview = home.json(&[
        "decide",
        "--where",
        "kind=shots and start_frame>=30",
        "--circle",
        "--dry-run",
    ]);
    assert_eq!(preview["by_kind"]["shots"], 2);
    let first = shots[0]["id"].as_str().unwrap();
    let decided = home.json(&[
        "decide",
        "--where",
        "kind=shots and start_frame>=30",
        "--circle",
        "--note",
        "keep",
    ]);
    assert_eq!(decided["changed"].as_array().unwrap().len(), 2);
    assert_eq!(decided["undo"]["undo_label"], "Circle 2 shots");
    let edit = r#"{"start_frame":3,"end_frame":20}"#;
    assert_eq!(
        home.json(&["decide", &first[..10], "--circle", "--edit", edit])["changed"][0]["state"],
        "circled"
    );
    assert_eq!(home.json(&["undo"])["changed"][0]["state"], "open");
    assert_eq!(home.json(&["redo"])["changed"][0]["state"], "circled");

    let edl = home.dir.path().join("out.edl");
    let exported = home.json(&["export", &asset, "--to", "edl", "-o", edl.to_str().unwrap()]);
    assert_eq!(exported["items"], 3);
    assert!(
        fs::read_to_string(&edl)
            .unwrap()
            .contains("00:00:00:03 00:00:00:20"),
        "the edited shot leaves as edited"
    );
}

#[test]
fn an_export_makes_no_folder() {
    let home = Home::new();
    let clip = home.dir.path().join("Reel 1.mp4");
    film(&clip, 1, 2, 25);
    let ingested = home.json(&["ingest", clip.to_str().unwrap()]);
    let asset = ingested["done"][0]["asset"].as_str().unwrap();
    home.json(&["decide", "--where", "kind=shots", "--circle"]);
    let nowhere = home.dir.path().join("no such folder");
    for target in [nowhere.join("out.edl"), nowhere.join("")] {
        let refused = home.run(&["export", asset, "--to", "edl", "-o", target.to_str().unwrap()]);
        assert_eq!(refused.status, 1, "{refused:?}");
        assert!(refused.stderr.contains("no such folder"), "{}", refused.stderr);
    }
    assert!(!nowhere.exists(), "a slip of the keyboard leaves no folder");
}

#[test]
fn cues_come_in_as_one_act_and_leave_again() {
    let home = Home::new();
    let clip = home.dir.path().join("talk.mp4");
    film(&clip, 2, 2, 50);
    let asset = home.json(&["ingest", "--proxies-only", clip.to_str().unwrap()])["done"][0]["asset"]
        .as_str()
        .unwrap()
        .to_owned();
    let sidecar = home.dir.path().join("talk.srt");
    fs::write(&sidecar, "1\n00:00:00,400 --> 00:00:01,400\nHello\nthere\n\n2\n00:00:02,000 --> 00:00:03,000\nBye\n\n3\n01:00:00,000 --> 01:00:01,000\nToo late\n").unwrap();
    let imported = home.json(&["import", &asset, sidecar.to_str().unwrap()]);
    assert_eq!(imported["cues"], 2);
    assert_eq!(imported["losses"].as_array().unwrap().len(), 1, "{imported}");
    let circled = home.json(&["proposals", &asset, "--kind", "cues", "--state", "circled"]);
    assert_eq!(circled.as_array().unwrap().len(), 2);
    assert_eq!(circled[0]["start_frame"], 10);
    let out = home.dir.path().join("out.vtt");
    home.json(&["export", &asset, "--to", "vtt", "-o", out.to_str().unwrap()]);
    let text = fs::read_to_string(out).unwrap();
    assert!(
        text.contains("Hello\nthere") && text.contains("00:00:02.000 --> 00:00:03.000"),
        "{text}"
    );
    assert_eq!(
        home.json(&["undo"])["changed"].as_array().unwrap().len(),
        2,
        "one act"
    );
}

#[test]
fn the_exit_status_says_how_it_went() {
    let home = Home::new();
    let good = home.dir.path().join("good.mp4");
    film(&good, 3, 1, 12);
    let bad = home.dir.path().join("bad.mp4");
    fs::write(&bad, b"this is no film at all, only text that pretends").unwrap();
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());

    let part = home.run(&[
        "--json",
        "ingest",
        "--proxies-only",
        bad,
        "/nowhere/at/all.mov",
        good,
    ]);
    assert_eq!(part.status, 3, "{part:?}");
    assert_eq!(part.json["done"].as_array().unwrap().len(), 1);
    let refused = part.json["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 2);
    for refusal in refused {
        has(refusal, &["path", "code", "message"]);
        assert!(!refusal["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(refused[0]["code"], "not-found");
    assert_eq!(refused[1]["code"], "not-media");

    let none = home.run(&["--json", "ingest", "/nowhere/at/all.mov"]);
    assert_eq!(none.status, 1, "nothing was done: {none:?}");
    assert_eq!(none.json["refused"][0]["code"], "not-found");
    let said = home.run(&["ingest", "/nowhere/at/all.mov"]);
    assert_eq!((said.status, said.stdout.as_str()), (1, ""), "{said:?}");
    assert!(said.stderr.contains("/nowhere/at/all.mov"), "{}", said.stderr);

    let failed = home.run(&["--json", "show", "ffffffff"]);
    assert_eq!(
        (failed.status, &failed.json["fault"]["code"]),
        (1, &"not-found".into()),
        "{failed:?}"
    );
    assert!(failed.stderr.starts_with("circletake: "), "{}", failed.stderr);
    assert_eq!(home.run(&["undo"]).status, 1, "nothing to undo");
    assert_eq!(
        home.run(&["decide", "--where", "colour=red", "--circle"]).status,
        1
    );
    let elsewhere = home.run(&["--lake", "gs://bucket/prefix", "assets"]);
    assert_eq!(elsewhere.status, 1);
    assert!(elsewhere.stderr.contains("s3://bucket"), "{}", elsewhere.stderr);
    for usage in [
        &["publish"][..],
        &["decide"],
        &["decide", "abc"],
        &["ingest"],
        &["export", "x"],
        &["--colour"],
    ] {
        assert_eq!(home.run(usage).status, 2, "{usage:?}");
    }
}

#[cfg(unix)]
#[test]
fn names_that_mean_harm_are_only_names() {
    use std::os::unix::ffi::OsStrExt as _;
    let home = Home::new();
    let folder = home.dir.path().join("card");
    fs::create_dir(&folder).unwrap();
    let long = [vec![b'n'; 251], b".mp4".to_vec()].concat();
    let names: [&[u8]; 6] = [
        b"new\nline.mp4",
        b"\xff\xfe not text.mp4",
        b"-rf.mp4",
        b"a..%2f..%2fetc.mp4",
        "Ünï ☃.mp4".as_bytes(),
        &long,
    ];
    for (seed, name) in (10u32..).zip(names) {
        let plain = home.dir.path().join("film.mp4");
        film(&plain, seed, 1, 6);
        fs::rename(&plain, folder.join(std::ffi::OsStr::from_bytes(name))).unwrap();
    }
    std::os::unix::fs::symlink(&folder, folder.join("loop")).unwrap();
    let said = home.run(&["--json", "ingest", "--proxies-only", folder.to_str().unwrap()]);
    assert_eq!(said.status, 0, "{said:?}");
    let done = said.json["done"].as_array().unwrap();
    assert_eq!(done.len(), names.len());
    for file in done {
        let path = file["path"].as_str().unwrap();
        assert!(!path.chars().any(char::is_control), "{path:?}");
    }
    let again = home.json(&["ingest", folder.to_str().unwrap(), "--proxies-only"]);
    assert!(
        again["done"]
            .as_array()
            .unwrap()
            .iter()
            .all(|file| file["already"] == true),
        "{again}"
    );
    let table = home.run(&["assets"]);
    assert_eq!(table.stdout.lines().count(), names.len() + 1, "{}", table.stdout);
}

#[test]
fn the_catalog_can_be_thrown_away() {
    let home = Home::new();
    let clip = home.dir.path().join("clip.mp4");
    film(&clip, 4, 2, 20);
    home.json(&["ingest", "--proxies-only", clip.to_str().unwrap()]);
    home.json(&["decide", "--where", "kind=shots", "--circle"]);
    let before = home.json(&["proposals"]);
    let rebuilt = home.json(&["doctor", "--rebuild"]);
    assert!(rebuilt["rebuilt"]["entries"].as_u64().unwrap() > 0, "{rebuilt}");
    assert_eq!(home.json(&["proposals"]), before);
    for file in fs::read_dir(home.path()).unwrap().flatten() {
        if file.file_name().to_string_lossy().starts_with("catalog.db") {
            fs::remove_file(file.path()).unwrap();
        }
    }
    assert_eq!(home.json(&["proposals"]), before, "also without being asked to");
}

#[test]
fn doctor_says_what_there_is_and_the_bundle_names_nobody() {
    let home = Home::new();
    let bundle = home.dir.path().join("report.zip");
    let doctor = home.json(&["doctor", "--bundle", bundle.to_str().unwrap()]);
    for check in doctor["checks"].as_array().unwrap() {
        has(check, &["area", "title", "state", "words", "hint"]);
    }
    let bytes = fs::read(bundle).unwrap();
    let own = home.dir.path().to_str().unwrap().as_bytes();
    assert!(
        !bytes.windows(own.len()).any(|window| window == own),
        "the bundle shows where the person's files lie"
    );
}
