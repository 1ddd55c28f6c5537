//! A lake elsewhere: what is decided and made here reaches it and the others, whatever the line does.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lake::faults::{Faulty, Fuse, Outage, Weather};
use lake::{Key, Lake, MachineClock, MemoryLake, Put};
use workstation::{
    AnswerComment, Change, DecideVerdict, GivenLake, LakePlace, OpenOptions, ProposalState, PutComment,
    Standing, Workstation,
};

use crate::{PATIENCE, film, shots, take_in, verdict};

/// A lake elsewhere that several workstations reach over lines of their own.
struct World {
    dir: tempfile::TempDir,
    store: Arc<MemoryLake>,
}

impl World {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            store: Arc::default(),
        }
    }

    fn clip(&self, seed: u32) -> PathBuf {
        let clip = self.dir.path().join(format!("clip-{seed}.mp4"));
        film(&clip, seed, 2, 20);
        clip
    }

    fn line(&self) -> Arc<Faulty> {
        let store: Arc<dyn Lake> = self.store.clone();
        Arc::new(Faulty::new(store, 7, Arc::new(MachineClock::default())))
    }

    fn open(&self, home: &str, line: &Arc<Faulty>, workers: bool) -> Arc<Workstation> {
        let store: Arc<dyn Lake> = line.clone();
        Workstation::open(OpenOptions {
            lake: Some(LakePlace::Given(GivenLake {
                store,
                name: "the lake".to_owned(),
                pace: None,
            })),
            workers,
            ..OpenOptions::new(self.home(home))
        })
        .unwrap()
    }

    fn home(&self, home: &str) -> PathBuf {
        self.dir.path().join(home)
    }
}

/// Sends and takes in everything there is, at once.
fn sync(workstation: &Workstation) {
    workstation.try_lake_now().unwrap();
    workstation.publish().unwrap();
    workstation.send_objects().unwrap();
    workstation.follow().unwrap();
}

/// Waits for an answer of the store itself.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}

/// Waits for what comes by itself.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn state_of(workstation: &Workstation, id: &str) -> ProposalState {
    shots(workstation)
        .into_iter()
        .find_map(|(known, state)| (known == id).then_some(state))
        .unwrap()
}

#[test]
fn what_one_takes_in_the_other_sees_plays_and_decides_on() {
    let world = World::new();
    let anna = world.open("anna", &world.line(), true);
    let asset = take_in(&anna, &world.clip(1));
    until("everything sent", || {
        let state = anna.lake_state().unwrap();
        (state.waiting_entries, state.waiting_objects) == (0, 0)
    });

    let ben = world.open("ben", &world.line(), false);
    assert_eq!(ben.lake_state().unwrap().standing, Standing::Unknown);
    sync(&ben);
    assert_eq!(ben.lake_state().unwrap().standing, Standing::Reached);
    assert_eq!(ben.assets().unwrap().len(), 1);
    assert_eq!(shots(&ben), shots(&anna));
    let kept = ben.asset(&asset).unwrap().kept.unwrap();
    assert!(!kept.proxy_here, "nothing comes before it is wanted: {kept:?}");
    let id = ben.resolve_asset(&asset).unwrap();
    let proxy = ben.rendition_path(id, "proxy").unwrap();
    assert_eq!(
        std::fs::read(proxy).unwrap(),
        std::fs::read(anna.rendition_path(id, "proxy").unwrap()).unwrap()
    );
    assert!(ben.frame_index(id).unwrap().len() >= 40);
    assert!(ben.asset(&asset).unwrap().kept.unwrap().proxy_here);
    assert!(ben.lake_state().unwrap().kept_bytes > 0);

    let (shot, _) = shots(&ben)[0].clone();
    ben.decide(&verdict(&shot, DecideVerdict::Circle)).unwrap();
    ben.publish().unwrap();
    until("the verdict", || state_of(&anna, &shot) == ProposalState::Circled);
}

#[test]
fn what_one_says_reaches_the_others_open_desk_and_two_who_disagree_leave_it_open() {
    let world = World::new();
    let anna = world.open("anna", &world.line(), false);
    anna.start_ingest_workers().unwrap();
    let asset = take_in(&anna, &world.clip(1));
    sync(&anna);
    let lines = [world.line(), world.line()];
    let ben = world.open("ben", &lines[0], true);
    until("the film", || ben.assets().unwrap().len() == 1);
    let changes = ben.subscribe();
    let put = PutComment {
        asset: asset.clone(),
        frame: 3,
        end_frame: Some(9),
        text: "Soft?".to_owned(),
    };
    let thread = anna.put_comment(&put).unwrap().thread.unwrap().id;
    anna.publish().unwrap();
    let told = || changes.next(PATIENCE).unwrap().contains(&Change::Comments);
    until("the comment", || {
        told() && ben.comments(&asset).unwrap().open == 1
    });
    assert_eq!(ben.asset(&asset).unwrap().row.open_threads, 1);

    let cleo = world.open("cleo", &lines[1], false);
    sync(&cleo);
    let answer = AnswerComment {
        comment: thread.clone(),
        text: "A little".to_owned(),
    };
    cleo.answer_comment(&answer).unwrap();
    // Each without seeing the other: settled here, settled and opened again there.
    cleo.resolve_comments(&thread, true).unwrap();
    anna.resolve_comments(&thread, true).unwrap();
    anna.resolve_comments(&thread, false).unwrap();
    for desk in [&cleo, &anna, &cleo] {
        sync(desk);
    }
    let shown = |desk: &Workstation| {
        let list = desk.comments(&asset).unwrap();
        let thread = &list.threads[0];
        (list.open, thread.disputed, thread.replies.len())
    };
    assert_eq!((shown(&anna), shown(&cleo)), ((1, true, 1), (1, true, 1)));
    until("both", || shown(&ben) == (1, true, 1));
    ben.resolve_comments(&thread, true).unwrap();
    ben.publish().unwrap();
    sync(&anna);
    assert_eq!(shown(&anna), (0, false, 1));
    anna.rebuild().unwrap();
    assert_eq!(shown(&anna), (0, false, 1));
}

#[test]
fn without_a_line_everything_goes_on_and_nothing_needs_a_click_when_it_is_back() {
    let world = World::new();
    let line = world.line();
    line.set_outage(Some(Outage::Offline));
    let anna = world.open("anna", &line, true);
    take_in(&anna, &world.clip(1));
    let (shot, _) = shots(&anna)[0].clone();
    anna.decide(&verdict(&shot, DecideVerdict::Circle)).unwrap();
    until("the line is known to be down", || {
        anna.lake_state().unwrap().standing == Standing::Offline
    });
    let state = anna.lake_state().unwrap();
    assert!(state.waiting_entries > 0 && state.waiting_objects > 0 && state.waiting_bytes > 0);
    assert!(state.since_millis > 0 && state.fault.is_some() && state.reached_millis.is_none());
    drop(anna);

    // Also over a restart.
    let anna = world.open("anna", &line, true);
    assert_eq!(state_of(&anna, &shot), ProposalState::Circled);
    assert!(anna.lake_state().unwrap().waiting_objects > 0);
    line.set_outage(None);
    until("everything sent", || {
        let state = anna.lake_state().unwrap();
        state.standing == Standing::Reached && (state.waiting_entries, state.waiting_objects) == (0, 0)
    });
    let ben = world.open("ben", &world.line(), false);
    sync(&ben);
    assert_eq!(state_of(&ben, &shot), ProposalState::Circled);
}

#[test]
fn a_sign_in_that_ends_is_told_from_a_line_that_is_down_and_loses_nothing() {
    let world = World::new();
    let line = world.line();
    let anna = world.open("anna", &line, true);
    line.set_outage(Some(Outage::SignIn));
    take_in(&anna, &world.clip(1));
    until("the sign-in has ended", || {
        anna.lake_state().unwrap().standing == Standing::SignedOut
    });
    line.set_outage(Some(Outage::NoBucket));
    anna.try_lake_now().unwrap();
    until("no bucket", || {
        anna.lake_state().unwrap().standing == Standing::Refused
    });
    line.set_outage(None);
    anna.try_lake_now().unwrap();
    until("everything sent", || {
        let state = anna.lake_state().unwrap();
        (
            state.waiting_entries,
            state.waiting_objects,
            state.refused_objects,
        ) == (0, 0, 0)
    });
}

/// Ingests without a line, so that nothing has been sent.
fn prepared(world: &World, home: &str) -> (String, String) {
    let line = world.line();
    line.set_outage(Some(Outage::Offline));
    let anna = world.open(home, &line, true);
    let asset = take_in(&anna, &world.clip(1));
    let (shot, _) = shots(&anna)[0].clone();
    anna.decide(&verdict(&shot, DecideVerdict::Circle)).unwrap();
    (asset, shot)
}

#[test]
fn lists_and_details_wait_for_nothing_and_what_comes_is_announced() {
    let world = World::new();
    let anna = world.open("anna", &world.line(), true);
    let asset = take_in(&anna, &world.clip(1));
    sync(&anna);
    let line = world.line();
    let ben = world.open("ben", &line, false);
    sync(&ben);
    line.set_outage(Some(Outage::Offline));
    assert_eq!(shots(&ben), shots(&anna), "the frame index is not here");
    let detail = ben.asset(&asset).unwrap();
    assert!(detail.sprites.is_none() && detail.row.frame_count == 40);
    assert!(ben.markers(&asset).unwrap().is_empty());
    assert!(ben.frame_index(ben.resolve_asset(&asset).unwrap()).is_err());

    line.set_outage(None);
    ben.try_lake_now().unwrap();
    let changes = ben.subscribe();
    let id = ben.resolve_asset(&asset).unwrap();
    // As a request for it does, which waits.
    ben.rendition_path(id, "proxy").unwrap();
    let mut told = Vec::new();
    until("the notice", || {
        told.extend(changes.next(Duration::from_millis(20)).unwrap());
        told.contains(&Change::Asset(asset.clone()))
    });
    assert!(ben.asset(&asset).unwrap().sprites.is_some());
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_crash_at_any_step_on_the_way_to_the_lake_loses_and_doubles_nothing() {
    let world = World::new();
    let (asset, shot) = prepared(&world, "prepared");
    for step in 0.. {
        let world = World {
            dir: tempfile::tempdir().unwrap(),
            store: Arc::default(),
        }
        .with_home("anna", &world.home("prepared"));
        let line = world.line();
        let fuse = Fuse::after(step);
        line.set_fuse(fuse.clone());
        let anna = world.open("anna", &line, false);
        // The process is dead after the fuse: what it answers does not matter.
        let _ends_with_the_fuse = anna.publish().and_then(|_| anna.send_objects());
        drop(anna);

        let anna = world.open("anna", &world.line(), false);
        sync(&anna);
        let state = anna.lake_state().unwrap();
        assert_eq!(
            (
                state.waiting_entries,
                state.waiting_objects,
                state.refused_objects
            ),
            (0, 0, 0),
            "step {step}"
        );
        let ben = world.open("ben", &world.line(), false);
        sync(&ben);
        assert_eq!(state_of(&ben, &shot), ProposalState::Circled, "step {step}");
        assert_eq!(shots(&ben), shots(&anna), "step {step}");
        let id = ben.resolve_asset(&asset).unwrap();
        for name in ["proxy", "frames", "report", "sprites"] {
            ben.rendition_path(id, name).unwrap();
        }
        assert_eq!(ben.writers_in_trouble().unwrap(), []);
        if !fuse.is_blown() {
            assert!(step > 10, "the fuse was never lit");
            return;
        }
    }
}

impl World {
    fn with_home(self, name: &str, from: &Path) -> Self {
        copy_dir(from, &self.home(name));
        self
    }
}

#[test]
fn storms_only_delay() {
    let world = World::new();
    let (_, shot) = prepared(&world, "anna");
    let line = world.line();
    line.set_weather(Weather {
        slow: 0,
        ..Weather::STORMY
    });
    let anna = world.open("anna", &line, false);
    until("everything through the storm", || {
        anna.try_lake_now().unwrap();
        let _delayed = anna.publish();
        let _delayed = anna.send_objects();
        let state = anna.lake_state().unwrap();
        (state.waiting_entries, state.waiting_objects) == (0, 0)
    });
    let ben = world.open("ben", &line, false);
    until("the verdict through the storm", || {
        ben.try_lake_now().unwrap();
        let _delayed = ben.follow();
        shots(&ben).contains(&(shot.clone(), ProposalState::Circled))
    });
    assert_eq!(ben.writers_in_trouble().unwrap(), []);
}

#[test]
fn what_another_made_of_the_same_film_is_taken_over_and_nothing_is_overwritten() {
    let world = World::new();
    let (asset, _) = prepared(&world, "anna");
    let anna = world.open("anna", &world.line(), false);
    let key = anna
        .lake_state()
        .unwrap()
        .sending
        .into_iter()
        .find(|object| object.key.starts_with("proxy/"))
        .unwrap()
        .key;
    let theirs = b"a proxy that another encoder made".to_vec();
    let key = Key::new(key).unwrap();
    at_once(world.store.put(&key, theirs.clone(), Put::CreateOnly)).unwrap();
    sync(&anna);
    let state = anna.lake_state().unwrap();
    assert_eq!((state.waiting_objects, state.refused_objects), (0, 0));
    let ben = world.open("ben", &world.line(), false);
    sync(&anna);
    sync(&ben);
    for workstation in [&anna, &ben] {
        let id = workstation.resolve_asset(&asset).unwrap();
        let proxy = workstation.rendition_path(id, "proxy").unwrap();
        assert_eq!(std::fs::read(proxy).unwrap(), theirs);
    }
}

#[test]
fn a_film_plays_while_it_comes_and_waits_for_a_lake_that_goes_away() {
    let world = World::new();
    let (asset, _) = prepared(&world, "anna");
    let anna = world.open("anna", &world.line(), false);
    sync(&anna);
    let line = world.line();
    let ben = world.open("ben", &line, true);
    until("the asset", || !ben.assets().unwrap().is_empty());
    let id = ben.resolve_asset(&asset).unwrap();
    let index = ben.frame_index(id).unwrap();
    assert!(!ben.is_proxy_here(&asset).unwrap());
    let state = || ben.lake_state().unwrap();
    until("an answer", || state().standing == Standing::Reached);

    // It goes away before anybody has noticed.
    line.set_outage(Some(Outage::Offline));
    let coming = ben.rendition_footage(id, "proxy").unwrap();
    assert!(coming.on_its_way().is_some());
    let patience = coming.patience().clone();
    let read = move || {
        let mut reader = media::FrameReader::open(coming, index.of_proxy()).unwrap();
        reader.frame(30).unwrap().planes[0].data.clone()
    };
    let reading = std::thread::Builder::new()
        .name("test-reading".to_owned())
        .spawn(read)
        .unwrap();
    until("waiting", || patience.is_waiting());
    until("a lake that is away", || state().standing == Standing::Offline);
    assert!(
        ben.rendition_footage(id, "proxy").is_ok(),
        "somebody waits for it, and so may others"
    );
    line.set_outage(None);
    ben.try_lake_now().unwrap();
    let seen = reading.join().unwrap();
    until("all of it", || ben.is_proxy_here(&asset).unwrap());

    let here = ben.rendition_footage(id, "proxy").unwrap();
    assert!(here.on_its_way().is_none());
    let mut reader = media::FrameReader::open(here, ben.frame_index(id).unwrap().of_proxy()).unwrap();
    assert_eq!(reader.frame(30).unwrap().planes[0].data, seen);
}

#[test]
fn what_cannot_come_now_is_not_promised() {
    let world = World::new();
    let (asset, _) = prepared(&world, "anna");
    let anna = world.open("anna", &world.line(), false);
    sync(&anna);
    let line = world.line();
    let ben = world.open("ben", &line, true);
    until("the asset", || !ben.assets().unwrap().is_empty());
    let id = ben.resolve_asset(&asset).unwrap();
    line.set_outage(Some(Outage::Offline));
    until("a lake that is away", || {
        ben.lake_state().unwrap().standing == Standing::Offline
    });
    let fault = ben.rendition_footage(id, "proxy").unwrap_err();
    assert_eq!(fault.code.as_str(), "away", "{fault}");
    line.set_outage(None);
    ben.try_lake_now().unwrap();
    until("all of it", || ben.is_proxy_here(&asset).unwrap());
}

#[test]
fn damaged_bytes_are_not_kept() {
    let world = World::new();
    let (asset, _) = prepared(&world, "anna");
    let anna = world.open("anna", &world.line(), false);
    sync(&anna);
    let line = world.line();
    let ben = world.open("ben", &line, false);
    sync(&ben);
    let id = ben.resolve_asset(&asset).unwrap();
    let (key, whole) = at_once(async {
        let page = world.store.list("proxy/", None, 10).await.unwrap();
        let key = page.objects[0].key.clone();
        let whole = world.store.get(&key).await.unwrap().bytes;
        (key, whole)
    });
    let mut damaged = whole.clone();
    damaged[100] ^= 1;
    at_once(world.store.put(&key, damaged, Put::Replace)).unwrap();
    let fault = ben.rendition_path(id, "proxy").unwrap_err();
    assert_eq!(fault.code.as_str(), "lake", "{fault}");
    at_once(world.store.put(&key, whole, Put::Replace)).unwrap();
    ben.rendition_path(id, "proxy").unwrap();
}
