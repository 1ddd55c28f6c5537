//! What others put into the lake is found, taken in once, stays where it is, and says what became of it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lake::events::MemoryQueue;
use lake::{Key, Lake, MemoryLake, Put};
use serde_json::json;
use workstation::{
    DecideVerdict, ForeignRow, ForeignStanding, ForeignView, GivenLake, LakePlace, OpenOptions,
    ProposalState, Workstation,
};

use crate::{PATIENCE, film, open, shots, verdict};

/// A bucket with a queue, in memory.
struct World {
    dir: tempfile::TempDir,
    store: Arc<MemoryLake>,
    queue: Arc<MemoryQueue>,
}

impl World {
    fn new() -> Self {
        let queue = Arc::new(MemoryQueue::new(Duration::from_secs(60)));
        Self {
            dir: tempfile::tempdir().unwrap(),
            store: Arc::new(MemoryLake::with_queue(Arc::clone(&queue))),
            queue,
        }
    }

    fn film(&self, seed: u32) -> Vec<u8> {
        let clip = self.dir.path().join(format!("clip-{seed}.mp4"));
        film(&clip, seed, 2, 20);
        std::fs::read(clip).unwrap()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        at_once(
            self.store
                .put(&Key::new(key).unwrap(), bytes.to_vec(), Put::Replace),
        )
        .unwrap();
    }

    fn delete(&self, key: &str) {
        at_once(self.store.delete(&Key::new(key).unwrap())).unwrap();
    }

    /// S3's notification of an object.
    fn tell(&self, event: &str, key: &str, sequencer: &str) {
        let key = key.replace(' ', "+");
        let record = json!({
            "eventSource": "aws:s3",
            "eventName": event,
            "s3": { "bucket": { "name": "media" }, "object": { "key": key, "sequencer": sequencer } }
        });
        self.queue.put(json!({ "Records": [record] }).to_string());
    }

    fn open(&self, home: &str, queue: &str) -> Arc<Workstation> {
        let workstation = Workstation::open(OpenOptions {
            lake: Some(LakePlace::Given(GivenLake {
                store: Arc::clone(&self.store) as Arc<dyn Lake>,
                name: "the lake".to_owned(),
                pace: None,
            })),
            ..OpenOptions::new(self.dir.path().join(home))
        })
        .unwrap();
        turn_on(&workstation, queue);
        workstation.start_workers().unwrap();
        workstation
    }

    fn keys(&self) -> Vec<String> {
        let listed = at_once(self.store.list("", None, 10_000)).unwrap();
        listed.objects.into_iter().map(|info| info.key.into()).collect()
    }
}

fn turn_on(workstation: &Workstation, queue: &str) {
    let lake = json!({ "take_in_foreign": true, "event_queue": queue });
    // What lies still is seen to lie still after a second.
    let change = json!({ "lake": lake, "watch": { "settle_secs": 1 } });
    workstation.set_settings(&change).unwrap();
}

/// Waits for an answer of the store itself.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

fn foreign(workstation: &Workstation) -> ForeignView {
    workstation.lake_state().unwrap().foreign
}

fn row(workstation: &Workstation, key: &str) -> Option<ForeignRow> {
    foreign(workstation)
        .objects
        .into_iter()
        .find(|row| row.key == key)
}

fn stands(workstation: &Workstation, key: &str) -> Option<ForeignStanding> {
    row(workstation, key).map(|row| row.state)
}

/// Waits for what comes by itself.
fn until(workstation: &Workstation, what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(
            began.elapsed() < PATIENCE,
            "{what} did not come: {:#?}",
            foreign(workstation)
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

const QUEUE: &str = "http://127.0.0.1:1/123456789012/foreign";

#[test]
fn what_others_put_into_the_lake_is_taken_in_once_and_stays_where_it_is() {
    let world = World::new();
    let key = "incoming/card 1/A001 C002é.mp4";
    world.put(key, &world.film(1));
    world.put("incoming/broken.mov", b"no film at all");
    for aside in [
        "incoming/notes.txt",
        "incoming/.hidden/x.mov",
        "incoming/README",
        "raw/x/y.mov",
    ] {
        world.put(aside, &world.film(2));
    }
    let before = world.keys();

    let anna = world.open("anna", "");
    until(&anna, "both", || {
        let foreign = foreign(&anna);
        (foreign.taken, foreign.refused, foreign.waiting) == (1, 1, 0)
    });
    let taken = row(&anna, key).unwrap();
    let refused = row(&anna, "incoming/broken.mov").unwrap();
    assert!(refused.why.is_some_and(|why| !why.is_empty()));
    let assets = anna.assets().unwrap();
    let asset = assets
        .iter()
        .find(|row| Some(&row.id) == taken.asset.as_ref())
        .unwrap();
    assert_eq!(asset.title, "A001 C002é");
    let detail = anna.asset(&asset.id).unwrap();
    assert!(detail.places[0].ends_with(key), "{:?}", detail.places);
    assert!(
        foreign(&anna)
            .listing
            .unwrap()
            .words
            .starts_with("2 objects of others")
    );
    // Nothing of it was copied, moved or changed.
    let own = ["ai/", "claims/", "heads/", "ledger/", "proxy/", "thumbnails/"];
    for now in world.keys() {
        let expected = before.contains(&now) || own.iter().any(|root| now.starts_with(root));
        assert!(expected, "{now}");
    }

    until(&anna, "everything sent", || {
        let state = anna.lake_state().unwrap();
        (state.waiting_entries, state.waiting_objects) == (0, 0)
    });
    let ben = world.open("ben", "");
    until(&ben, "the claim", || {
        stands(&ben, key) == Some(ForeignStanding::Taken)
    });
    assert_eq!(row(&ben, key).unwrap().asset, taken.asset);
    assert!(
        !ben.lake_dir().join("incoming").exists(),
        "it was not even fetched"
    );
    until(&ben, "the asset", || {
        ben.assets()
            .unwrap()
            .iter()
            .any(|row| Some(&row.id) == taken.asset.as_ref())
    });
}

#[test]
fn a_message_brings_an_object_in_and_says_when_it_is_gone_and_no_verdict_is_lost() {
    let world = World::new();
    let anna = world.open("anna", QUEUE);
    until(&anna, "the first look", || foreign(&anna).listing.is_some());
    let key = "incoming/A001 C002.mp4";
    world.put(key, &world.film(1));
    world
        .queue
        .put("{\"Event\":\"s3:TestEvent\",\"Bucket\":\"media\"}");
    world.queue.put("a letter to somebody else");
    world.tell("ObjectCreated:Put", key, "02");
    // Old news, told late; and the same once more.
    world.tell("ObjectRemoved:Delete", key, "01");
    world.tell("ObjectCreated:Put", key, "02");
    world.tell("ObjectCreated:Put", "heads/v1/anna/w1", "03");
    until(&anna, "the film", || {
        stands(&anna, key) == Some(ForeignStanding::Taken)
    });
    until(&anna, "the messages", || world.queue.len() == 1);
    let view = foreign(&anna);
    assert!(view.left.unwrap().words.contains("left in the queue"));
    assert_eq!((view.taken, view.refused, view.gone), (1, 0, 0));
    let first = row(&anna, key).unwrap().asset.unwrap();
    let (shot, _) = shots(&anna)[0].clone();
    anna.decide(&verdict(&shot, DecideVerdict::Circle)).unwrap();

    // Another film under the same name is another asset.
    world.put(key, &world.film(2));
    world.tell("ObjectCreated:Put", key, "04");
    until(&anna, "the other film", || {
        row(&anna, key).is_some_and(|row| row.asset.is_some_and(|asset| asset != first))
    });
    world.delete(key);
    world.tell("ObjectRemoved:DeleteMarkerCreated", key, "05");
    until(&anna, "the end of it", || {
        stands(&anna, key) == Some(ForeignStanding::Gone)
    });
    assert_eq!(anna.assets().unwrap().len(), 2, "what was taken in stays");
    let state = shots(&anna).into_iter().find(|(id, _)| *id == shot).unwrap().1;
    assert_eq!(state, ProposalState::Circled);
    until(&anna, "the last message", || world.queue.len() == 1);
}

#[test]
fn a_message_that_was_lost_is_made_up_for_by_a_look_through_the_lake() {
    let world = World::new();
    let anna = world.open("anna", QUEUE);
    until(&anna, "the first look", || foreign(&anna).listing.is_some());
    world.put("a.mp4", &world.film(1));
    // The same bytes under another name are the same asset.
    world.put("b/c.mp4", &world.film(1));
    anna.try_lake_now().unwrap();
    until(&anna, "both", || foreign(&anna).taken == 2);
    assert_eq!(anna.assets().unwrap().len(), 1);
    world.delete("a.mp4");
    anna.try_lake_now().unwrap();
    until(&anna, "the end of one", || foreign(&anna).gone == 1);
    let id = anna.assets().unwrap()[0].id.clone();
    let asset = anna.resolve_asset(&id).unwrap();
    assert!(
        anna.unchanged_original(asset).unwrap().is_some(),
        "the other is there"
    );
    let places = anna.asset(&id).unwrap().places;
    assert!(
        places
            .iter()
            .any(|place| place == "lake:a.mp4 (no longer in the lake)"),
        "{places:?}"
    );
}

#[test]
fn a_lake_in_a_folder_takes_in_what_somebody_puts_into_it() {
    let dir = tempfile::tempdir().unwrap();
    let workstation = open(&dir.path().join("home"), true);
    let folder = workstation.lake_dir().join("Incoming/Card 1");
    std::fs::create_dir_all(&folder).unwrap();
    let clip = folder.join("A001_C002.MP4");
    film(&clip, 1, 2, 20);
    std::os::unix::fs::symlink(&clip, folder.join("Link.MP4")).unwrap();
    std::fs::write(folder.join("bad\nname.mov"), b"x").unwrap();
    assert_eq!(foreign(&workstation).taken, 0);
    turn_on(&workstation, "");
    let key = "Incoming/Card 1/A001_C002.MP4";
    until(&workstation, "the film", || {
        stands(&workstation, key) == Some(ForeignStanding::Taken)
    });
    let rows = foreign(&workstation).objects;
    assert_eq!(rows.len(), 2, "{rows:#?}");
    assert_eq!(rows[0].state, ForeignStanding::Refused, "{rows:#?}");
    let id = workstation.assets().unwrap()[0].id.clone();
    let asset = workstation.resolve_asset(&id).unwrap();
    assert_eq!(
        workstation.source_path(asset).unwrap().as_deref(),
        Some(clip.as_path())
    );
    assert!(!Path::new(workstation.lake_dir()).join("raw").exists());

    std::fs::remove_file(&clip).unwrap();
    workstation.try_lake_now().unwrap();
    until(&workstation, "the end of it", || {
        stands(&workstation, key) == Some(ForeignStanding::Gone)
    });
    assert_eq!(workstation.assets().unwrap().len(), 1);
    assert!(!shots(&workstation).is_empty());
}

/// A stand-in for AWS that is another program; it ends with the test.
struct Moto(std::process::Child, String);

impl Drop for Moto {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

impl Moto {
    /// The moto server, or `None` after saying that the test was not run. Under CI its absence is a failure.
    #[expect(clippy::print_stdout, reason = "what was not run says so")]
    fn start(test: &str) -> Option<Self> {
        let Some(program) = std::env::var_os("CIRCLETAKE_MOTO") else {
            assert_ne!(
                std::env::var("CI").as_deref(),
                Ok("true"),
                "{test} needs CIRCLETAKE_MOTO under CI"
            );
            println!("{test}: not run, CIRCLETAKE_MOTO does not name a moto_server");
            return None;
        };
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = std::process::Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let moto = Self(child, format!("127.0.0.1:{port}"));
        let began = Instant::now();
        while std::net::TcpStream::connect(&moto.1).is_err() {
            assert!(began.elapsed() < PATIENCE, "the server does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(moto)
    }

    /// Asks it over a bare line.
    fn ask(&self, service: &str, what: &str, headers: &str, body: &[u8]) {
        use std::io::{Read as _, Write as _};
        let mut line = std::net::TcpStream::connect(&self.1).unwrap();
        let head = format!(
            "{what} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}Authorization: \
             AWS4-HMAC-SHA256 Credential=EDITOR/20261122/us-east-1/{service}/aws4_request, SignedHeaders=host, \
             Signature=none\r\n\r\n",
            self.1,
            body.len()
        );
        line.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 20"), "{what}: {answer}");
    }
}

#[test]
fn over_moto_a_film_in_a_bucket_is_told_of_taken_in_and_gone() {
    let Some(moto) = Moto::start("over_moto_a_film_in_a_bucket_is_told_of_taken_in_and_gone") else {
        return;
    };
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    moto.ask(
        "sqs",
        "POST /",
        form,
        b"Action=CreateQueue&QueueName=foreign&Version=2012-11-05",
    );
    moto.ask("s3", "PUT /lake", "", b"");
    let connected = "<NotificationConfiguration><QueueConfiguration><Id>foreign</Id>\
        <Queue>arn:aws:sqs:us-east-1:123456789012:foreign</Queue><Event>s3:ObjectCreated:*</Event>\
        <Event>s3:ObjectRemoved:*</Event></QueueConfiguration></NotificationConfiguration>";
    moto.ask("s3", "PUT /lake?notification", "", connected.as_bytes());

    let dir = tempfile::tempdir().unwrap();
    let mut place: lake::S3Place = "s3://lake/a show".parse().unwrap();
    place.endpoint_url = Some(format!("http://{}", moto.1));
    place.region = Some("us-east-1".to_owned());
    let keys = lake::Keys {
        id: "EDITOR".to_owned(),
        secret: "a secret of this run".to_owned(),
    };
    let store = at_once(lake::S3Lake::open(place, Some(keys))).unwrap();
    let anna = Workstation::open(OpenOptions {
        lake: Some(LakePlace::Given(GivenLake {
            store: Arc::new(store),
            name: "the bucket".to_owned(),
            pace: None,
        })),
        ..OpenOptions::new(dir.path().join("anna"))
    })
    .unwrap();
    turn_on(&anna, &format!("http://{}/123456789012/foreign", moto.1));
    anna.start_workers().unwrap();
    until(&anna, "the first look", || foreign(&anna).listing.is_some());

    let clip = dir.path().join("clip.mp4");
    film(&clip, 1, 2, 20);
    let key = "incoming/A001 C002+é.mp4";
    let escaped = "/lake/a%20show/incoming/A001%20C002%2B%C3%A9.mp4";
    moto.ask(
        "s3",
        &format!("PUT {escaped}"),
        "",
        &std::fs::read(&clip).unwrap(),
    );
    until(&anna, "the film", || {
        stands(&anna, key) == Some(ForeignStanding::Taken)
    });
    let event = foreign(&anna).event.unwrap();
    assert_eq!(event.words, format!("{key} arrived"));
    assert_eq!(anna.assets().unwrap().len(), 1);
    moto.ask("s3", &format!("DELETE {escaped}"), "", b"");
    until(&anna, "the end of it", || {
        stands(&anna, key) == Some(ForeignStanding::Gone)
    });
    assert!(!shots(&anna).is_empty(), "what was found in it stays");
}
