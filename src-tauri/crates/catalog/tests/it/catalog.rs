use std::collections::BTreeSet;

use catalog::{Catalog, CatalogError, Filter, Journal, Order, ProposalState, Said, Sighting};
use ledger::{
    Body, Comment, Decision, Entry, Kind, Location, Rendition, SameAs, Standing, State, Tally, Undo,
    UndoHistory, Verdict,
};
use proptest::prelude::*;
use serde_json::json;

use crate::{asset_entry, made, numbers, run, run_entry, run_id, world::*};

pub fn four() -> Vec<ledger::Proposal> {
    (0..4)
        .map(|n| made(n, Kind::Shots, u64::from(n) * 10, None))
        .collect()
}

/// Everything the catalog says of the four proposals, against the fold.
fn agrees(catalog: &Catalog, state: &State) -> Result<(), TestCaseError> {
    let records = catalog.proposals(&Filter::default()).unwrap();
    prop_assert_eq!(records.len(), 4);
    let mut tally = Tally::default();
    for record in records {
        let id = record.proposal.id;
        let standing = state.standing(id);
        let entries = state.standing_entries(id);
        match &standing {
            Standing::Open => tally.open += 1,
            Standing::Circled { .. } => tally.circled += 1,
            Standing::Rejected => tally.rejected += 1,
            Standing::Conflict(_) => tally.conflict += 1,
        }
        let last = entries
            .last()
            .map(|(entry, decision)| (entry.id, entry.clock, entry.author.clone(), decision.verdict));
        prop_assert_eq!(
            record.decided.map(|d| (d.entry, d.clock, d.author, d.verdict)),
            last
        );
        prop_assert_eq!(record.standing, standing);
        let expected: BTreeSet<_> = entries.iter().map(|(entry, _)| entry.id).collect();
        let stored = catalog.standing_entries(&[id]).unwrap();
        prop_assert_eq!(
            stored[0].1.iter().copied().collect::<BTreeSet<_>>(),
            expected.clone()
        );
        let history = catalog.history_of(id).unwrap();
        prop_assert_eq!(history.len(), state.decisions_on(id).count());
        for verdict in history {
            prop_assert_eq!(verdict.standing, expected.contains(&verdict.entry.id));
            prop_assert_eq!(verdict.void, state.is_void(verdict.entry.id));
            prop_assert_eq!(Some(&verdict.entry), state.entry(verdict.entry.id));
        }
    }
    prop_assert_eq!(catalog.tally(&Filter::default()).unwrap(), tally);
    let stored = catalog.markers(asset(1)).unwrap();
    let mut expected: Vec<_> = state.marker_ids().filter_map(|id| state.marker(id)).collect();
    expected.sort_by_key(|marker| (marker.range, marker.id));
    let shown: Vec<_> = stored.iter().map(|record| record.marker.clone()).collect();
    prop_assert_eq!(shown, expected);
    for record in stored {
        let entry = state
            .entry(record.marker.entry)
            .map(|entry| (&entry.author, entry.clock));
        prop_assert_eq!(entry, Some((&record.author, record.clock)));
    }
    for id in state.marker_ids() {
        let standing: Vec<_> = state
            .standing_marker_entries(id)
            .iter()
            .map(|(entry, _)| entry.id)
            .collect();
        prop_assert_eq!(catalog.standing_marker_entries(id).unwrap(), standing);
    }
    comments_agree(catalog, state)
}

/// Everything the catalog says of comments, against the fold.
fn comments_agree(catalog: &Catalog, state: &State) -> Result<(), TestCaseError> {
    let stored = catalog.comments(asset(1)).unwrap();
    let mut expected: Vec<_> = state.comment_ids().filter_map(|id| state.comment(id)).collect();
    let written = |comment: &Comment| state.entry(comment.id.into()).map(|entry| entry.clock);
    expected.sort_by_key(|comment| (comment.range, written(comment), comment.id));
    let shown: Vec<_> = stored.iter().map(|record| record.comment.clone()).collect();
    prop_assert_eq!(shown, expected);
    let mut open = 0;
    for record in stored {
        let id = record.comment.id;
        let written = state.entry(id.into()).map(|entry| (&entry.author, entry.clock));
        prop_assert_eq!(written, Some((&record.author, record.written)));
        prop_assert_eq!(&record.resolution, &state.resolution(id));
        open += u64::from(record.comment.reply_to.is_none() && !record.resolution.resolved);
        let said = record.resolution.entry.and_then(|entry| state.entry(entry));
        prop_assert_eq!(
            said.map(|entry| (entry.author.clone(), entry.clock)),
            record.resolved_by
        );
    }
    prop_assert_eq!(catalog.open_threads(asset(1)).unwrap(), open);
    for id in state.comment_ids().chain(state.resolution_ids()) {
        let standing: Vec<_> = state
            .standing_comment_entries(id)
            .iter()
            .map(|(entry, _)| entry.id)
            .collect();
        prop_assert_eq!(catalog.standing_comment_entries(id).unwrap(), standing);
        let standing: Vec<_> = state
            .standing_resolution_entries(id)
            .iter()
            .map(|(entry, _)| entry.id)
            .collect();
        prop_assert_eq!(catalog.standing_resolution_entries(id).unwrap(), standing);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever arrives in whatever order and pieces, the catalog says what the fold says; also of undo and redo, and also
    /// after a rebuild.
    #[test]
    fn the_catalog_is_the_fold(
        (history, order) in histories(24).prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle())),
        piece in 1usize..6,
        proposals_at in 0usize..24,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(dir.path()).unwrap();
        let mut state = State::default();
        for (number, entries) in order.chunks(piece).enumerate() {
            if number == proposals_at.min(order.len() / piece) {
                prop_assert_eq!(catalog.apply_proposals(run_id(), &four()).unwrap(), 4);
            }
            let applied = catalog.apply(entries).unwrap();
            prop_assert_eq!(applied.entries, entries.len() as u64);
            let mut touched = BTreeSet::new();
            for entry in entries {
                touched.extend(state.apply(entry.clone()));
            }
            // It may compute more anew than has changed, never less.
            prop_assert!(touched.is_subset(&applied.proposals.into_iter().collect()));
        }
        catalog.apply_proposals(run_id(), &four()).unwrap();
        agrees(&catalog, &state)?;
        prop_assert_eq!(catalog.apply(&history).unwrap().entries, 0);

        for who in 0..3 {
            let author = author(who);
            let own: Vec<&Entry> = history.iter().filter(|entry| entry.author == author).collect();
            let expected = UndoHistory::of(own, &state);
            let acts = catalog.acts(&author.principal, &author.workstation, 100).unwrap();
            prop_assert_eq!(acts.done.iter().map(|act| act.step.clone()).collect::<Vec<_>>(), expected.done.clone());
            prop_assert_eq!(acts.undone.iter().map(|act| act.step.clone()).collect::<Vec<_>>(), expected.undone.clone());
            for limit in 1..4 {
                let last = catalog.acts(&author.principal, &author.workstation, limit).unwrap();
                let limit = limit as usize;
                prop_assert_eq!(&last.done[..], &acts.done[acts.done.len().saturating_sub(limit)..]);
                prop_assert_eq!(&last.undone[..], &acts.undone[acts.undone.len().saturating_sub(limit)..]);
            }
            for step in expected.done.iter().chain(&expected.undone) {
                prop_assert_eq!(catalog.outlook(step).unwrap(), step.outlook(&state));
            }
        }

        let journal = Journal::open(dir.path()).unwrap();
        let entries = order.into_iter().map(Ok::<_, CatalogError>);
        catalog.rebuild(&journal, entries, four().into_iter().map(Ok)).unwrap();
        agrees(&catalog, &state)?;
    }
}

/// What two people say of three assets, in the order of their clocks or not.
fn library() -> Vec<Entry> {
    let (a, b) = (asset(1), asset(2));
    let found = |place: &str| {
        Body::Location(Location {
            asset: a,
            place: place.into(),
        })
    };
    vec![
        entry(0, 5, asset_entry(a, "new name.mov")),
        entry(1, 2, asset_entry(a, "old name.mov")),
        entry(0, 3, asset_entry(b, "other.mov")),
        entry(0, 6, found("/footage/new name.mov")),
        entry(1, 1, found("/mnt/old name.mov")),
        entry(0, 7, Body::Rendition(rendition("proxy", "proxy/a/2.mp4"))),
        entry(1, 4, Body::Rendition(rendition("proxy", "proxy/a/1.mp4"))),
        entry(
            0,
            8,
            Body::Rendition(rendition("frames", "thumbnails/a/frames.idx")),
        ),
        entry(0, 9, Body::Run(run_entry(1))),
        entry(0, 10, Body::SameAs(SameAs { asset: a, other: b })),
        entry(
            1,
            11,
            Body::SameAs(SameAs {
                asset: asset(3),
                other: b,
            }),
        ),
    ]
}

#[test]
fn the_library_is_what_entries_say_whatever_their_order() {
    let forwards = library();
    let backwards = forwards.iter().rev().cloned().collect();
    for order in [forwards, backwards] {
        let dir = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(dir.path()).unwrap();
        for entry in order {
            catalog.apply(&[entry]).unwrap();
        }
        catalog.apply_proposals(run_id(), &four()).unwrap();
        let records = catalog.assets().unwrap();
        let titles: Vec<_> = records.iter().map(|record| record.entry.title.as_str()).collect();
        assert_eq!(titles, ["other.mov", "new name.mov"]);
        let record = catalog.asset(asset(1)).unwrap().unwrap();
        assert_eq!(record, records[1]);
        assert_eq!(record.added.millis, 1_700_000_000_002);
        assert_eq!(
            record.tally,
            Tally {
                open: 4,
                ..Tally::default()
            }
        );
        let places: Vec<_> = record
            .locations
            .iter()
            .map(|found| found.location.place.as_str())
            .collect();
        assert_eq!(places, ["/footage/new name.mov", "/mnt/old name.mov"]);
        assert_eq!(record.locations[1].author, author(1));
        let keys: Vec<_> = record
            .renditions
            .iter()
            .map(|rendition| rendition.key.as_str())
            .collect();
        assert_eq!(keys, ["thumbnails/a/frames.idx", "proxy/a/2.mp4"]);
        assert_eq!(record.runs, [run_entry(1)]);
        assert_eq!(catalog.run(run_id()).unwrap(), Some(run_entry(1)));
        assert_eq!(catalog.aliases(asset(1)).unwrap(), [asset(1), asset(2), asset(3)]);
        assert_eq!(catalog.aliases(asset(9)).unwrap(), [asset(9)]);
        assert_eq!(
            catalog.locations_of_place("/mnt/old name.mov").unwrap(),
            [asset(1)]
        );
        assert_eq!(catalog.assets_with_prefix("01").unwrap(), [asset(1)]);
        assert_eq!(catalog.assets_with_prefix("0").unwrap(), [asset(1), asset(2)]);
        assert!(catalog.assets_with_prefix("no").unwrap().is_empty());
        assert!(catalog.asset(asset(9)).unwrap().is_none());
    }
}

fn rendition(name: &str, key: &str) -> Rendition {
    Rendition {
        asset: asset(1),
        name: name.into(),
        key: key.into(),
        size_bytes: 5,
        blake3: "00".into(),
    }
}

/// Five proposals of several kinds, of which 1 is circled and 3 rejected.
pub fn mixed() -> (tempfile::TempDir, Catalog, Vec<ledger::Proposal>) {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    let proposals = vec![
        made(0, Kind::Shots, 40, None),
        made(1, Kind::Qc, 30, Some(100)),
        made(2, Kind::Faces, 20, Some(900)),
        made(3, Kind::Faces, 10, Some(400)),
        made(4, hologram(), 0, Some(1000)),
    ];
    assert_eq!(catalog.apply_proposals(run_id(), &proposals).unwrap(), 5);
    let verdicts = [
        verdict(0, 1, &[1], Verdict::Circled, &[]),
        verdict(0, 2, &[3], Verdict::Rejected, &[]),
    ];
    catalog.apply(&verdicts).unwrap();
    (dir, catalog, proposals)
}

fn hologram() -> Kind {
    Kind::Other("hologram".into())
}

/// A filter with one thing changed.
pub fn with(change: impl FnOnce(&mut Filter)) -> Filter {
    let mut filter = Filter::default();
    change(&mut filter);
    filter
}

#[test]
fn filters_and_orders() {
    let (_dir, catalog, _) = mixed();
    let ids = |change: fn(&mut Filter)| numbers(&catalog.proposal_ids(&with(change)).unwrap());
    assert_eq!(ids(|_all| {}), [4, 3, 2, 1, 0]);
    assert_eq!(ids(|f| f.order = Order::Worth), [2, 4, 0, 1, 3]);
    assert_eq!(ids(|f| (f.limit, f.offset) = (Some(2), 1)), [3, 2]);
    assert_eq!(ids(|f| (f.limit, f.order) = (Some(2), Order::Worth)), [2, 4]);
    assert_eq!(ids(|f| f.offset = 3), [1, 0]);
    assert_eq!(ids(|f| f.kinds = vec![Kind::Faces, Kind::Qc]), [3, 2, 1]);
    assert_eq!(ids(|f| f.kinds = vec![hologram()]), [4]);
    assert_eq!(ids(|f| f.states = vec![ProposalState::Open]), [4, 2, 0]);
    assert_eq!(
        ids(|f| f.states = vec![ProposalState::Circled, ProposalState::Rejected]),
        [3, 1]
    );
    assert_eq!(ids(|f| f.min_confidence_permille = Some(400)), [4, 3, 2]);
    assert_eq!(ids(|f| f.max_confidence_permille = Some(400)), [3, 1]);
    assert_eq!(
        ids(|f| (f.asset, f.kinds) = (Some(asset(1)), vec![Kind::Shots])),
        [0]
    );
    assert!(ids(|f| f.asset = Some(asset(2))).is_empty());
    assert_eq!(ids(|f| f.ids = Some(vec![proposal(2), proposal(7)])), [2]);
    assert!(ids(|f| f.ids = Some(vec![])).is_empty());
}

#[test]
fn counts_prefixes_and_rows() {
    let (_dir, catalog, proposals) = mixed();
    assert_eq!(catalog.apply_proposals(run_id(), &proposals).unwrap(), 0);
    assert_eq!(
        catalog
            .apply_proposals(run(2).id, &[made(9, Kind::Qc, 0, None)])
            .unwrap(),
        0
    );
    let tally = Tally {
        open: 3,
        circled: 1,
        rejected: 1,
        conflict: 0,
    };
    assert_eq!(catalog.tally(&Filter::default()).unwrap(), tally);
    let kinds = catalog.count_by_kind(&with(|f| f.limit = Some(1))).unwrap();
    assert_eq!((kinds[&Kind::Faces], kinds[&hologram()], kinds.len()), (2, 1, 4));
    assert_eq!(numbers(&catalog.proposals_with_prefix("020").unwrap()), [2]);
    let limited = catalog
        .proposals(&with(|f| (f.limit, f.order) = (Some(2), Order::Worth)))
        .unwrap();
    assert_eq!(
        limited
            .iter()
            .map(|record| record.proposal.id)
            .collect::<Vec<_>>(),
        [proposal(2), proposal(4)]
    );
    let record = &catalog
        .proposals(&with(|f| f.ids = Some(vec![proposal(1)])))
        .unwrap()[0];
    assert_eq!(record.proposal, proposals[1]);
    assert_eq!(
        record.decided.as_ref().map(|decided| decided.author.clone()),
        Some(author(0))
    );
    assert_eq!(record.engine, "");
    catalog.apply(&[entry(0, 3, Body::Run(run_entry(1)))]).unwrap();
    assert_eq!(
        catalog.proposals(&Filter::default()).unwrap()[0].engine,
        "local.shots"
    );
}

#[test]
fn edits_and_notes_are_shown_with_the_verdict() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    catalog.apply_proposals(run_id(), &four()).unwrap();
    let mut decision = Decision::new(vec![proposal(0)], Verdict::Circled, vec![]);
    decision.edit = Some(json!({ "end_frame": 8, "text": "Grüße 0.1" }));
    decision.note = "tighter".into();
    let edited = entry(0, 1, Body::Decision(decision.clone()));
    catalog.apply(std::slice::from_ref(&edited)).unwrap();
    let record = &catalog.proposals(&Filter::default()).unwrap()[0];
    assert_eq!(record.standing, Standing::Circled { edit: decision.edit });
    assert_eq!(
        record.decided.as_ref().map(|decided| decided.note.as_str()),
        Some("tighter")
    );
    assert_eq!(catalog.entry(edited.id).unwrap(), Some(edited.clone()));
    let acts = catalog.acts("anna", "anna-1", 10).unwrap();
    let said = Said::Verdict {
        verdict: Verdict::Circled,
        edited: true,
        note: "tighter".into(),
        proposals: 1,
        example: Some(proposal(0)),
    };
    assert_eq!(acts.done[0].said, said);
    catalog
        .apply(&[entry(0, 2, Body::Undo(Undo { entry: edited.id }))])
        .unwrap();
    assert_eq!(
        catalog.proposals(&Filter::default()).unwrap()[0].standing,
        Standing::Open
    );
    assert_eq!(catalog.acts("anna", "anna-1", 10).unwrap().undone.len(), 1);
}

#[test]
fn assets_are_asked_for_by_size_and_runs_for_missing_proposals() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    catalog.apply(&library()).unwrap();
    assert_eq!(catalog.assets_of_size(12).unwrap(), [asset(1), asset(2)]);
    assert!(catalog.assets_of_size(13).unwrap().is_empty());
    assert_eq!(catalog.runs_without_proposals().unwrap(), [run_entry(1)]);
    catalog.apply_proposals(run_id(), &four()[..3]).unwrap();
    assert_eq!(catalog.runs_without_proposals().unwrap(), [run_entry(1)]);
    catalog.apply_proposals(run_id(), &four()).unwrap();
    assert!(catalog.runs_without_proposals().unwrap().is_empty());
}

#[test]
fn writes_are_noticed_by_subject_and_by_others() {
    let dir = tempfile::tempdir().unwrap();
    let (desk, command) = (
        Catalog::open(dir.path()).unwrap(),
        Catalog::open(dir.path()).unwrap(),
    );
    let mut version = desk.data_version().unwrap();
    let mut before = desk.revisions().unwrap();
    let mut changed = |wanted: (bool, bool, bool)| {
        let (now, revisions) = (desk.data_version().unwrap(), desk.revisions().unwrap());
        assert_ne!(now, version);
        let seen = (
            revisions.assets != before.assets,
            revisions.proposals != before.proposals,
            revisions.jobs != before.jobs,
        );
        assert_eq!(seen, wanted);
        (version, before) = (now, revisions);
    };
    command.apply(&[entry(0, 1, asset_entry(asset(1), "a"))]).unwrap();
    changed((true, false, false));
    desk.apply_proposals(run_id(), &four()).unwrap();
    changed((false, true, false));
    command
        .apply(&[verdict(0, 2, &[0], Verdict::Circled, &[])])
        .unwrap();
    changed((false, true, false));
    let job = catalog::NewJob {
        kind: "ingest".into(),
        title: String::new(),
        asset: None,
        priority: 0,
        request: json!({}),
        key: None,
    };
    command.enqueue(&job, 1).unwrap();
    changed((false, false, true));
    let version = desk.data_version().unwrap();
    desk.assets().unwrap();
    command.jobs(10).unwrap();
    assert_eq!(desk.data_version().unwrap(), version, "reading is no change");
}

#[test]
fn a_rebuild_keeps_jobs_and_sightings_and_fails_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (catalog, journal) = (
        Catalog::open(dir.path()).unwrap(),
        Journal::open(dir.path()).unwrap(),
    );
    let job = catalog::NewJob {
        kind: "ingest".into(),
        title: "t".into(),
        asset: None,
        priority: 0,
        request: json!({}),
        key: None,
    };
    catalog.enqueue(&job, 1).unwrap();
    let sighting = Sighting {
        place: "/a".into(),
        size_bytes: 3,
        modified_nanos: 4,
        asset: asset(1),
    };
    catalog.remember_sighting(&sighting).unwrap();
    journal
        .append(&author(0), 5, vec![asset_entry(asset(1), "own")])
        .unwrap();
    catalog.catch_up(&journal).unwrap();
    let foreign = entry(1, 1, asset_entry(asset(2), "foreign"));
    catalog.apply(std::slice::from_ref(&foreign)).unwrap();

    let broken = [Ok(foreign.clone()), Err(CatalogError::NoSegment(7))];
    let failed = catalog.rebuild(&journal, broken, std::iter::empty());
    assert!(matches!(failed, Err(CatalogError::NoSegment(7))));
    assert_eq!(catalog.assets().unwrap().len(), 2);

    catalog
        .rebuild::<CatalogError>(&journal, [Ok(foreign)], std::iter::empty())
        .unwrap();
    let titles: Vec<_> = catalog
        .assets()
        .unwrap()
        .into_iter()
        .map(|record| record.entry.title)
        .collect();
    assert_eq!(titles, ["foreign", "own"]);
    assert_eq!(catalog.jobs(10).unwrap().len(), 1);
    assert_eq!(catalog.sighting("/a").unwrap(), Some(sighting));
    assert_eq!(catalog.sighting("/b").unwrap(), None);
    assert_eq!(catalog.catch_up(&journal).unwrap().entries, 0);
}

#[test]
fn a_damaged_catalog_is_set_aside_and_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    journal
        .append(&author(0), 5, vec![asset_entry(asset(1), "own")])
        .unwrap();
    std::fs::write(dir.path().join("catalog.db"), [7u8; 8192]).unwrap();
    assert!(matches!(
        Catalog::open(dir.path()),
        Err(CatalogError::Damaged { .. })
    ));
    assert_eq!(
        Catalog::set_aside(dir.path()).unwrap(),
        Some(dir.path().join("catalog.db.aside-0"))
    );
    assert_eq!(Catalog::set_aside(dir.path()).unwrap(), None);
    let catalog = Catalog::open(dir.path()).unwrap();
    catalog.rebuild::<CatalogError>(&journal, [], []).unwrap();
    assert_eq!(catalog.assets().unwrap().len(), 1);
}
