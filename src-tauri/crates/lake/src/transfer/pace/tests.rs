use std::sync::atomic::{AtomicU32, Ordering};

use tokio::task::JoinSet;

use super::*;
use crate::VirtualClock;

const CLAIM: Claim = Claim {
    way: Way::Up,
    bytes: 0,
    urgent: false,
};

fn pace(limits: PaceLimits) -> Pace {
    Pace::new(limits, Arc::new(VirtualClock::default()), 1)
}

fn busy() -> LakeError {
    LakeError::Busy("in this test".into())
}

/// Runs so many requests of a second each; the most that were under way at once.
async fn run(pace: &Pace, requests: u32, refuse: fn(u32) -> bool) -> u32 {
    let (under_way, most, made) = <(Arc<AtomicU32>, Arc<AtomicU32>, Arc<AtomicU32>)>::default();
    let mut tasks = JoinSet::new();
    for _request in 0..requests {
        let (pace, under_way, most, made) = (pace.clone(), under_way.clone(), most.clone(), made.clone());
        tasks.spawn(async move {
            pace.clone()
                .attempt(CLAIM, || async {
                    most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    pace.clock().sleep(Duration::from_secs(1)).await;
                    under_way.fetch_sub(1, Ordering::SeqCst);
                    if refuse(made.fetch_add(1, Ordering::SeqCst)) {
                        Err(busy())
                    } else {
                        Ok(())
                    }
                })
                .await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    most.load(Ordering::SeqCst)
}

#[tokio::test]
async fn requests_at_once_grow_to_the_limit_and_shrink_when_the_lake_is_busy() {
    let limits = PaceLimits {
        at_once_first: 2,
        at_once_max: 6,
        ..PaceLimits::default()
    };
    let pace = pace(limits);
    assert_eq!(run(&pace, 60, |_made| false).await, 6);
    assert_eq!(pace.state().at_once, 6);
    // All answers of one round are one cut.
    let at_most = run(&pace, 6, |made| made < 6).await;
    assert_eq!(at_most, 6);
    let state = pace.state();
    assert_eq!((state.busy_answers, state.under_way, state.waiting), (6, 0, 0));
    assert!((3..=4).contains(&state.at_once), "{state:?}");
}

#[tokio::test]
async fn a_request_is_given_up_after_its_tries_and_waits_between_them() {
    let pace = pace(PaceLimits::default());
    let made = AtomicU32::new(0);
    let answer = pace
        .attempt(CLAIM, || async {
            made.fetch_add(1, Ordering::SeqCst);
            Err::<(), _>(LakeError::Offline("in this test".into()))
        })
        .await;
    assert!(matches!(answer, Err(LakeError::Offline(_))));
    assert_eq!(made.load(Ordering::SeqCst), 8);
    // 0.2 s doubled seven times is 25.4 s, of which jitter takes at most half.
    let waited = pace.clock().now().as_millis();
    assert!((12_700..=25_400).contains(&waited), "{waited}");
    made.store(0, Ordering::SeqCst);
    let answer = pace
        .attempt(CLAIM, || async {
            made.fetch_add(1, Ordering::SeqCst);
            Err::<(), _>(LakeError::Unsupported("do this"))
        })
        .await;
    assert!(answer.is_err());
    assert_eq!(
        made.load(Ordering::SeqCst),
        1,
        "what does not pass is not tried again"
    );
}

#[tokio::test]
async fn a_cap_holds_and_can_be_changed_while_somebody_waits() {
    let pace = pace(PaceLimits {
        up_bytes_per_sec: NonZeroU64::new(1000),
        ..PaceLimits::default()
    });
    let claim = Claim { bytes: 500, ..CLAIM };
    for _piece in 0..21 {
        drop(pace.turn(claim).await);
    }
    let took = pace.clock().now().as_millis();
    assert!((9_900..=10_100).contains(&took), "{took}");
    // The other way is free.
    let down = Claim {
        way: Way::Down,
        bytes: 1 << 40,
        ..CLAIM
    };
    drop(pace.turn(down).await);
    assert_eq!(pace.clock().now().as_millis(), took);
    drop(
        pace.turn(Claim {
            bytes: 1 << 40,
            ..CLAIM
        })
        .await,
    );
    let waiting = tokio::spawn({
        let pace = pace.clone();
        async move { drop(pace.turn(claim).await) }
    });
    tokio::task::yield_now().await;
    let before = pace.clock().now();
    pace.set_cap(Way::Up, None);
    waiting.await.unwrap();
    let waited = pace.clock().now() - before;
    assert!(
        waited < Duration::from_secs(3600),
        "{waited:?}, not the 35 years of that debt"
    );
}

#[tokio::test]
async fn a_pause_holds_all_and_urgent_ones_go_first() {
    let pace = pace(PaceLimits {
        at_once_first: 1,
        at_once_max: 1,
        ..PaceLimits::default()
    });
    pace.pause();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    for (name, urgent) in [("proxy", false), ("raw", false), ("looked at", true)] {
        let (pace, order) = (pace.clone(), order.clone());
        tasks.spawn(async move {
            let turn = pace.turn(Claim { urgent, ..CLAIM }).await;
            order.lock().unwrap().push(name);
            drop(turn);
        });
    }
    for _turn in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(order.lock().unwrap().is_empty());
    assert_eq!(pace.state().waiting, 3);
    pace.resume();
    tasks.join_all().await;
    assert_eq!(*order.lock().unwrap(), ["looked at", "proxy", "raw"]);
    assert_eq!(pace.state().under_way, 0);
}

#[tokio::test]
async fn who_stops_waiting_holds_nobody_up() {
    let pace = pace(PaceLimits {
        at_once_first: 1,
        at_once_max: 1,
        memory_bytes_max: 100,
        ..PaceLimits::default()
    });
    let large = Claim { bytes: 1000, ..CLAIM };
    let held = pace.turn(large).await;
    let given_up = tokio::spawn({
        let pace = pace.clone();
        async move { drop(pace.turn(CLAIM).await) }
    });
    tokio::task::yield_now().await;
    assert_eq!(pace.state().waiting, 1);
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    let next = tokio::spawn({
        let pace = pace.clone();
        async move { drop(pace.turn(large).await) }
    });
    tokio::task::yield_now().await;
    drop(held);
    next.await.unwrap();
    assert_eq!(pace.state().under_way, 0);
}
