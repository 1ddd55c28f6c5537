//! Lists that ask only for what changed, and markers.

use std::collections::BTreeMap;

use catalog::{
    Catalog, CatalogError, Filter, Journal, ListVersion, MarkerChange, Order, ProposalState, Said,
};
use ledger::{Body, Kind, Undo, Verdict};

use crate::{
    asset_entry,
    catalog::{mixed, with},
    made, numbers, run_entry, run_id,
    world::*,
};

/// Asks for what changed and applies it to what a desk has, as a desk does.
struct List {
    filter: Filter,
    version: Option<ListVersion>,
    rows: BTreeMap<u8, ProposalState>,
    came: usize,
}

impl List {
    fn refresh(&mut self, catalog: &Catalog) {
        let changes = catalog
            .proposals_since(&self.filter, self.version.as_ref())
            .unwrap();
        if changes.whole {
            self.rows.clear();
        }
        for id in numbers(&changes.gone) {
            self.rows.remove(&id);
        }
        self.came = changes.records.len() + changes.gone.len();
        for record in changes.records {
            let id = numbers(&[record.proposal.id])[0];
            self.rows.insert(id, ProposalState::of(&record.standing));
        }
        self.version = ListVersion::parse(&changes.version.to_string());
        assert_eq!(self.version, Some(changes.version));
        let all = catalog.proposals(&self.filter).unwrap();
        let expected = all.iter().map(|record| {
            let id = numbers(&[record.proposal.id])[0];
            (id, ProposalState::of(&record.standing))
        });
        assert_eq!(self.rows, expected.collect());
    }
}

#[test]
fn a_desk_asks_only_for_what_changed() {
    let (dir, catalog, proposals) = mixed();
    let list = |filter: Filter| List {
        filter,
        version: None,
        rows: BTreeMap::new(),
        came: 0,
    };
    let mut lists = [
        list(Filter::default()),
        list(with(|f| f.states = vec![ProposalState::Open])),
        list(with(|f| (f.kinds, f.order) = (vec![Kind::Faces], Order::Worth))),
    ];
    let mut refresh = |catalog: &Catalog| {
        lists.iter_mut().for_each(|list| list.refresh(catalog));
        lists.iter().map(|list| list.came).collect::<Vec<_>>()
    };
    assert_eq!(refresh(&catalog), [5, 3, 2]);
    assert_eq!(refresh(&catalog), [0, 0, 0]);
    let circled = verdict(0, 5, &[2], Verdict::Circled, &[]);
    catalog.apply(std::slice::from_ref(&circled)).unwrap();
    assert_eq!(refresh(&catalog), [1, 1, 1], "of the open ones it is gone");
    catalog
        .apply(&[entry(0, 6, Body::Undo(Undo { entry: circled.id }))])
        .unwrap();
    assert_eq!(refresh(&catalog), [1, 1, 1]);
    let more = [made(7, Kind::Faces, 70, None)];
    catalog.apply_proposals(run_id(), &more).unwrap();
    assert_eq!(refresh(&catalog), [1, 1, 1]);
    catalog.apply(&[entry(0, 7, Body::Run(run_entry(1)))]).unwrap();
    assert_eq!(refresh(&catalog), [6, 6, 3], "the engine's name is in the row");
    catalog.apply(&[entry(0, 8, asset_entry(asset(9), "x"))]).unwrap();
    assert_eq!(refresh(&catalog), [0, 0, 0]);
    // After a rebuild nothing that was known counts.
    let journal = Journal::open(dir.path()).unwrap();
    let kept = proposals[..2].iter().cloned().map(Ok::<_, CatalogError>);
    catalog.rebuild(&journal, [], kept).unwrap();
    assert_eq!(refresh(&catalog), [2, 2, 0]);
    // A catalog made anew is another one, whatever its numbers are.
    drop(catalog);
    Catalog::set_aside(dir.path()).unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    for (n, proposal) in proposals.iter().enumerate() {
        catalog
            .apply_proposals(run_id(), std::slice::from_ref(proposal))
            .unwrap();
        catalog
            .apply(&[verdict(0, 90 + n as u64, &[n as u8], Verdict::Circled, &[])])
            .unwrap();
    }
    assert_eq!(refresh(&catalog), [5, 0, 2]);
    assert_eq!(ListVersion::parse("nonsense"), None);
}

#[test]
fn what_was_done_with_markers_is_undone_like_verdicts() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    let there = put(0, 1, 42, "check focus");
    let changed = mark(0, 2, there.id.into(), Some("soft"), &[there.id]);
    let gone = mark(0, 3, there.id.into(), None, &[changed.id]);
    catalog
        .apply(&[there.clone(), changed.clone(), gone.clone()])
        .unwrap();
    assert!(catalog.markers(asset(1)).unwrap().is_empty());
    let acts = catalog.acts("anna", "anna-1", 10).unwrap();
    let changes: Vec<_> = acts
        .done
        .iter()
        .map(|act| match act.said {
            Said::Marker { change, .. } => change,
            Said::Verdict { .. } | Said::Comment { .. } => panic!("neither was given"),
        })
        .collect();
    assert_eq!(
        changes,
        [MarkerChange::Put, MarkerChange::Changed, MarkerChange::Removed]
    );
    let before = catalog.revisions().unwrap();
    catalog.apply(&[undo(0, 4, gone.id)]).unwrap();
    let after = catalog.revisions().unwrap();
    assert!(after.markers > before.markers && after.proposals == before.proposals);
    let records = catalog.markers(asset(1)).unwrap();
    assert_eq!((records[0].marker.note.as_str(), records.len()), ("soft", 1));
    assert_eq!(
        catalog.marker(there.id.into()).unwrap().as_ref(),
        Some(&records[0])
    );
    let by_ben = mark(1, 5, there.id.into(), Some("sharp"), &[changed.id]);
    catalog.apply(std::slice::from_ref(&by_ben)).unwrap();
    let next = catalog.acts("anna", "anna-1", 10).unwrap().done.pop().unwrap();
    let outlook = catalog.outlook(&next.step).unwrap();
    assert_eq!(outlook.overtaken.len(), 1);
    let authors = catalog.authors_of(&outlook.overtaken[0].1).unwrap();
    assert_eq!(authors, [author(1)]);
}
