use std::time::Instant;

use catalog::{Catalog, Filter, Journal, Order, Said};
use ledger::{Body, Decision, Entry, Kind, ProposalDraft, Tally, Undo, Verdict};
use serde_json::json;
use timebase::FrameRange;

use crate::{things::run, world::author};

/// Proposals of all kinds, as an engine would have made them.
fn proposals(count: u64) -> Vec<ledger::Proposal> {
    let draft = |n: u64| ProposalDraft {
        kind: Kind::ALL[(n % 7) as usize].clone(),
        range: FrameRange::new(n, n + 9),
        confidence_permille: Some((n % 1000) as u16),
        payload: json!({ "n": n }),
    };
    let run = run(1);
    (0..count)
        .map(|n| ledger::Proposal::new(&run, draft(n)))
        .collect()
}

fn decide(journal: &Journal, catalog: &Catalog, ids: &[ledger::ProposalId], verdict: Verdict) -> Entry {
    let seen = catalog
        .standing_entries(ids)
        .unwrap()
        .into_iter()
        .flat_map(|(_, entries)| entries)
        .collect();
    let body = Body::Decision(Decision::new(ids.to_vec(), verdict, seen));
    let entry = journal.append(&author(0), 1, vec![body]).unwrap().remove(0);
    catalog.catch_up(journal).unwrap();
    entry
}

/// One working day at the desk with many proposals; prints what each act took.
pub fn a_day_with(count: u64) {
    let home = tempfile::tempdir().unwrap();
    let (journal, catalog) = (
        Journal::open(home.path()).unwrap(),
        Catalog::open(home.path()).unwrap(),
    );
    let (run, proposals) = (run(1), proposals(count));
    let mut clock = Instant::now();
    let mut lap = |what: &str| {
        eprintln!("{count} proposals: {what}: {} ms", clock.elapsed().as_millis());
        clock = Instant::now();
    };
    assert_eq!(catalog.apply_proposals(run.id, &proposals).unwrap(), count);
    lap("taken in");
    let page = Filter {
        asset: Some(run.asset),
        order: Order::Worth,
        limit: Some(200),
        ..Filter::default()
    };
    assert_eq!(catalog.proposals(&page).unwrap().len(), 200);
    lap("a page by worth");
    assert_eq!(
        catalog
            .proposals(&Filter {
                order: Order::Time,
                ..page.clone()
            })
            .unwrap()
            .len(),
        200
    );
    lap("a page by time");
    let all = catalog.proposal_ids(&Filter::default()).unwrap();
    lap("all ids");
    let everything = catalog.proposals(&Filter::default()).unwrap();
    assert_eq!(everything.len() as u64, count);
    drop(everything);
    lap("all rows");

    let decide = |ids: &[ledger::ProposalId], verdict| decide(&journal, &catalog, ids, verdict);
    let bulk = decide(&all, Verdict::Circled);
    lap("all circled");
    assert_eq!(
        catalog.tally(&Filter::default()).unwrap(),
        Tally {
            circled: count,
            ..Tally::default()
        }
    );
    lap("tally");
    decide(&all[..1], Verdict::Rejected);
    lap("one rejected after that");
    let acts = catalog.acts("anna", "anna-1", 20).unwrap();
    assert_eq!(acts.done.len(), 2);
    assert!(matches!(acts.done[0].said, Said::Verdict { proposals, .. } if proposals == count));
    lap("what can be undone");
    let outlook = catalog.outlook(&acts.done[0].step).unwrap();
    assert_eq!(
        (outlook.effective.len() as u64, outlook.overtaken.len()),
        (count - 1, 1)
    );
    lap("what undoing all would meet");
    let version = catalog.proposals_since(&page, None).unwrap().version;
    decide(&all[1..2], Verdict::Rejected);
    let changes = catalog.proposals_since(&page, Some(&version)).unwrap();
    assert_eq!((changes.records.len(), changes.whole), (1, false));
    lap("one rejected and the list brought up to date");
    journal
        .append(&author(0), 1, vec![Body::Undo(Undo { entry: bulk.id })])
        .unwrap();
    catalog.catch_up(&journal).unwrap();
    lap("the bulk verdict undone");
    let tally = catalog.tally(&Filter::default()).unwrap();
    assert_eq!((tally.open, tally.rejected), (count - 2, 2));
    lap("tally");
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_day_with_ten_thousand_proposals() {
        super::a_day_with(10_000);
    }
}
