use std::{ops::ControlFlow, path::Path, time::Duration};

use media::{FilmSpec, FilmWriter};
use serde_json::json;
use timebase::Rate;
use workstation::JobState;

use crate::{Place, browser::Browser, place};

const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;
const FRAMES: u64 = 50;

/// Grey level of the block in the middle of a frame: no two frames have the same, none is near another's.
fn level(frame: u64) -> u8 {
    let step = u8::try_from(frame % 25).unwrap() * 8;
    if frame < 25 { 20 + step } else { 24 + step }
}

/// Dark upright stripes, then bright level ones, and the frame's block in the middle.
fn pixel(frame: u64, x: u32, y: u32) -> [u8; 4] {
    if x.abs_diff(WIDTH / 2) < 40 && y.abs_diff(HEIGHT / 2) < 30 {
        let grey = level(frame);
        [grey, grey, grey, 255]
    } else if frame < 25 {
        if (x / 16).is_multiple_of(2) {
            [20, 30, 70, 255]
        } else {
            [30, 50, 90, 255]
        }
    } else if (y / 12).is_multiple_of(2) {
        [220, 180, 140, 255]
    } else {
        [190, 150, 90, 255]
    }
}

pub(crate) fn write_film(path: &Path) {
    let mut film = FilmWriter::create(path, FilmSpec::new(WIDTH, HEIGHT, Rate::PAL)).unwrap();
    for frame in 0..FRAMES {
        let pixels = (0..HEIGHT).flat_map(|y| (0..WIDTH).flat_map(move |x| pixel(frame, x, y)));
        film.push_rgba(&pixels.collect::<Vec<u8>>()).unwrap();
    }
    film.finish().unwrap();
}

/// A place with one small film, ingested, and its asset's id.
pub(crate) fn with_film() -> (Place, String) {
    let place = place(true, |_options| {});
    // What comes later would change the timeline while it is looked at.
    place
        .workstation
        .set_settings(&json!({"ingest": {"second_looks": false}}))
        .unwrap();
    let film = place.folder.path().join("Take 1.mp4");
    write_film(&film);
    let intake = place.workstation.ingest(&[film]).unwrap();
    let ids: Vec<String> = intake.jobs.iter().map(|queued| queued.job.clone()).collect();
    let jobs = place
        .workstation
        .wait(&ids, Duration::from_secs(120), &mut |_job| {
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(jobs[0].state, JobState::Done, "{:?}", jobs[0].fault);
    let asset = place.workstation.assets().unwrap()[0].id.clone();
    (place, asset)
}

#[test]
fn a_film_is_served_whole_in_parts_and_frame_by_frame() {
    let (place, asset) = with_film();
    let browser = Browser::enter(&place.served);
    proxy_in_parts(&browser, &asset);
    exact_frames(&browser, &asset);
    scopes_of_frames(&browser, &asset);
    times_and_posters(&browser, &asset);
    timeline_picture(&browser, &asset);
    export(&browser, &asset);
}

fn proxy_in_parts(browser: &Browser, asset: &str) {
    let path = format!("/media/{asset}/proxy.mp4");
    let whole = browser.get(&path, &[]);
    assert_eq!(
        (whole.status, whole.header("accept-ranges")),
        (200, Some("bytes"))
    );
    assert_eq!(whole.header("content-type"), Some("video/mp4"));
    assert_eq!(&whole.body[4..8], b"ftyp");
    let length = whole.body.len();
    let part = browser.get(&path, &[("Range", "bytes=100-199")]);
    assert_eq!((part.status, part.body.as_slice()), (206, &whole.body[100..200]));
    assert_eq!(
        part.header("content-range"),
        Some(format!("bytes 100-199/{length}").as_str())
    );
    let tail = browser.get(&path, &[("Range", "bytes=-7")]);
    assert_eq!(
        (tail.status, tail.body.as_slice()),
        (206, &whole.body[length - 7..])
    );
    let outside = browser.get(&path, &[("Range", &format!("bytes={length}-"))]);
    assert_eq!(outside.status, 416);
    assert_eq!(
        outside.header("content-range"),
        Some(format!("bytes */{length}").as_str())
    );
    let etag = whole.header("etag").unwrap();
    assert_eq!(browser.get(&path, &[("If-None-Match", etag)]).status, 304);
    let resumed = browser.get(&path, &[("Range", "bytes=0-0"), ("If-Range", etag)]);
    assert_eq!((resumed.status, resumed.body.len()), (206, 1));
    let changed = browser.get(&path, &[("Range", "bytes=0-0"), ("If-Range", "\"other\"")]);
    assert_eq!((changed.status, changed.body.len()), (200, length));
    let head = browser.send("HEAD", &path, &[], b"");
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some(length.to_string().as_str()))
    );
}

fn exact_frames(browser: &Browser, asset: &str) {
    // In an order that seeks back and forth.
    for frame in [30u64, 0, 49, 24, 25, 26, 7] {
        let answer = browser.get(&format!("/media/{asset}/frame/{frame}.png?w=160&h=160"), &[]);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("image/png")),
            "frame {frame}"
        );
        let picture = stage::Picture::decode(&answer.body).unwrap();
        assert_eq!((picture.width, picture.height), (160, 90));
        let [red, _, _, _] = picture.pixel(80, 45).unwrap();
        assert!(
            red.abs_diff(level(frame)) <= 2,
            "frame {frame} is {red}, not {}",
            level(frame)
        );
        let etag = answer.header("etag").unwrap();
        let again = browser.get(
            &format!("/media/{asset}/frame/{frame}.png?w=160&h=160"),
            &[("If-None-Match", etag)],
        );
        assert_eq!((again.status, again.body.len()), (304, 0));
    }
    assert_eq!(
        browser.get(&format!("/media/{asset}/frame/50.png"), &[]).code(),
        "not-found"
    );
    assert_eq!(
        browser.get(&format!("/media/{asset}/frame/-1.png"), &[]).code(),
        "not-found"
    );
    assert_eq!(
        browser
            .get(&format!("/media/{asset}/frame/1.png?w=x"), &[])
            .code(),
        "bad-request"
    );
}

fn scopes_of_frames(browser: &Browser, asset: &str) {
    // The block's grey is a line in the middle of the pane, at its level; 6 pixels are edge, and -7 to 109 % are shown.
    let row = |frame: u64| 6.0 + (1.09 - f64::from(level(frame)) / 255.0) / 1.16 * 138.0;
    for (frame, other) in [(40_u64, 34_u64), (34, 40)] {
        let answer = browser.get(
            &format!("/media/{asset}/frame/{frame}.png?w=200&h=150&scopes=waveform&client=scopes"),
            &[],
        );
        assert_eq!(answer.status, 200, "scopes of frame {frame}");
        let picture = stage::Picture::decode(&answer.body).unwrap();
        assert_eq!((picture.width, picture.height), (200, 150));
        let lit = |row: f64| {
            let rows = row as u32 - 2..=row as u32 + 2;
            rows.map(|y| picture.pixel(100, y).unwrap()[1]).max().unwrap()
        };
        assert!(lit(row(frame)) > 90, "{} at its level", lit(row(frame)));
        assert!(lit(row(other)) < 90, "{} at another frame's", lit(row(other)));
    }
    let refused = browser.get(&format!("/media/{asset}/frame/3.png?scopes=smell"), &[]);
    assert_eq!(refused.code(), "bad-request");
}

fn times_and_posters(browser: &Browser, asset: &str) {
    let times = browser.get(&format!("/media/{asset}/frames"), &[]).body;
    assert_eq!(times.len(), 8 + 8 * FRAMES as usize);
    let word = |at: usize| u32::from_le_bytes(times[at..at + 4].try_into().unwrap());
    let time = |frame: usize| i64::from_le_bytes(times[8 + frame * 8..16 + frame * 8].try_into().unwrap());
    assert_eq!(time(0), 0);
    // Frame 25 at 25 frames a second is at one second exactly.
    assert_eq!(time(25) * i64::from(word(0)), i64::from(word(4)));
    let poster = browser.get(&format!("/media/{asset}/poster.jpg"), &[]);
    assert_eq!(
        (poster.status, poster.header("content-type")),
        (200, Some("image/jpeg"))
    );
    // Nothing in it is flagged; covered, only its light is left.
    let shielded = |shield: &str| browser.get(&format!("/media/{asset}/poster.jpg?shield={shield}"), &[]);
    assert_eq!(shielded("flagged").body, poster.body);
    let covered = stage::Picture::decode(&shielded("all").body).unwrap();
    let colourful = |picture: &stage::Picture| {
        picture
            .rgba
            .chunks_exact(4)
            .filter(|pixel| pixel[0].abs_diff(pixel[2]) > 20)
            .count()
    };
    assert_eq!(colourful(&covered), 0);
    assert!(colourful(&stage::Picture::decode(&poster.body).unwrap()) > 1000);
    assert_eq!(shielded("mud").code(), "bad-request");
    let detail = browser.call("asset", &json!({"asset": asset})).json();
    let picture = stage::Picture::decode(&poster.body).unwrap();
    assert_eq!(json!(picture.width), detail["sprites"]["tile_width"]);
    assert_eq!(
        browser
            .get(&format!("/media/{asset}/sprites-000.jpg"), &[])
            .status,
        200
    );
}

fn timeline_picture(browser: &Browser, asset: &str) {
    let query = format!(
        "asset={asset}&start_secs=0&px_per_sec=200&width_px=600&height_px=200&scale=2&scroll_px=0&theme=dark"
    );
    let path = format!("/stage/timeline.png?{query}");
    let first = browser.get(&path, &[]);
    if first.status == 503 {
        println!(
            "the timeline's picture was not tested: {}",
            first.json()["message"]
        );
        return;
    }
    assert_eq!(first.status, 200, "{}", String::from_utf8_lossy(&first.body));
    let picture = stage::Picture::decode(&first.body).unwrap();
    assert_eq!((picture.width, picture.height), (1200, 400));
    let etag = first.header("etag").unwrap();
    assert_eq!(
        browser.get(&path, &[("If-None-Match", etag)]).status,
        304,
        "nothing changed"
    );

    let view = json!({"asset": asset, "start_secs": 0.0, "px_per_sec": 200.0, "width_px": 600, "height_px": 200,
        "scale": 2.0, "scroll_px": 0.0, "selected": null, "theme": "dark"});
    let layout = browser.call("timeline", &json!({ "view": view })).json();
    let shots: Vec<_> = layout["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["kind"] == "shots")
        .collect();
    assert_eq!(shots.len(), 2, "{layout}");
    assert_eq!(
        (&shots[0]["state"], &shots[0]["label"]),
        (&json!("open"), &json!("1"))
    );

    let id = shots[0]["proposal"].as_str().unwrap();
    let decided = browser.call("decide", &json!({"ids": [id], "verdict": "circle"}));
    assert_eq!(decided.status, 200, "{}", decided.json());
    let circled = browser.get(&path, &[("If-None-Match", etag)]);
    assert_eq!(circled.status, 200, "the verdict is drawn");
    assert_ne!(circled.body, first.body);
    let layout = browser.call("timeline", &json!({ "view": view })).json();
    let state = layout["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["proposal"] == *id)
        .unwrap()["state"]
        .clone();
    assert_eq!(state, "circled");
}

fn export(browser: &Browser, asset: &str) {
    let shots = browser
        .call("proposals", &json!({"asset": asset, "kind": "shots"}))
        .json();
    let ids: Vec<_> = shots["proposals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    assert_eq!(
        browser
            .call("decide", &json!({"ids": ids, "verdict": "circle"}))
            .status,
        200
    );
    let made = browser
        .call("export", &json!({"asset": asset, "what": "shots", "to": "edl"}))
        .json();
    assert_eq!(made["items"], 2, "{made}");
    let file = browser.get(&format!("/exports/{}", made["export_id"].as_str().unwrap()), &[]);
    assert_eq!(file.status, 200);
    assert!(
        file.header("content-disposition")
            .unwrap()
            .starts_with("attachment")
    );
    let text = String::from_utf8(file.body).unwrap();
    assert!(
        text.contains("00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00"),
        "{text}"
    );
    assert!(
        text.contains("00:00:01:00 00:00:02:00 01:00:01:00 01:00:02:00"),
        "{text}"
    );
    assert_eq!(text.matches("FROM CLIP NAME: Take 1").count(), 2, "{text}");
    let losses = browser.get(
        &format!("/exports/{}/losses", made["export_id"].as_str().unwrap()),
        &[],
    );
    // A reel has eight characters and no space.
    let lost = made["losses"][0].as_str().unwrap();
    assert!(lost.starts_with("the reel of Take 1"), "{made}");
    assert_eq!(losses.status, 200);
    let said = losses.header("content-disposition").unwrap().to_owned();
    assert!(said.contains(".edl.losses.json"), "{said}");
    assert_eq!(losses.json()["losses"], made["losses"]);
    let none = browser.get("/exports/0123456789abcdef0123456789abcdef/losses", &[]);
    assert_eq!(none.status, 404);
}
