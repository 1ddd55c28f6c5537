//! The same over HTTP: our own endpoint, and moto.

use std::sync::Arc;

use lake::{
    FolderLake, Lake, S3Lake,
    faults::Fuse,
    transfer::{Digest, Fetching, NoSlip, Sending},
};

use super::{MIB, Paper, Set, file, film, key};
use crate::s3;

/// Sends and fetches a film with deaths at these steps, each after the other.
async fn dies_on_the_way(url: &str, steps: &[u64]) {
    let lake = S3Lake::open(s3::place(url), Some(s3::keys())).await.unwrap();
    let set = Set::over(Arc::default(), Arc::new(lake), 1);
    let dir = tempfile::tempdir().unwrap();
    let body = film(17 * MIB, 1);
    let source = file(dir.path(), "source.mov", &body);
    let target = dir.path().join("target.mov");
    for step in steps {
        let key = key(&format!("raw/{step}/a film + more.mov"));
        let mut sending = Sending {
            key: key.clone(),
            source: source.clone(),
            mode: lake::Put::CreateOnly,
            digest: Some(Digest::from(blake3::hash(&body))),
            urgent: false,
            resume: None,
        };
        let paper = Paper::default();
        let fuse = Fuse::after(*step);
        set.faulty.set_fuse(fuse.clone());
        *paper.fuse.lock().unwrap() = fuse;
        let died = set.line().send(&sending, &paper).await;
        assert!(died.is_err(), "{step}");
        set.faulty.set_fuse(Fuse::endless());
        *paper.fuse.lock().unwrap() = Fuse::endless();
        sending.resume = paper.read();
        let sent = set.line().send(&sending, &paper).await.unwrap();
        assert_eq!(sent.hash, blake3::hash(&body), "{step}");
        sending.resume = None;
        assert!(
            set.line().send(&sending, &NoSlip).await.unwrap().was_there,
            "{step}"
        );

        let fetching = Fetching {
            key,
            target: target.clone(),
            digest: sending.digest.clone(),
            size_bytes: None,
            urgent: false,
            filling: None,
        };
        set.faulty.set_fuse(Fuse::after(*step));
        assert!(set.line().fetch(&fetching).await.is_err(), "{step}");
        assert!(!target.exists());
        set.faulty.set_fuse(Fuse::endless());
        set.line().fetch(&fetching).await.unwrap();
        assert!(std::fs::read(&target).unwrap() == body, "{step}");
        std::fs::remove_file(&target).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_our_own_endpoint_transfers_go_on() {
    let far = tempfile::tempdir().unwrap();
    let served = s3::Served::open(far.path()).await;
    // Before anything, before its name is noted, between parts, before and after the end.
    dies_on_the_way(&served.url, &[0, 3, 8, 12, 13]).await;
    served.close().await;
    let store = FolderLake::open(far.path()).unwrap();
    assert_eq!(store.list("raw/", None, 10).await.unwrap().objects.len(), 5);
    let left = store.uploads("").await.unwrap();
    assert!(left.len() <= 1, "only the one whose name was not noted: {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_moto_transfers_go_on() {
    let Some((_moto, url)) = s3::moto("over_moto_transfers_go_on").await else {
        return;
    };
    let bucket = s3::bare_client(&url).create_bucket().bucket(s3::BUCKET);
    bucket.send().await.unwrap();
    dies_on_the_way(&url, &[3, 8, 13]).await;
}
