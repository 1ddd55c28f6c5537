use std::{
    io::Write as _,
    net::TcpStream,
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::{browser::Browser, film::write_film, place};

fn incoming(place: &crate::Place) -> Vec<PathBuf> {
    let Ok(folders) = std::fs::read_dir(place.workstation.incoming_dir()) else {
        return Vec::new();
    };
    folders.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_film_comes_in_through_the_browser() {
    // Without workers, so that the job is still waiting when it is looked at.
    let place = place(false, |_options| {});
    let browser = Browser::enter(&place.served);
    let film = place.folder.path().join("film.mp4");
    write_film(&film);
    let bytes = std::fs::read(&film).unwrap();
    let answer = browser.send(
        "POST",
        "/upload?name=Take%202%20%E2%80%93%20wide.mp4",
        &[],
        &bytes,
    );
    assert_eq!(answer.status, 200, "{}", answer.json());
    let jobs = answer.json()["jobs"].clone();
    assert_eq!(jobs.as_array().unwrap().len(), 1);
    let job = place.workstation.job(jobs[0].as_str().unwrap()).unwrap();
    assert_eq!(
        (job.kind.as_str(), job.title.contains("Take 2")),
        ("ingest", true),
        "{}",
        job.title
    );
    let kept = incoming(&place);
    assert_eq!(kept.len(), 1);
    assert_eq!(std::fs::read(kept[0].join("Take 2 – wide.mp4")).unwrap(), bytes);
    assert_eq!(
        std::fs::read_dir(&kept[0]).unwrap().count(),
        1,
        "no part of it stays beside it"
    );
}

#[test]
fn what_may_not_come_in_leaves_nothing() {
    let place = place(false, |options| options.upload_max_bytes = 1000);
    let browser = Browser::enter(&place.served);
    for name in [
        "",
        "..",
        "..%2Fevil.mp4",
        "a%5Cb.mp4",
        "a%00.mp4",
        ".hidden",
        "a%0Ab",
    ] {
        let answer = browser.send("POST", &format!("/upload?name={name}"), &[], b"data");
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "hostile-name"),
            "{name}"
        );
    }
    assert_eq!(
        browser.send("POST", "/upload?name=a.mp4", &[], b"").code(),
        "empty-media"
    );
    assert_eq!(
        browser.send("POST", "/upload?name=a.mp4", &[], &[0; 1001]).code(),
        "beyond-limits"
    );
    // Nobody says how long it is: the limit holds all the same.
    let mut body = b"3e9\r\n".to_vec();
    body.extend_from_slice(&[0; 1001]);
    body.extend_from_slice(b"\r\n0\r\n\r\n");
    let chunked = [("Transfer-Encoding", "chunked")];
    let answer = browser.send("POST", "/upload?name=a.mp4", &chunked, &body);
    assert_eq!(answer.code(), "beyond-limits");
    assert_eq!(incoming(&place), Vec::<PathBuf>::new());
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing_at_once() {
    let place = place(false, |_options| {});
    let browser = Browser::enter(&place.served);
    let mut stream = TcpStream::connect(browser.address).unwrap();
    let head = format!(
        "POST /upload?name=a.mp4 HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nOrigin: {}\r\nContent-Length: 4000000\r\n\r\n",
        browser.host, browser.cookie, browser.origin
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&[7; 400_000]).unwrap();
    wait_until("a part of the file is there", || !incoming(&place).is_empty());
    // As a browser does whose person cancels: the line is simply gone.
    drop(stream);
    wait_until("nothing of it is there", || incoming(&place).is_empty());
    assert!(place.workstation.jobs().unwrap().is_empty());
}

/// Looks again until it holds; what never comes to pass fails.
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{what}: not within 20 s"
        );
        std::thread::yield_now();
    }
}
