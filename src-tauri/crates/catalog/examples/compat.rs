//! Writes a journal and a catalog with something of everything, for `tests/compat`, when a version with a new schema is
//! released: `cargo run -p catalog --example compat -- tests/compat v4`. Files that are there are left alone.

#[path = "../../ledger/tests/it/world.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod world;

#[path = "../tests/it/things.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod things;

use std::{error::Error, path::Path};

use catalog::{Catalog, Journal, Lease, NewJob, Sighting, Urgency, WriterRecord};
use ledger::{Body, Decision, Kind, Location, MarkerEntry, Undo, Verdict};
use serde_json::json;
use timebase::FrameRange;

use things::{asset_entry, made, run_entry, run_id};
use world::{asset, author, proposal};

const PLACE: &str = "/footage/Reel 7.mov";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(version)) = (arguments.next(), arguments.next()) else {
        return Err("usage: compat FOLDER VERSION".into());
    };
    let home = tempfile::tempdir()?;
    let (journal, catalog) = (Journal::open(home.path())?, Catalog::open(home.path())?);
    decide(&journal)?;
    catalog.apply_proposals(
        run_id(),
        &[made(0, Kind::Shots, 0, None), made(1, Kind::Qc, 5, Some(700))],
    )?;
    catalog.catch_up(&journal)?;
    remember(&catalog)?;
    // The last connection to close folds the log into the file.
    drop((journal, catalog));
    for name in ["journal", "catalog"] {
        let target = Path::new(&folder).join(format!("{name}-{version}.db"));
        if !target.exists() {
            std::fs::copy(home.path().join(format!("{name}.db")), target)?;
        }
    }
    Ok(())
}

/// Eight entries: of the first two a segment was sent, of the third one is sealed.
fn decide(journal: &Journal) -> Result<(), Box<dyn Error>> {
    let anna = author(0);
    journal.append(
        &anna,
        1_700_000_000_000,
        vec![asset_entry(asset(1), "Reel 7.mov")],
    )?;
    let found = Location {
        asset: asset(1),
        place: PLACE.into(),
    };
    journal.append(&anna, 1, vec![Body::Location(found)])?;
    let sealed = journal
        .seal_segment(&anna.workstation, 10)?
        .ok_or("nothing to seal")?;
    journal.mark_sent(&anna.workstation, sealed.sequence)?;
    journal.append(&anna, 2, vec![Body::Run(run_entry(1))])?;
    journal.seal_segment(&anna.workstation, 10)?;
    let mut edited = Decision::new(vec![proposal(0)], Verdict::Circled, vec![]);
    edited.edit = Some(json!({ "end_frame": 8 }));
    journal.append(&anna, 3, vec![Body::Decision(edited)])?;
    let rejected = Decision::new(vec![proposal(1)], Verdict::Rejected, vec![]);
    let rejected = journal.append(&anna, 4, vec![Body::Decision(rejected)])?;
    journal.append(
        &anna,
        5,
        vec![Body::Undo(Undo {
            entry: rejected[0].id,
        })],
    )?;
    let marker = MarkerEntry::put(asset(1), FrameRange::new(3, 4), "check focus".into());
    let put = journal.append(&anna, 6, vec![Body::Marker(marker.clone())])?;
    let mut changed = marker;
    changed.note = "soft".into();
    changed.marker = Some(put[0].id.into());
    changed.supersedes = vec![put[0].id];
    journal.append(&anna, 7, vec![Body::Marker(changed)])?;
    owe(journal)
}

/// Two objects that are not in the lake yet: one half sent, one refused; a lease that nobody gave back; a head that was sent.
fn owe(journal: &Journal) -> Result<(), Box<dyn Error>> {
    journal.owe("proxy/a/b.mp4", 1000, Urgency::Proxy)?;
    journal.outgoing_progress("proxy/a/b.mp4", Some("half"))?;
    journal.owe("ai/a/run.jsonl.zst", 10, Urgency::Meaning)?;
    journal.refuse_outgoing("ai/a/run.jsonl.zst", "not allowed")?;
    journal.lease(Lease::Objects, "1 gone", 10, 20)?;
    let writer = author(0).workstation;
    journal.mark_head_sent(&writer, &journal.head(&writer)?)?;
    Ok(())
}

/// A job, a file that was seen before, what is kept of a lake elsewhere, and somebody who is followed.
fn remember(catalog: &Catalog) -> Result<(), Box<dyn Error>> {
    let job = NewJob {
        kind: "ingest".into(),
        title: "Reel 8.mov".into(),
        asset: None,
        priority: 1,
        request: json!({ "path": "/footage/Reel 8.mov" }),
        key: Some("/footage/Reel 8.mov".into()),
    };
    catalog.enqueue(&job, 9)?;
    let sighting = Sighting {
        place: PLACE.into(),
        size_bytes: 12,
        modified_nanos: 34,
        asset: asset(1),
    };
    catalog.remember_sighting(&sighting)?;
    catalog.keep("proxy/a/c.mp4", 77, 5)?;
    catalog.pin(asset(1), true)?;
    let ben = WriterRecord {
        principal: "ben".into(),
        workstation: "ben-1".into(),
        sequence: 3,
        ..WriterRecord::default()
    };
    catalog.apply_of(&ben, 0, &[])?;
    Ok(())
}
