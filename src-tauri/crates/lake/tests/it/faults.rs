//! The faulty lake: without faults it passes the suite, and what it does wrong is what it was told to.

use std::sync::Arc;

use lake::{
    FolderLake, Key, Lake, LakeError, MemoryLake, Put, VirtualClock,
    faults::{Faulty, Fuse, Outage, Weather},
    suite,
};

fn key(text: &str) -> Key {
    Key::new(text).expect("a legal key")
}

fn faulty(inner: Arc<dyn Lake>, seed: u64) -> Faulty {
    Faulty::new(inner, seed, Arc::new(VirtualClock::default()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_lake_passes_the_suite() {
    suite::conforms(Arc::new(MemoryLake::default()), "suite")
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn in_fine_weather_a_faulty_lake_passes_the_suite() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(FolderLake::open(dir.path()).unwrap());
    suite::conforms(Arc::new(faulty(store, 1)), "suite")
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_lost_was_done_and_what_is_refused_was_not() {
    let store = Arc::new(MemoryLake::default());
    let lake = faulty(store.clone(), 1);
    let cases = [
        (
            Weather {
                lost: 1000,
                ..Weather::default()
            },
            true,
        ),
        (
            Weather {
                busy: 1000,
                ..Weather::default()
            },
            false,
        ),
        (
            Weather {
                offline: 1000,
                ..Weather::default()
            },
            false,
        ),
        (
            Weather {
                reset: 1000,
                ..Weather::default()
            },
            false,
        ),
    ];
    for (at, (weather, done)) in cases.into_iter().enumerate() {
        lake.set_weather(weather);
        let key = key(&format!("{at}"));
        let answer = lake.put(&key, vec![1], Put::CreateOnly).await.unwrap_err();
        assert!(answer.is_passing(), "{answer:?}");
        assert_eq!(store.head(&key).await.is_ok(), done, "{weather:?}");
    }
    assert_eq!(lake.calls()["put"], 4);
}

#[tokio::test]
async fn an_outage_lasts_until_it_is_over() {
    let lake = faulty(Arc::new(MemoryLake::default()), 1);
    lake.put(&key("a"), vec![1], Put::CreateOnly).await.unwrap();
    lake.set_outage(Some(Outage::SignIn));
    for _again in 0..3 {
        assert!(matches!(lake.get(&key("a")).await, Err(LakeError::SignIn(_))));
    }
    lake.set_outage(Some(Outage::Full));
    assert_eq!(lake.get(&key("a")).await.unwrap().bytes, [1]);
    let full = lake.put(&key("b"), vec![1], Put::CreateOnly).await;
    assert!(matches!(full, Err(LakeError::Full(_))), "{full:?}");
    lake.set_outage(None);
    lake.put(&key("b"), vec![1], Put::CreateOnly).await.unwrap();
}

#[tokio::test]
async fn a_fuse_blows_before_or_after_the_call() {
    for (length, done, answered) in [(0, false, false), (1, true, false), (2, true, true)] {
        let store = Arc::new(MemoryLake::default());
        let lake = faulty(store.clone(), 1);
        let fuse = Fuse::after(length);
        lake.set_fuse(fuse.clone());
        let answer = lake.put(&key("a"), vec![1], Put::CreateOnly).await;
        assert_eq!(answer.is_ok(), answered, "{length}");
        assert_eq!(fuse.is_blown(), !answered, "{length}");
        assert_eq!(fuse.burnt(), length);
        assert_eq!(store.head(&key("a")).await.is_ok(), done, "{length}");
        let dead = lake.head(&key("a")).await;
        assert!(matches!(dead, Err(LakeError::Stopped)), "{dead:?}");
        lake.set_fuse(Fuse::endless());
        assert_eq!(lake.head(&key("a")).await.is_ok(), done);
    }
}

#[tokio::test]
async fn bodies_come_worn_and_pages_short() {
    let lake = faulty(Arc::new(MemoryLake::default()), 1);
    let body: Vec<u8> = (0..200).collect();
    for name in ["a", "b", "c"] {
        lake.put(&key(name), body.clone(), Put::CreateOnly).await.unwrap();
    }
    lake.set_weather(Weather {
        flipped: 1000,
        ..Weather::default()
    });
    let read = lake.get(&key("a")).await.unwrap().bytes;
    let wrong = read.iter().zip(&body).filter(|(a, b)| a != b).count();
    assert_eq!((read.len(), wrong), (200, 1));
    lake.set_weather(Weather {
        truncated: 1000,
        short_page: 1000,
        ..Weather::default()
    });
    assert!(lake.get(&key("a")).await.unwrap().bytes.len() < 200);
    let (mut names, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = lake.list("", after.as_deref(), 3).await.unwrap();
        names.extend(page.objects.iter().map(|info| info.key.as_str().to_owned()));
        after = names.last().cloned();
        if !page.more {
            break;
        }
    }
    assert_eq!(names, ["a", "b", "c"]);
    assert!(lake.calls()["list"] > 1);
}

#[tokio::test]
async fn the_same_seed_is_the_same_weather() {
    let mut runs = Vec::new();
    for seed in [5, 5, 6] {
        let lake = faulty(Arc::new(MemoryLake::default()), seed);
        lake.set_weather(Weather::STORMY);
        let mut outcomes = String::new();
        for at in 0..200 {
            let answer = lake.put(&key(&format!("{at}")), vec![1], Put::Replace).await;
            outcomes.push_str(
                answer
                    .map_or_else(|error| error.to_string(), |_| "done".to_owned())
                    .as_str(),
            );
        }
        runs.push(outcomes);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
