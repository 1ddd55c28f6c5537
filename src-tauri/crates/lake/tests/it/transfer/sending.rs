use std::{io::Write as _, path::Path};

use lake::{
    FolderLake, Key, Lake, LakeError, Put,
    faults::{Fuse, Outage, Weather},
    transfer::{Digest, Line, NoSlip, Sending, TransferError},
};

use super::{MIB, Paper, Set, file, film, key};

fn sending(key: &Key, source: &Path, mode: Put) -> Sending {
    Sending {
        key: key.clone(),
        source: source.to_path_buf(),
        mode,
        digest: None,
        urgent: false,
        resume: None,
    }
}

#[tokio::test]
async fn files_of_all_sizes_arrive_and_are_hashed() {
    let dir = tempfile::tempdir().unwrap();
    for length in [0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 24 * MIB, 27 * MIB + 5] {
        let set = Set::new(1);
        let body = film(length, 1);
        let source = file(dir.path(), "film.mov", &body);
        let key = key("raw/ab/film.mov");
        let mut sending = sending(&key, &source, Put::CreateOnly);
        sending.digest = Some(Digest::from(blake3::hash(&body)));
        let sent = set.line().send(&sending, &NoSlip).await.unwrap();
        assert_eq!(sent.hash, blake3::hash(&body), "{length}");
        assert_eq!((sent.info.size_bytes, sent.was_there), (length as u64, false));
        assert_eq!(set.store.get(&key).await.unwrap().bytes, body, "{length}");
        let parts = set.faulty.calls().get("put_part").copied().unwrap_or_default();
        let expected = if length <= 8 * MIB {
            0
        } else {
            length.div_ceil(8 * MIB)
        };
        assert_eq!(parts, expected as u64, "{length}");
        // Once more: it is there.
        let again = set.line().send(&sending, &NoSlip).await.unwrap();
        assert!(again.was_there, "{length}");
        assert!(set.store.uploads("").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn other_bytes_are_a_clash_and_stay() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::new(1);
    for (name, there, mine) in [
        ("a", film(5, 1), film(5, 2)),
        ("b", film(5, 1), film(6, 2)),
        ("c", film(9 * MIB, 1), film(9 * MIB, 2)),
        ("d", film(5, 1), film(9 * MIB, 2)),
    ] {
        let key = key(name);
        set.store.put(&key, there.clone(), Put::CreateOnly).await.unwrap();
        let source = file(dir.path(), name, &mine);
        let created = sending(&key, &source, Put::CreateOnly);
        let clash = set.line().send(&created, &NoSlip).await;
        assert!(
            matches!(&clash, Err(TransferError::Clash(at)) if *at == key),
            "{name} {clash:?}"
        );
        assert_eq!(set.store.get(&key).await.unwrap().bytes, there, "{name}");
        assert!(set.store.uploads("").await.unwrap().is_empty(), "{name}");
        let replacing = sending(&key, &source, Put::Replace);
        set.line().send(&replacing, &NoSlip).await.unwrap();
        assert_eq!(set.store.get(&key).await.unwrap().bytes, mine, "{name}");
    }
}

#[tokio::test]
async fn what_changes_while_it_is_sent_does_not_arrive() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::new(1);
    let key = key("raw/ab/film.mov");
    let source = file(dir.path(), "film.mov", &film(40 * MIB, 1));
    let grows = |progress: lake::transfer::Progress| {
        if progress.done_bytes > 0 {
            let mut file = std::fs::OpenOptions::new().append(true).open(&source).unwrap();
            file.write_all(b"more").unwrap();
        }
    };
    let line = Line {
        told: &grows,
        ..set.line()
    };
    let paper = Paper::default();
    let changed = line.send(&sending(&key, &source, Put::CreateOnly), &paper).await;
    assert!(
        matches!(changed, Err(TransferError::SourceChanged(_))),
        "{changed:?}"
    );
    assert!(set.store.list("", None, 1).await.unwrap().objects.is_empty());
    assert!(set.store.uploads("").await.unwrap().is_empty());
    assert_eq!(paper.read(), None);
    // Nor do bytes that are not the promised ones.
    for length in [5, 9 * MIB] {
        let source = file(dir.path(), "other.mov", &film(length, 1));
        let mut sending = sending(&key, &source, Put::CreateOnly);
        sending.digest = Some(Digest::from(blake3::hash(b"promised")));
        let other = set.line().send(&sending, &paper).await;
        assert!(
            matches!(other, Err(TransferError::OtherBytes { .. })),
            "{other:?}"
        );
        assert!(set.store.list("", None, 1).await.unwrap().objects.is_empty());
        assert!(set.store.uploads("").await.unwrap().is_empty());
    }
}

/// Dies at every step in turn: before and after every call and every note. Whoever goes on with what was noted gets the whole file
/// into the lake, and sends no part twice but those that were on their way.
async fn dies_at_every_step(set: &Set, body: &[u8], mode: Put) {
    let dir = tempfile::tempdir().unwrap();
    let source = file(dir.path(), "film.mov", body);
    for step in 0.. {
        let key = key(&format!("raw/{step}/film.mov"));
        if mode == Put::Replace {
            set.store
                .put(&key, b"before".to_vec(), Put::CreateOnly)
                .await
                .unwrap();
        }
        let paper = Paper::default();
        let fuse = Fuse::after(step);
        set.faulty.set_fuse(fuse.clone());
        *paper.fuse.lock().unwrap() = fuse.clone();
        let parts_before = set.faulty.calls().get("put_part").copied().unwrap_or_default();
        let first = set.line().send(&sending(&key, &source, mode), &paper).await;
        assert_eq!(first.is_err(), fuse.is_blown(), "{step} {first:?}");
        set.faulty.set_fuse(Fuse::endless());
        *paper.fuse.lock().unwrap() = Fuse::endless();
        // Before the end there is all of the old or nothing, after it all of the new.
        match set.store.get(&key).await {
            Ok(object) => assert!(object.bytes == body || object.bytes == b"before", "{step}"),
            Err(error) => assert!(matches!(error, LakeError::NotFound(_)), "{step}"),
        }
        let again = Sending {
            resume: paper.read(),
            ..sending(&key, &source, mode)
        };
        let sent = set.line().send(&again, &paper).await.unwrap();
        assert_eq!(sent.hash, blake3::hash(body), "{step}");
        assert!(set.store.get(&key).await.unwrap().bytes == body, "{step}");
        assert_eq!(paper.read(), None, "{step}");
        let parts = set.faulty.calls()["put_part"] - parts_before;
        let least = body.len().div_ceil(8 * MIB) as u64;
        assert!(
            (least..=2 * least).contains(&parts),
            "{step}: {parts} parts for {least}"
        );
        // Only an upload whose name nobody came to note stays behind.
        let left = set.store.uploads(key.as_str()).await.unwrap();
        assert!(left.len() <= 1, "{step} {left:?}");
        for upload in left {
            assert!(set.store.parts(&upload).await.unwrap().is_empty(), "{step}");
            set.store.abort_upload(&upload).await.unwrap();
        }
        set.store.delete(&key).await.unwrap();
        if first.is_ok() {
            assert!(step > 12, "{step} steps are too few to have tried anything");
            return;
        }
    }
}

#[tokio::test]
async fn a_create_goes_on_after_a_crash_at_any_step() {
    dies_at_every_step(&Set::new(1), &film(3 * 8 * MIB + 7, 1), Put::CreateOnly).await;
}

#[tokio::test]
async fn a_replace_goes_on_after_a_crash_at_any_step() {
    dies_at_every_step(&Set::new(1), &film(2 * 8 * MIB + 7, 1), Put::Replace).await;
}

#[tokio::test]
async fn in_any_weather_what_arrives_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    for seed in 0..40 {
        let set = Set::new(seed);
        set.faulty.set_weather(Weather::STORMY);
        let body = film(if seed % 4 == 0 { 17 * MIB } else { 1000 }, 1);
        let source = file(dir.path(), "film.mov", &body);
        let (paper, key) = (Paper::default(), key("film.mov"));
        let mut tries = 0;
        loop {
            let sending = Sending {
                resume: paper.read(),
                ..sending(&key, &source, Put::CreateOnly)
            };
            match set.line().send(&sending, &paper).await {
                Ok(_) => break,
                Err(TransferError::Lake(error)) if error.is_passing() => {}
                Err(error) => panic!("{seed}: {error:?}"),
            }
            tries += 1;
            assert!(tries < 20, "{seed}");
        }
        assert!(set.store.get(&key).await.unwrap().bytes == body, "{seed}");
    }
}

#[tokio::test]
async fn an_ended_sign_in_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::new(1);
    let body = film(33 * MIB, 1);
    let source = file(dir.path(), "film.mov", &body);
    let (paper, key) = (Paper::default(), key("film.mov"));
    let signs_out = |progress: lake::transfer::Progress| {
        if progress.done_bytes > 0 {
            set.faulty.set_outage(Some(Outage::SignIn));
        }
    };
    let line = Line {
        told: &signs_out,
        ..set.line()
    };
    let ended = line.send(&sending(&key, &source, Put::CreateOnly), &paper).await;
    let error = ended.unwrap_err();
    assert!(error.is_everybodys(), "{error:?}");
    set.faulty.set_outage(None);
    let before = set.faulty.calls()["put_part"];
    let again = Sending {
        resume: paper.read(),
        ..sending(&key, &source, Put::CreateOnly)
    };
    assert!(again.resume.is_some());
    set.line().send(&again, &paper).await.unwrap();
    assert!(
        set.faulty.calls()["put_part"] - before < 5,
        "not from the beginning"
    );
    assert!(set.store.get(&key).await.unwrap().bytes == body);
}

#[tokio::test]
async fn a_folder_lake_is_sent_to_the_same_way() {
    let (dir, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = std::sync::Arc::new(FolderLake::open(far.path()).unwrap());
    let set = Set::over(std::sync::Arc::default(), folder.clone(), 1);
    let body = film(17 * MIB, 1);
    let source = file(dir.path(), "film.mov", &body);
    let key = key("raw/ab/film.mov");
    for step in [1, 3, 5, 8, 10] {
        let paper = Paper::default();
        let fuse = Fuse::after(step);
        set.faulty.set_fuse(fuse.clone());
        *paper.fuse.lock().unwrap() = fuse;
        let first = set
            .line()
            .send(&sending(&key, &source, Put::CreateOnly), &paper)
            .await;
        assert!(first.is_err(), "{step}");
        set.faulty.set_fuse(Fuse::endless());
        *paper.fuse.lock().unwrap() = Fuse::endless();
        let again = Sending {
            resume: paper.read(),
            ..sending(&key, &source, Put::CreateOnly)
        };
        set.line().send(&again, &paper).await.unwrap();
        let place = folder.local_file(&key).unwrap();
        assert!(std::fs::read(place).unwrap() == body, "{step}");
        folder.delete(&key).await.unwrap();
    }
}
