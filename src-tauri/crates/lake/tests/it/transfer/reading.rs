use std::{io, path::Path, time::Duration};

use lake::{
    Key, Lake, Put,
    faults::Weather,
    transfer::{Fetching, Filling, Reading},
};

use super::{MIB, Set, film, key, killed_after};

const LENGTH: usize = 40 * MIB + 7;

async fn set_with(body: &[u8]) -> Set {
    let set = Set::new(1);
    set.store
        .put(&key("film.mov"), body.to_vec(), Put::Replace)
        .await
        .unwrap();
    set.faulty.set_weather(Weather {
        slow: 1000,
        slow_millis_max: 5000,
        ..Weather::default()
    });
    set
}

fn fetching(key: Key, target: &Path, filling: &std::sync::Arc<Filling>) -> Fetching {
    Fetching {
        key,
        target: target.to_path_buf(),
        digest: None,
        size_bytes: Some(filling.size_bytes()),
        urgent: false,
        filling: Some(filling.clone()),
    }
}

/// Reads on until what is there ends.
fn read_on(reading: &Reading, mut at: u64) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 100_000];
    while let Some(count) = reading.read_at(&mut buffer, at).unwrap() {
        if count == 0 {
            break;
        }
        all.extend_from_slice(&buffer[..count]);
        at += count as u64;
    }
    all
}

#[tokio::test]
async fn what_somebody_stands_at_comes_first_and_the_rest_behind_it() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("film.mov");
    let body = film(LENGTH, 1);
    let set = set_with(&body).await;
    let filling = Filling::new(LENGTH as u64);
    let reading = filling.reader();
    for stand in [30 * MIB, 3 * MIB] {
        assert_eq!(reading.read_at(&mut [0; 9], stand as u64).unwrap(), None);
        let asked = || set.faulty.calls().get("get_range").copied().unwrap_or_default();
        let before = asked();
        for waits in 1.. {
            let fetching = fetching(key("film.mov"), &target, &filling);
            let ended = killed_after(waits, set.line().fetch(&fetching)).await;
            let read = read_on(&reading, stand as u64);
            if !read.is_empty() {
                assert!(body[stand..].starts_with(&read), "{stand}");
                break;
            }
            assert!(ended.is_none(), "the rest came before it: {ended:?}");
        }
        // What a broken-off fetch had not noted is asked for again: far fewer than all 81 all the same.
        assert!(asked() - before < 30, "{} requests", asked() - before);
    }
    let fetched = set
        .line()
        .fetch(&fetching(key("film.mov"), &target, &filling))
        .await
        .unwrap();
    assert_eq!(fetched.hash, blake3::hash(&body));
    assert!(read_on(&reading, 0) == body && std::fs::read(&target).unwrap() == body);
    assert_eq!(reading.read_at(&mut [0; 9], LENGTH as u64).unwrap(), Some(0));
    assert!(filling.is_read());
    drop(reading);
    assert!(!filling.is_read());
}

#[tokio::test]
async fn what_will_not_come_is_told_and_a_file_that_is_kept_is_read() {
    let filling = Filling::new(5);
    let reading = filling.reader();
    // Nobody brings it: the wait ends by itself.
    reading.wait(0, Duration::from_millis(1));
    assert_eq!(reading.read_at(&mut [0; 5], 0).unwrap(), None);
    filling.fail(io::ErrorKind::InvalidData);
    reading.wait(0, Duration::from_secs(3600));
    assert_eq!(
        reading.read_at(&mut [0; 5], 0).unwrap_err().kind(),
        io::ErrorKind::InvalidData
    );

    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("kept");
    std::fs::write(&kept, b"whole").unwrap();
    let filling = Filling::new(5);
    let reading = filling.reader();
    filling.is_whole(std::fs::File::open(&kept).unwrap());
    assert_eq!(read_on(&reading, 0), b"whole");
}

#[tokio::test]
async fn another_version_is_not_mixed_with_what_was_read() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("film.mov");
    let set = set_with(&film(LENGTH, 1)).await;
    let filling = Filling::new(LENGTH as u64 - 1);
    let reading = filling.reader();
    set.line()
        .fetch(&fetching(key("film.mov"), &target, &filling))
        .await
        .unwrap();
    assert!(reading.read_at(&mut [0; 9], 0).is_err());
}
