//! The way to a lake in a bucket, as a wizard goes it: asked step by step, given up and gone again, and opened beside another lake.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fault::Code;
use workstation::{
    Access, LakePlace, Look, OpenOptions, Question, SignIn, Visit, VisitQuestion, VisitStep, Workstation,
    lend_lake,
};

const KEY: &str = "EDITORKEY";
const SECRET: &str = "a-secret-that-must-lie-nowhere";
const PASSPHRASE: &str = "a passphrase of this test";
/// Only a test that hangs waits so long.
const LIMIT: Duration = Duration::from_secs(60);

fn opened(home: &Path) -> Arc<Workstation> {
    // A file of secrets is there, so that no keychain of this machine is asked.
    std::fs::create_dir_all(home).unwrap();
    vault::FileVault::open(home.join("secrets.vault"), &PASSPHRASE.into()).unwrap();
    Workstation::open(OpenOptions::new(home).coming_back()).unwrap()
}

/// The next step that is not work.
fn step(visit: &Visit) -> VisitStep {
    let until = Instant::now() + LIMIT;
    loop {
        match visit.step() {
            VisitStep::Working => assert!(Instant::now() < until, "it works for ever"),
            other => return other,
        }
        std::thread::yield_now();
    }
}

fn place(url: &str) -> LakePlace {
    let access = Access {
        endpoint_url: Some(url.to_owned()),
        ..Access::default()
    };
    LakePlace::read(OsStr::new("s3://lake"), &access).unwrap()
}

fn keys() -> SignIn {
    SignIn::Keys {
        id: Some(KEY.to_owned()),
    }
}

fn answer_passphrase(visit: &Visit) {
    assert!(matches!(
        step(visit),
        VisitStep::Asked(VisitQuestion::Passphrase { new: false })
    ));
    visit.answer(PASSPHRASE.into()).unwrap();
}

#[test]
fn keys_typed_by_hand_lead_into_a_lake_and_lie_in_the_vault_alone() {
    let (dir, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = home.path().join("home");
    let lent = lend_lake(dir.path(), "lake", Some((KEY.to_owned(), SECRET.to_owned())), 0).unwrap();
    let workstation = opened(&home);
    let place = place(lent.url());
    let bucket = place.bucket().unwrap().clone();

    let visit = Visit::begin(&workstation, bucket.clone(), keys(), false).unwrap();
    answer_passphrase(&visit);
    let VisitStep::Asked(VisitQuestion::SignIn(Question::SecretKey { id })) = step(&visit) else {
        panic!("{:?}", visit.step());
    };
    assert_eq!(id, KEY);
    assert_eq!(visit.entrance().err().unwrap().code, Code::NotAllowed);
    visit.answer(SECRET.into()).unwrap();
    let VisitStep::Done(who) = step(&visit) else {
        panic!("{:?}", visit.step());
    };
    assert_eq!(who.id, KEY);
    assert_eq!(visit.answer(SECRET.into()).unwrap_err().code, Code::Conflict);

    let (rights, look) = visit.outlook().unwrap();
    assert_eq!((rights.len(), look), (13, Look::Empty));
    let other = workstation
        .open_beside(place.clone(), Some(visit.entrance().unwrap()))
        .unwrap();
    visit.remember().unwrap();
    workstation.close();
    assert_eq!(other.lake_view().place, format!("s3://lake at {}", lent.url()));
    assert_eq!(other.known_lakes().unwrap()[0].id, other.lake_id());
    other.publish().unwrap();
    other.close();
    drop(visit);
    for file in files(&home) {
        let bytes = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(SECRET), "{}", file.display());
    }

    // What was typed once is not asked for again: neither the secret, nor where the lake is.
    let again = Workstation::open(OpenOptions::new(&home).coming_back()).unwrap();
    assert_eq!(again.lake_view().kind, "s3");
    let visit = Visit::begin(&again, bucket, keys(), false).unwrap();
    answer_passphrase(&visit);
    assert!(matches!(step(&visit), VisitStep::Done(_)), "{:?}", visit.step());
    again.close();
}

#[test]
fn a_visit_is_given_up_at_any_question_and_can_be_begun_again() {
    let home = tempfile::tempdir().unwrap();
    let workstation = opened(&home.path().join("home"));
    let bucket = place("http://127.0.0.1:1").bucket().unwrap().clone();
    for answers in 0..2 {
        let visit = Visit::begin(&workstation, bucket.clone(), keys(), false).unwrap();
        if answers == 1 {
            answer_passphrase(&visit);
        }
        assert!(matches!(step(&visit), VisitStep::Asked(_)));
        visit.give_up();
        let until = Instant::now() + LIMIT;
        while !matches!(visit.step(), VisitStep::Failed(_)) {
            assert!(Instant::now() < until, "{:?}", visit.step());
            std::thread::yield_now();
        }
        assert!(visit.entrance().is_err());
    }
    // A wrong passphrase and a choice that cannot work say so.
    let visit = Visit::begin(&workstation, bucket.clone(), keys(), false).unwrap();
    assert!(matches!(step(&visit), VisitStep::Asked(_)));
    visit.answer("wrong".into()).unwrap();
    assert!(matches!(step(&visit), VisitStep::Failed(fault) if fault.code == Code::NotAllowed));
    let unfit = SignIn::Role(workstation::SignInRole {
        arn: "Editor".to_owned(),
        profile: None,
        mfa: None,
        external_id: None,
        session_secs: None,
    });
    let visit = Visit::begin(&workstation, bucket, unfit, false).unwrap();
    assert!(matches!(step(&visit), VisitStep::Failed(fault) if fault.code == Code::BadRequest));
    workstation.close();
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}
