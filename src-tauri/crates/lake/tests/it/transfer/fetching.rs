use std::path::Path;

use lake::{
    Key, Lake, LakeError, Put,
    faults::{Fuse, Outage, Weather},
    transfer::{Digest, Fetching, TransferError, forget},
};

use super::{MIB, Set, film, key, killed_after, names};

fn fetching(key: &Key, target: &Path) -> Fetching {
    Fetching {
        key: key.clone(),
        target: target.to_path_buf(),
        digest: None,
        size_bytes: None,
        urgent: false,
        filling: None,
    }
}

#[tokio::test]
async fn objects_of_all_sizes_become_files() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("film.mov");
    for length in [0, 1, 8 * MIB, 8 * MIB + 1, 20 * MIB + 5] {
        let set = Set::new(1);
        let body = film(length, 1);
        let key = key("proxy/ab/film.mov");
        set.store.put(&key, body.clone(), Put::CreateOnly).await.unwrap();
        for size_bytes in [None, Some(length as u64), Some(7)] {
            let mut fetching = fetching(&key, &target);
            fetching.size_bytes = size_bytes;
            fetching.digest = Some(Digest::from(blake3::hash(&body)));
            let fetched = set.line().fetch(&fetching).await.unwrap();
            assert_eq!(fetched.hash, blake3::hash(&body), "{length}");
            assert_eq!(fetched.info.size_bytes, length as u64);
            assert!(std::fs::read(&target).unwrap() == body, "{length}");
            assert_eq!(names(dir.path()), ["film.mov"], "{length}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_right_leaves_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("film.mov");
    std::fs::write(&target, "before").unwrap();
    let set = Set::new(1);
    let absent = set.line().fetch(&fetching(&key("none"), &target)).await;
    assert!(matches!(absent, Err(TransferError::Lake(LakeError::NotFound(_)))));
    for length in [10, 9 * MIB] {
        let key = key(&format!("{length}"));
        set.store
            .put(&key, film(length, 1), Put::CreateOnly)
            .await
            .unwrap();
        let mut wrong = fetching(&key, &target);
        wrong.digest = Some(Digest::from(blake3::hash(b"promised")));
        let other = set.line().fetch(&wrong).await;
        assert!(
            matches!(other, Err(TransferError::OtherBytes { .. })),
            "{other:?}"
        );
    }
    assert_eq!(std::fs::read(&target).unwrap(), b"before");
    assert_eq!(names(dir.path()), ["film.mov"]);
}

#[tokio::test]
async fn a_fetch_goes_on_after_a_kill_at_any_moment() {
    let dir = tempfile::tempdir().unwrap();
    let (target, key) = (dir.path().join("film.mov"), key("film.mov"));
    let body = film(10 * MIB + 3, 1);
    let (mut gone_on, mut kills) = (0, 0);
    for waits in 0.. {
        let set = Set::new(waits as u64);
        set.store.put(&key, body.clone(), Put::CreateOnly).await.unwrap();
        // Time passes, so that what came is noted.
        set.faulty.set_weather(Weather {
            slow: 1000,
            slow_millis_max: 60_000,
            ..Weather::default()
        });
        let fetching = fetching(&key, &target);
        let killed = killed_after(waits, set.line().fetch(&fetching)).await.is_none();
        let before = set.faulty.calls().get("get_range").copied().unwrap_or_default();
        assert!(
            !target.exists() || std::fs::read(&target).unwrap() == body,
            "{waits}"
        );
        let fetched = set.line().fetch(&fetching).await.unwrap();
        assert_eq!(fetched.hash, blake3::hash(&body), "{waits}");
        assert!(std::fs::read(&target).unwrap() == body, "{waits}");
        assert_eq!(names(dir.path()), ["film.mov"], "{waits}");
        if killed && set.faulty.calls()["get_range"] - before < 11 {
            gone_on += 1;
        }
        std::fs::remove_file(&target).unwrap();
        if !killed {
            break;
        }
        kills += 1;
    }
    println!("{gone_on} of {kills} kills left something to go on with");
    assert!(
        gone_on > 2,
        "{gone_on} of {kills} kills left something to go on with"
    );
}

#[tokio::test]
async fn another_version_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (target, key) = (dir.path().join("film.mov"), key("film.mov"));
    let (old, new) = (film(10 * MIB, 1), film(10 * MIB, 2));
    // Between two runs.
    for step in [4, 10, 18, 22] {
        let set = Set::new(1);
        set.faulty.set_weather(Weather {
            slow: 1000,
            slow_millis_max: 5000,
            ..Weather::default()
        });
        set.store.put(&key, old.clone(), Put::Replace).await.unwrap();
        set.faulty.set_fuse(Fuse::after(step));
        let stopped = set.line().fetch(&fetching(&key, &target)).await;
        assert!(stopped.is_err() || step == 22, "{step}");
        set.faulty.set_fuse(Fuse::endless());
        set.store.put(&key, new.clone(), Put::Replace).await.unwrap();
        set.line().fetch(&fetching(&key, &target)).await.unwrap();
        assert!(std::fs::read(&target).unwrap() == new, "{step}");
    }
    // Within one.
    let set = Set::new(1);
    set.store.put(&key, old.clone(), Put::Replace).await.unwrap();
    let (store, faulty) = (set.store.clone(), set.faulty.clone());
    let replacing = async {
        while faulty.calls().get("get_range").copied().unwrap_or_default() < 2 {
            tokio::task::yield_now().await;
        }
        store.put(&key, new.clone(), Put::Replace).await.unwrap();
    };
    let wanted = fetching(&key, &target);
    let line = set.line();
    let (fetched, ()) = tokio::join!(line.fetch(&wanted), replacing);
    let hash = fetched.unwrap().hash;
    let is = std::fs::read(&target).unwrap();
    assert_eq!(hash, blake3::hash(&is));
    assert!(is == new || is == old, "never a mix");
    assert_eq!(names(dir.path()), ["film.mov"]);
}

#[tokio::test]
async fn in_any_weather_what_is_there_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (target, key) = (dir.path().join("film.mov"), key("film.mov"));
    for seed in 0..40 {
        let set = Set::new(seed);
        let body = film(if seed % 4 == 0 { 9 * MIB } else { 1000 }, 1);
        set.store.put(&key, body.clone(), Put::CreateOnly).await.unwrap();
        // Wrong bytes too, since their hash is known.
        set.faulty.set_weather(Weather {
            flipped: 30,
            truncated: 50,
            ..Weather::STORMY
        });
        let wanted = Fetching {
            digest: Some(Digest::from(blake3::hash(&body))),
            ..fetching(&key, &target)
        };
        let mut tries = 0;
        while let Err(error) = set.line().fetch(&wanted).await {
            tries += 1;
            assert!(tries < 30, "{seed}: {error:?}");
            assert!(!target.exists(), "{seed}");
        }
        assert!(std::fs::read(&target).unwrap() == body, "{seed}");
        assert_eq!(names(dir.path()), ["film.mov"], "{seed}");
        std::fs::remove_file(&target).unwrap();
    }
}

#[tokio::test]
async fn one_file_is_fetched_by_one_at_a_time_and_can_be_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let (target, key) = (dir.path().join("film.mov"), key("film.mov"));
    let set = Set::new(1);
    set.store
        .put(&key, film(9 * MIB, 1), Put::CreateOnly)
        .await
        .unwrap();
    // Held by somebody who gets no turn.
    let first = tokio::spawn({
        let (lake, pace) = (set.lake.clone(), set.pace.clone());
        let wanted = fetching(&key, &target);
        let faulty = set.faulty.clone();
        async move {
            let pauses = |progress: lake::transfer::Progress| {
                if progress.done_bytes > 0 {
                    faulty.set_outage(Some(Outage::Busy));
                }
            };
            let line = lake::transfer::Line {
                lake: &lake,
                pace: &pace,
                told: &pauses,
            };
            line.fetch(&wanted).await
        }
    });
    while !dir.path().join(".").read_dir().unwrap().any(|_| true) {
        tokio::task::yield_now().await;
    }
    let other_pace = Set::new(2);
    let line = lake::transfer::Line {
        lake: &(set.store.clone() as std::sync::Arc<dyn Lake>),
        pace: &other_pace.pace,
        told: &super::nothing_told,
    };
    let second = line.fetch(&fetching(&key, &target)).await;
    assert!(
        matches!(second, Err(TransferError::UnderWay(_))) || target.exists(),
        "{second:?}"
    );
    let ended = first.await.unwrap();
    assert!(ended.is_err() || target.exists());
    forget(&target).await.unwrap();
    assert!(names(dir.path()).iter().all(|name| name == "film.mov"));
}
