use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::PathBuf,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use lake::{
    Cause, ETag, Key, Lake, LakeError, MemoryLake, ObjectInfo, Put, Shelf,
    faults::{Outage, Weather},
    transfer::{
        SendState, TransferError,
        sync::{
            Base, ClashKind, Difference, Done, End, Event, FarPages, Near, NearSide, Owner, Pages, Plan,
            Planner, Rule, Rules, Step, Task, compare, run,
        },
    },
};
use proptest::prelude::*;

use super::{Set, key, killed_after};

fn rule(prefix: &str, owner: Owner, order: u8) -> Rule {
    Rule {
        prefix: prefix.to_owned(),
        up: true,
        down: true,
        owner,
        order,
        waits: false,
    }
}

fn rules() -> Rules {
    Rules::new(vec![
        rule("ledger/", Owner::Nobody, 0),
        Rule {
            waits: true,
            down: false,
            ..rule("heads/", Owner::Near, 1)
        },
        rule("raw/", Owner::Nobody, 2),
        Rule {
            down: false,
            ..rule("proxy/", Owner::Nobody, 2)
        },
        rule("notes/", Owner::Both, 2),
        Rule {
            up: false,
            ..rule("others/", Owner::Far, 2)
        },
    ])
}

/// A side in a model: bytes by key, told apart by a number, and as long as it says.
type Side = BTreeMap<String, u8>;
/// What both sides were when they were last the same.
type Bases = BTreeMap<String, u8>;

fn far_info(name: &str, body: u8) -> ObjectInfo {
    ObjectInfo {
        key: key(name),
        size_bytes: u64::from(body),
        etag: ETag::new(body.to_string()),
        modified_millis: 0,
        shelf: Shelf::Ready,
    }
}

/// Compares two sides page by page.
async fn plan_of(near: &Side, far: &Side, bases: &Bases, looked_at: &BTreeSet<Key>, room: usize) -> Plan {
    let near: Vec<Near> = near
        .iter()
        .map(|(name, body)| Near {
            key: key(name),
            size_bytes: u64::from(*body),
            base: bases.get(name).map(|base| Base {
                far: ETag::new(base.to_string()),
                near_changed: base != body,
            }),
        })
        .collect();
    let far: Vec<ObjectInfo> = far.iter().map(|(name, body)| far_info(name, *body)).collect();
    let mut near: VecDeque<Vec<Near>> = near.chunks(3).map(<[_]>::to_vec).collect();
    near.push_front(Vec::new());
    let mut far: VecDeque<Vec<ObjectInfo>> = far.chunks(2).map(<[_]>::to_vec).collect();
    let rules = rules();
    let mut planner = Planner::new(&rules, looked_at, room);
    compare(&mut near, &mut far, &mut |difference| planner.add(difference))
        .await
        .unwrap();
    planner.finish()
}

/// Does a plan in the model.
fn done(plan: &Plan, near: &mut Side, far: &mut Side, bases: &mut Bases) {
    for task in &plan.tasks {
        let name = task.key.as_str().to_owned();
        match &task.step {
            Step::Send(mode) => {
                let body = near[&name];
                assert!(
                    *mode == Put::Replace || !far.contains_key(&name),
                    "a create-only send of {name}"
                );
                far.insert(name.clone(), body);
                bases.insert(name, body);
            }
            Step::Fetch(info) => {
                let body = info.etag.as_str().parse().unwrap();
                near.insert(name.clone(), body);
                bases.insert(name, body);
            }
        }
    }
}

fn side() -> impl Strategy<Value = Side> {
    let name = (
        prop::sample::select(vec![
            "ledger/", "heads/", "raw/", "proxy/", "notes/", "others/", "x/",
        ]),
        0u8..6,
    )
        .prop_map(|(prefix, number)| format!("{prefix}{number}"));
    prop::collection::btree_map(name, 1u8..4, 0..20)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #[test]
    fn a_plan_reaches_its_goal_and_takes_nothing_away(
        near_before in side(),
        far_before in side(),
        mut bases in side(),
        looked in prop::collection::btree_set(0u8..6, 0..3),
    ) {
        bases.retain(|name, _| near_before.contains_key(name));
        let looked_at: BTreeSet<Key> = looked.iter().map(|number| key(&format!("proxy/{number}"))).collect();
        let (mut near, mut far) = (near_before.clone(), far_before.clone());
        let plan = block_on(plan_of(&near, &far, &bases, &looked_at, 1000));
        let ranks: Vec<_> = plan.tasks.iter().map(|task| (task.order, !task.urgent, task.size_bytes)).collect();
        prop_assert!(ranks.is_sorted());
        let clashes: BTreeMap<&str, ClashKind> =
            plan.clashes.iter().map(|clash| (clash.key.as_str(), clash.kind)).collect();
        done(&plan, &mut near, &mut far, &mut bases);
        // Nothing is taken away, and what clashes is not touched.
        for (before, after) in [(&near_before, &near), (&far_before, &far)] {
            for (name, body) in before {
                prop_assert!(after.contains_key(name));
                if clashes.contains_key(name.as_str()) || name.starts_with("x/") {
                    prop_assert_eq!(&after[name], body);
                }
            }
        }
        // What is made once is never replaced.
        for name in near_before.keys().filter(|name| name.starts_with("raw/") || name.starts_with("ledger/")) {
            prop_assert_eq!(near[name], near_before[name]);
            prop_assert_eq!(far.get(name), far_before.get(name).or(far.get(name)));
        }
        // Both have the same where the rules say so.
        for name in near.keys().chain(far.keys()).filter(|name| !clashes.contains_key(name.as_str())) {
            let (here, there) = (near.get(name), far.get(name));
            let looked = looked_at.contains(&key(name));
            let same = match name.split_once('/').unwrap().0 {
                "raw" | "ledger" | "notes" => here == there,
                "heads" => here.is_none() || here == there,
                "proxy" => here == there || (here.is_none() && !looked),
                "others" => there.is_none() || here == there,
                _ => true,
            };
            prop_assert!(same, "{}: {:?} here, {:?} there", name, here, there);
        }
        // Once more there is nothing to do, and the same clashes.
        let again = block_on(plan_of(&near, &far, &bases, &looked_at, 1000));
        prop_assert_eq!(&again.tasks, &[]);
        prop_assert_eq!(&again.clashes, &plan.clashes);
    }

    #[test]
    fn a_plan_with_little_room_keeps_what_comes_first(
        near in side(),
        far in side(),
        room in 1usize..5,
    ) {
        let whole = block_on(plan_of(&near, &far, &Bases::new(), &BTreeSet::new(), 1000));
        let some = block_on(plan_of(&near, &far, &Bases::new(), &BTreeSet::new(), room));
        let kept = room.min(whole.tasks.len());
        prop_assert_eq!(&some.tasks[..], &whole.tasks[..kept]);
        prop_assert_eq!(some.more, whole.tasks.len() > room);
        prop_assert_eq!(some.tally, whole.tally);
    }

    #[test]
    fn a_listing_in_stretches_is_the_listing(
        names in prop::collection::btree_set("[a-c]{1,3}", 0..40),
        cuts in prop::collection::vec("[a-c]{0,3}", 0..6),
        prefix in "[a-c]{0,1}",
        seed in any::<u64>(),
    ) {
        block_on(async {
            let set = Set::new(seed);
            for name in &names {
                set.store.put(&key(name), vec![1], Put::CreateOnly).await.unwrap();
            }
            set.faulty.set_weather(Weather { busy: 50, short_page: 500, ..Weather::default() });
            // Also where keys are.
            let cuts: Vec<String> = cuts.iter().chain(names.iter().step_by(7)).cloned().collect();
            let mut pages = FarPages::new(set.lake.clone(), set.pace.clone(), prefix.clone(), &cuts);
            let mut found = Vec::new();
            while let Some(page) = pages.next().await.unwrap() {
                found.extend(page.into_iter().map(|info| info.key.as_str().to_owned()));
            }
            let expected: Vec<&String> = names.iter().filter(|name| name.starts_with(&prefix)).collect();
            assert_eq!(found.iter().collect::<Vec<_>>(), expected);
        });
    }
}

#[tokio::test]
async fn a_listing_that_is_as_it_was_takes_one_request_a_stretch() {
    let set = Set::new(1);
    let names: Vec<Key> = (0..4000).map(|number| key(&format!("{number:05}"))).collect();
    for name in &names {
        set.store.put(name, vec![1], Put::CreateOnly).await.unwrap();
    }
    let cuts = FarPages::cuts(&names);
    assert_eq!(cuts, ["00959", "01919", "02879", "03839"]);
    let mut pages = FarPages::new(set.lake.clone(), set.pace.clone(), "", &cuts);
    let mut found = 0;
    while let Some(page) = pages.next().await.unwrap() {
        found += page.len();
    }
    assert_eq!((found, set.faulty.calls()["list"]), (4000, 5));
}

/// A million keys on either side, made as they are asked for.
struct Made<T> {
    next: u64,
    step: u64,
    make: fn(Key) -> T,
}

#[async_trait]
impl<T: Send> Pages<T> for Made<T> {
    async fn next(&mut self) -> Result<Option<Vec<T>>, LakeError> {
        if self.next >= 300_000 {
            return Ok(None);
        }
        let page = (0..1000)
            .map(|_| {
                self.next += self.step;
                (self.make)(key(&format!("raw/{:09}", self.next)))
            })
            .collect();
        Ok(Some(page))
    }
}

#[tokio::test]
async fn a_large_lake_is_compared_as_it_is_listed() {
    let mut near = Made {
        next: 0,
        step: 2,
        make: |key| Near {
            key,
            size_bytes: 1,
            base: None,
        },
    };
    let mut far = Made {
        next: 0,
        step: 3,
        make: |key| ObjectInfo {
            key,
            ..far_info("raw/0", 1)
        },
    };
    let (rules, looked_at) = (rules(), BTreeSet::new());
    let mut planner = Planner::new(&rules, &looked_at, 100);
    compare(&mut near, &mut far, &mut |difference| planner.add(difference))
        .await
        .unwrap();
    let plan = planner.finish();
    assert_eq!((plan.tasks.len(), plan.more), (100, true));
    assert_eq!(
        (plan.tally.alike, plan.tally.sends, plan.tally.fetches),
        (50_000, 100_000, 50_000)
    );
}

/// A folder here, with what it remembers.
#[derive(Default)]
struct Here {
    dir: Option<tempfile::TempDir>,
    kept: Mutex<BTreeMap<Key, SendState>>,
    bases: Mutex<BTreeMap<Key, ETag>>,
    events: Mutex<Vec<String>>,
}

impl Here {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            dir: Some(tempfile::tempdir().unwrap()),
            ..Self::default()
        })
    }

    fn place(&self, key: &Key) -> PathBuf {
        let dir = self.dir.as_ref().unwrap().path();
        dir.join(key.as_str().replace('/', "_"))
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.place(&key(name)), bytes).unwrap();
    }

    fn listing(&self) -> VecDeque<Vec<Near>> {
        let mut found: Vec<Near> = super::names(self.dir.as_ref().unwrap().path())
            .into_iter()
            .filter(|name| !name.starts_with('.'))
            .map(|name| {
                let key = key(&name.replace('_', "/"));
                Near {
                    size_bytes: std::fs::metadata(self.place(&key)).unwrap().len(),
                    base: None,
                    key,
                }
            })
            .collect();
        found.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        VecDeque::from([found])
    }
}

#[async_trait]
impl NearSide for Here {
    async fn source(&self, key: &Key) -> Result<PathBuf, LakeError> {
        Ok(self.place(key))
    }
    async fn target(&self, key: &Key) -> Result<PathBuf, LakeError> {
        Ok(self.place(key))
    }
    async fn kept(&self, key: &Key) -> Option<SendState> {
        self.kept.lock().unwrap().get(key).cloned()
    }
    async fn keep(&self, key: &Key, state: Option<&SendState>) -> Result<(), Cause> {
        let mut kept = self.kept.lock().unwrap();
        match state {
            Some(state) => kept.insert(key.clone(), state.clone()),
            None => kept.remove(key),
        };
        Ok(())
    }
    async fn done(&self, done: Vec<Done>) -> Result<(), Cause> {
        for Done { task, end } in done {
            let etag = match end {
                End::Sent(sent) => sent.info.etag,
                End::Fetched(fetched) => {
                    assert!(self.place(&task.key).exists(), "{}", task.key);
                    fetched.info.etag
                }
            };
            self.bases.lock().unwrap().insert(task.key, etag);
        }
        Ok(())
    }
    fn told(&self, event: Event<'_>) {
        let line = match event {
            Event::Began(task) => format!("began {}", task.key),
            Event::Ended(task) => format!("ended {}", task.key),
            Event::Failed(task, _) => format!("failed {}", task.key),
            Event::Moved(..) => return,
        };
        self.events.lock().unwrap().push(line);
    }
}

async fn planned(set: &Set, here: &Arc<Here>) -> Result<Vec<Task>, LakeError> {
    let (rules, looked_at) = (rules(), BTreeSet::new());
    let mut planner = Planner::new(&rules, &looked_at, 10_000);
    let mut far = FarPages::new(set.lake.clone(), set.pace.clone(), "", &[]);
    let mut add = |difference: Difference| planner.add(difference);
    compare(&mut here.listing(), &mut far, &mut add).await?;
    Ok(planner.finish().tasks)
}

/// Ten to go up and ten to come down, one of each large.
async fn ready(set: &Set) -> Arc<Here> {
    let here = Here::new();
    for number in 0..10usize {
        let length = if number == 9 { 9 << 20 } else { 100 + number };
        here.write(&format!("raw/up{number}"), &super::film(length, 1));
        let down = super::film(length, 2);
        set.store
            .put(&key(&format!("raw/down{number}")), down, Put::CreateOnly)
            .await
            .unwrap();
    }
    here.write("ledger/1", b"segment");
    here.write("heads/me", b"head");
    here
}

async fn check_same(store: &MemoryLake, here: &Here) {
    for number in 0..10usize {
        let length = if number == 9 { 9 << 20 } else { 100 + number };
        let up = store.get(&key(&format!("raw/up{number}"))).await.unwrap();
        assert!(up.bytes == super::film(length, 1), "{number}");
        let down = std::fs::read(here.place(&key(&format!("raw/down{number}")))).unwrap();
        assert!(down == super::film(length, 2), "{number}");
    }
    assert_eq!(store.get(&key("heads/me")).await.unwrap().bytes, b"head");
}

fn near_side(here: &Arc<Here>) -> Arc<dyn NearSide> {
    here.clone()
}

#[tokio::test]
async fn a_sync_brings_both_sides_together_in_order() {
    let set = Set::new(1);
    let here = ready(&set).await;
    let tasks = planned(&set, &here).await.unwrap();
    assert_eq!(tasks.len(), 22);
    let outcome = run(tasks, &set.lake, &set.pace, &near_side(&here)).await;
    assert!(
        outcome.failed.is_empty() && outcome.left.is_empty() && outcome.stopped.is_none(),
        "{outcome:?}"
    );
    assert_eq!(outcome.done, 22);
    check_same(&set.store, &here).await;
    assert_eq!(here.bases.lock().unwrap().len(), 22);
    let events = here.events.lock().unwrap().clone();
    let at = |line: &str| events.iter().position(|event| event == line).unwrap();
    assert_eq!(events[0], "began ledger/1");
    assert!(
        at("ended ledger/1") < at("began heads/me"),
        "a head speaks of its segments: {events:?}"
    );
    assert_eq!(planned(&set, &here).await.unwrap(), []);
    assert_eq!(set.pace.state().under_way, 0);
}

#[tokio::test]
async fn one_that_fails_holds_up_only_who_waits_for_it() {
    let set = Set::new(1);
    let here = ready(&set).await;
    let tasks = planned(&set, &here).await.unwrap();
    std::fs::remove_file(here.place(&key("ledger/1"))).unwrap();
    std::fs::remove_file(here.place(&key("raw/up3"))).unwrap();
    let outcome = run(tasks, &set.lake, &set.pace, &near_side(&here)).await;
    let mut failed: Vec<&str> = outcome.failed.iter().map(|(task, _)| task.key.as_str()).collect();
    failed.sort_unstable();
    assert_eq!(failed, ["ledger/1", "raw/up3"]);
    let left: Vec<&str> = outcome.left.iter().map(|task| task.key.as_str()).collect();
    assert_eq!(left, ["heads/me"]);
    assert_eq!((outcome.done, outcome.stopped.is_none()), (19, true));
}

#[tokio::test]
async fn what_would_happen_to_all_stops_all_and_what_is_left_goes_on_later() {
    for outage in [Outage::SignIn, Outage::Offline, Outage::NoBucket] {
        let set = Set::new(1);
        let here = ready(&set).await;
        let tasks = planned(&set, &here).await.unwrap();
        set.faulty.set_outage(Some(outage));
        let outcome = run(tasks, &set.lake, &set.pace, &near_side(&here)).await;
        assert!(
            outcome.stopped.as_ref().is_some_and(TransferError::is_everybodys),
            "{outage:?} {outcome:?}"
        );
        assert_eq!(
            (outcome.done, outcome.left.len(), outcome.failed.len()),
            (0, 22, 0),
            "{outage:?}"
        );
        set.faulty.set_outage(None);
        let outcome = run(outcome.left, &set.lake, &set.pace, &near_side(&here)).await;
        assert_eq!((outcome.done, outcome.left.len()), (22, 0), "{outage:?}");
        check_same(&set.store, &here).await;
    }
}

#[tokio::test]
async fn a_sync_that_is_killed_again_and_again_gets_there() {
    for seed in 0..12 {
        let set = Set::new(seed);
        let here = ready(&set).await;
        set.faulty.set_weather(Weather::STORMY);
        let mut runs = 0;
        loop {
            runs += 1;
            assert!(runs < 200, "{seed}");
            let Ok(tasks) = planned(&set, &here).await else {
                continue;
            };
            if tasks.is_empty() {
                break;
            }
            let near = near_side(&here);
            let whole = run(tasks, &set.lake, &set.pace, &near);
            if let Some(outcome) = killed_after(runs * 3, whole).await {
                for (task, error) in &outcome.failed {
                    assert!(
                        matches!(error, TransferError::Lake(error) if error.is_passing()),
                        "{seed} {}: {error:?}",
                        task.key
                    );
                }
            }
        }
        check_same(&set.store, &here).await;
    }
}
