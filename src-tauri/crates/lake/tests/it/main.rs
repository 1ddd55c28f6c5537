//! The folder lake against the public suite, and against what only a folder can do wrong: symbolic links, leftovers of a
//! crash, files somebody else put there or changed.

mod careless;
mod events;
mod fake;
mod faults;
mod rights;
mod s3;
mod sign_in;
mod transfer;

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    sync::Arc,
};

use careless::Careless;
use lake::{ByteRange, FolderLake, Key, Lake, LakeError, Put, suite};

fn key(text: &str) -> Key {
    Key::new(text).expect("a legal key")
}

fn lake(dir: &Path) -> FolderLake {
    FolderLake::open(dir).expect("a lake")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_lake_passes_the_suite() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(lake(dir.path()));
    suite::conforms(store.clone(), "suite").await.unwrap();
    let staging = dir.path().join(".lake/staging");
    assert_eq!(fs::read_dir(staging).unwrap().count(), 0, "nothing stays staged");
    let uploads = dir.path().join(".lake/uploads");
    assert_eq!(fs::read_dir(uploads).unwrap().count(), 0, "no parts stay");
    assert_eq!(
        fs::read_dir(dir.path().join(".lake")).unwrap().count(),
        3,
        "staging, uploads and format, no trials"
    );
}

/// The suite must fail for a store that breaks a promise, or it proves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_suite_finds_a_store_that_overwrites() {
    let dir = tempfile::tempdir().unwrap();
    let found = suite::conforms(Arc::new(Careless(lake(dir.path()))), "suite")
        .await
        .unwrap_err();
    assert!(found.to_string().starts_with("of writers that race"), "{found}");
}

#[tokio::test]
async fn symbolic_links_are_not_followed() {
    let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(outside.path().join("secret.txt"), "secret").unwrap();
    let store = lake(dir.path());
    store
        .put(&key("a/real.txt"), b"real".to_vec(), Put::CreateOnly)
        .await
        .unwrap();
    symlink(outside.path(), dir.path().join("linked")).unwrap();
    symlink(outside.path().join("secret.txt"), dir.path().join("a/link.txt")).unwrap();
    symlink("/nowhere", dir.path().join("a/dangling.txt")).unwrap();
    for name in ["linked/secret.txt", "a/link.txt", "a/dangling.txt"] {
        let key = key(name);
        assert!(
            matches!(store.get(&key).await, Err(LakeError::Foreign { .. })),
            "{name}"
        );
        assert!(
            matches!(
                store.put(&key, vec![1], Put::CreateOnly).await,
                Err(LakeError::Foreign { .. })
            ),
            "{name}"
        );
        assert!(
            matches!(store.delete(&key).await, Err(LakeError::Foreign { .. })),
            "{name}"
        );
    }
    let through = store.put(&key("linked/new.txt"), vec![1], Put::Replace).await;
    assert!(matches!(through, Err(LakeError::Foreign { .. })), "{through:?}");
    // A replace takes the link's place; what it pointed to stays.
    store
        .put(&key("a/link.txt"), b"mine".to_vec(), Put::Replace)
        .await
        .unwrap();
    assert_eq!(fs::read(outside.path().join("secret.txt")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    let listed: Vec<_> = store
        .list("", None, 10)
        .await
        .unwrap()
        .objects
        .into_iter()
        .map(|info| info.key)
        .collect();
    assert_eq!(listed, [key("a/link.txt"), key("a/real.txt")]);
}

#[tokio::test]
async fn what_others_put_there_is_neither_listed_nor_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let store = lake(dir.path());
    store
        .put(&key("a/one.txt"), vec![1], Put::CreateOnly)
        .await
        .unwrap();
    fs::write(dir.path().join("a/.DS_Store"), "x").unwrap();
    fs::write(dir.path().join("a/Thumbs.db"), "x").unwrap();
    fs::write(dir.path().join("a/one"), "x").unwrap();
    fs::create_dir(dir.path().join("a/dir.txt")).unwrap();
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        dir.path().join("a/pipe.txt"),
        rustix::fs::Mode::RUSR,
    )
    .unwrap();
    // A plainly named file that somebody dropped in by hand is an object like any other.
    fs::write(dir.path().join("a/dropped.txt"), "dropped").unwrap();
    let listed: Vec<_> = store
        .list("", None, 10)
        .await
        .unwrap()
        .objects
        .into_iter()
        .map(|info| info.key)
        .collect();
    assert_eq!(listed, [key("a/dropped.txt"), key("a/one.txt")]);
    for name in ["a/dir.txt", "a/pipe.txt"] {
        assert!(
            matches!(store.get(&key(name)).await, Err(LakeError::Foreign { .. })),
            "{name}"
        );
        assert!(
            matches!(
                store.put(&key(name), vec![1], Put::CreateOnly).await,
                Err(LakeError::Foreign { .. })
            ),
            "{name}"
        );
    }
    store
        .put(&key("a/Thumbs.db"), vec![2], Put::CreateOnly)
        .await
        .unwrap();
    assert_eq!(fs::read(dir.path().join("a/Thumbs.db")).unwrap(), b"x");
}

#[tokio::test]
async fn a_file_changed_by_hand_is_another_version() {
    let dir = tempfile::tempdir().unwrap();
    let store = lake(dir.path());
    let old = store
        .put(&key("a/one.txt"), b"aaaa".to_vec(), Put::CreateOnly)
        .await
        .unwrap();
    let place = store.local_file(&key("a/one.txt")).unwrap();
    assert_eq!(place, dir.path().join("a/one.txt"));
    fs::write(&place, b"bbbb").unwrap();
    let now = store.head(&key("a/one.txt")).await.unwrap();
    assert_ne!(now.etag, old.etag);
    let range = ByteRange { start: 0, end: None };
    let answer = store.get_range(&key("a/one.txt"), range, Some(&old.etag)).await;
    assert!(matches!(answer, Err(LakeError::Changed { etag, .. }) if etag == now.etag));
    // The same bytes written by the lake have the same tag, also in another lake.
    let other = tempfile::tempdir().unwrap();
    let there = lake(other.path())
        .put(&key("b"), b"bbbb".to_vec(), Put::CreateOnly)
        .await
        .unwrap();
    assert_eq!(there.etag, now.etag);
}

#[tokio::test]
async fn leftovers_of_a_crash_are_taken_away_and_living_writers_are_not() {
    let dir = tempfile::tempdir().unwrap();
    drop(lake(dir.path()));
    let staging = dir.path().join(".lake/staging");
    fs::write(staging.join("123-0-1"), "half").unwrap();
    fs::write(staging.join("124-0-1"), "half").unwrap();
    let alive = fs::File::open(staging.join("124-0-1")).unwrap();
    rustix::fs::flock(&alive, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let store = lake(dir.path());
    let names = || {
        fs::read_dir(&staging)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(), ["124-0-1"]);
    drop(alive);
    drop(lake(dir.path()));
    assert!(names().is_empty());
    assert!(store.list("", None, 10).await.unwrap().objects.is_empty());
}

#[tokio::test]
async fn an_upload_may_have_more_parts_than_a_process_may_have_files_open() {
    // The usual limit is 1024.
    const PARTS: u32 = 1100;
    let dir = tempfile::tempdir().unwrap();
    let store = lake(dir.path());
    let key = key("a/long.mov");
    let upload = store.begin_upload(&key).await.unwrap();
    let mut parts = Vec::new();
    for number in 1..=PARTS {
        parts.push(
            store
                .put_part(&upload, number, number.to_be_bytes().to_vec().into())
                .await
                .unwrap(),
        );
    }
    store
        .finish_upload(&upload, &parts, Put::CreateOnly)
        .await
        .unwrap();
    let expected: Vec<u8> = (1..=PARTS).flat_map(u32::to_be_bytes).collect();
    assert_eq!(store.get(&key).await.unwrap().bytes, expected);
}

#[tokio::test]
async fn a_failed_write_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = lake(dir.path());
    let missing = store
        .put_file(&key("a/b.txt"), &dir.path().join("nowhere"), Put::CreateOnly)
        .await;
    assert!(
        matches!(missing, Err(LakeError::Io { action: "open", .. })),
        "{missing:?}"
    );
    let folder = store.put_file(&key("a/b.txt"), dir.path(), Put::CreateOnly).await;
    assert!(folder.is_err());
    assert!(!dir.path().join("a").exists());
    assert_eq!(fs::read_dir(dir.path().join(".lake/staging")).unwrap().count(), 0);
}

#[test]
fn a_lake_of_a_later_format_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(lake(dir.path()));
    drop(lake(dir.path()));
    fs::write(dir.path().join(".lake/format"), "2\n").unwrap();
    let refused = FolderLake::open(dir.path()).unwrap_err();
    assert!(
        matches!(
            refused,
            LakeError::TooNew {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn the_footing_of_this_machine_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let footing = lake(dir.path()).probe().unwrap();
    assert!(
        footing.create_only() && footing.rename_replaces && footing.directory_sync,
        "{footing:?}"
    );
    if !footing.network {
        assert!(footing.shared_use());
    }
    assert_eq!(footing.unfit(), None);
}

#[test]
fn a_share_that_does_not_keep_its_promises_is_refused() {
    let share = lake::Footing {
        links: true,
        rename_no_replace: false,
        rename_replaces: true,
        case_sensitive: true,
        directory_sync: true,
        attributes: false,
        network: true,
    };
    assert_eq!(share.unfit(), None);
    let forgets = lake::Footing {
        directory_sync: false,
        ..share
    };
    assert!(forgets.unfit().is_some());
    let own_disk = lake::Footing {
        network: false,
        ..forgets
    };
    assert_eq!(own_disk.unfit(), None, "one workstation's own risk");
    let races = lake::Footing {
        links: false,
        ..own_disk
    };
    assert!(races.unfit().is_some());
}

#[test]
fn a_place_that_cannot_be_written_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(FolderLake::open(&file).is_err());
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o500)).unwrap();
    let answer = FolderLake::open(&dir.path().join("lake"));
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    // Root may write everywhere.
    if !rustix::process::geteuid().is_root() {
        assert!(matches!(answer, Err(LakeError::Denied { .. })), "{answer:?}");
    }
}
