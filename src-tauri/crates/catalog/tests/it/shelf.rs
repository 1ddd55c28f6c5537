//! The library by windows, held to what reading all of it says.

use catalog::{Catalog, Filter, Journal, LibraryFilter, LibraryQuery, ListedAsset};
use ledger::{AssetId, Entry, Kind, Proposal, Tally, Verdict};
use proptest::prelude::*;

use crate::{asset_entry, made, run_id, world::*};

const TITLES: [&str; 6] = [
    "North Light.mov",
    "north light 2",
    "A001_C003_0412.mxf",
    "ÉTUDE \"à la\" neige",
    "a",
    "100% 雪の夜",
];

/// What the library has to say, from everything there is.
fn expected(catalog: &Catalog, filter: LibraryFilter, words: &str) -> Vec<AssetId> {
    let tally = |asset| {
        catalog
            .tally(&Filter {
                asset: Some(asset),
                ..Filter::default()
            })
            .unwrap()
    };
    let wanted = |tally: Tally| match filter {
        LibraryFilter::All => true,
        LibraryFilter::Open => tally.open + tally.conflict > 0,
        LibraryFilter::Circled => tally.circled > 0,
        LibraryFilter::Flagged => tally.conflict > 0,
    };
    let holds = |title: &str| {
        let title = title.to_lowercase();
        words
            .split_whitespace()
            .all(|word| title.contains(&word.to_lowercase()))
    };
    let mut all: Vec<_> = catalog
        .assets()
        .unwrap()
        .into_iter()
        .filter(|record| holds(&record.entry.title))
        .filter(|record| wanted(tally(record.entry.asset)))
        .map(|record| (std::cmp::Reverse(record.added.millis), record.entry.asset))
        .collect();
    all.sort();
    all.into_iter().map(|(_, asset)| asset).collect()
}

fn ids(assets: &[ListedAsset]) -> Vec<AssetId> {
    assets.iter().map(|one| one.entry.asset).collect()
}

/// Every window under every filter and every word is what reading all of it says.
fn agrees(catalog: &Catalog) {
    let all = catalog.assets().unwrap();
    // Proposals whose asset is not known yet are not in the library.
    let sum = |of: fn(Tally) -> u64| all.iter().map(|record| of(record.tally)).sum::<u64>();
    for filter in [
        LibraryFilter::All,
        LibraryFilter::Open,
        LibraryFilter::Circled,
        LibraryFilter::Flagged,
    ] {
        for words in [
            "",
            "a",
            "雪",
            "LIGHT",
            "éTu",
            "\"à",
            "0% ",
            "C003_04",
            "nowhere",
            " light 2 ",
            "light north",
            "n orth",
        ] {
            let wanted = expected(catalog, filter, words);
            let query = |offset: u64, limit: u32| LibraryQuery {
                filter,
                words: words.to_owned(),
                offset,
                limit,
            };
            let whole = catalog.library(&query(0, 1000)).unwrap();
            assert_eq!(ids(&whole.assets), wanted, "{filter:?} {words:?}");
            assert_eq!((whole.count, whole.more), (wanted.len() as u64, false));
            assert_eq!(whole.total, all.len() as u64);
            for offset in 0..=wanted.len() + 1 {
                let window = catalog.library(&query(offset as u64, 2)).unwrap();
                let from = offset.min(wanted.len());
                let to = (offset + 2).min(wanted.len());
                assert_eq!(ids(&window.assets), wanted[from..to]);
                assert_eq!(window.count, wanted.len() as u64);
            }
            if words.is_empty() {
                for record in &all {
                    let id = record.entry.asset;
                    let place = wanted.iter().position(|one| *one == id).map(|at| at as u64);
                    assert_eq!(catalog.place_in_library(id, filter).unwrap(), place);
                }
                assert_eq!(
                    (
                        whole.tally.open,
                        whole.tally.circled,
                        whole.tally.rejected,
                        whole.tally.conflict
                    ),
                    (
                        sum(|t| t.open),
                        sum(|t| t.circled),
                        sum(|t| t.rejected),
                        sum(|t| t.conflict)
                    )
                );
            }
        }
    }
    rows_agree(catalog);
}

/// Rows that are asked for by their ids are those of the library.
fn rows_agree(catalog: &Catalog) {
    let asked: Vec<AssetId> = (0..6).rev().map(asset).collect();
    let known: Vec<AssetId> = asked
        .iter()
        .copied()
        .filter(|id| catalog.asset(*id).unwrap().is_some())
        .collect();
    let listed = catalog.listed(&asked).unwrap();
    assert_eq!(ids(&listed), known);
    for one in listed {
        let record = catalog.asset(one.entry.asset).unwrap().unwrap();
        let filter = Filter {
            asset: Some(one.entry.asset),
            ..Filter::default()
        };
        assert_eq!(one.tally, catalog.tally(&filter).unwrap());
        assert_eq!(
            (one.entry, one.added, one.tally, one.locations),
            (record.entry, record.added, record.tally, record.locations)
        );
    }
}

#[derive(Clone, Debug)]
enum Step {
    Asset(u8, usize, u64),
    Propose(u8, u8),
    Decide(u8, u8, u64),
    Undo(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0u8..5, 0..TITLES.len(), 0u64..40).prop_map(|(asset, title, tick)| Step::Asset(asset, title, tick)),
        2 => (0u8..5, 0u8..8).prop_map(|(asset, proposal)| Step::Propose(asset, proposal)),
        3 => (0u8..3, 0u8..8, 50u64..99).prop_map(|(who, proposal, tick)| Step::Decide(who, proposal, tick)),
        1 => (0usize..8).prop_map(Step::Undo),
    ];
    proptest::collection::vec(step, 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Assets that come, are renamed and turn out to be older, proposals before and after their assets, verdicts, undos and
    /// a rebuild: the windows say what reading all of it says.
    #[test]
    fn windows_are_the_library(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(dir.path()).unwrap();
        let (mut entries, mut proposals): (Vec<Entry>, Vec<Proposal>) = (Vec::new(), Vec::new());
        for step in steps {
            let said = match step {
                // Each asset has ticks of its own, so that one order is right.
                Step::Asset(n, title, tick) => {
                    entry(n, tick * 5 + u64::from(n), asset_entry(asset(n), TITLES[title]))
                }
                Step::Propose(n, number) => {
                    let new = Proposal { asset: asset(n), ..made(number, Kind::Faces, 7, None) };
                    if proposals.iter().all(|known: &Proposal| known.id != new.id) {
                        catalog.apply_proposals(run_id(), std::slice::from_ref(&new)).unwrap();
                        proposals.push(new);
                    }
                    continue;
                }
                Step::Decide(who, number, tick) => {
                    let given = if tick % 3 == 0 { Verdict::Rejected } else { Verdict::Circled };
                    verdict(who, 300 + tick, &[number], given, &[])
                }
                Step::Undo(at) => match entries.get(at) {
                    Some(target) => undo(at as u8, 900 + at as u64, target.id),
                    None => continue,
                },
            };
            catalog.apply(std::slice::from_ref(&said)).unwrap();
            entries.push(said);
        }
        agrees(&catalog);
        let journal = Journal::open(dir.path()).unwrap();
        let again = |entries: Vec<Entry>| entries.into_iter().map(Ok::<_, catalog::CatalogError>);
        catalog.rebuild(&journal, again(entries), proposals.into_iter().map(Ok)).unwrap();
        agrees(&catalog);
    }
}

#[test]
fn assets_of_one_millisecond_each_have_a_place() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    let same: Vec<Entry> = (0..5)
        .map(|n| entry(n, 1, asset_entry(asset(n), "same")))
        .collect();
    catalog.apply(&same).unwrap();
    let library = catalog
        .library(&LibraryQuery {
            limit: 9,
            ..LibraryQuery::default()
        })
        .unwrap();
    let places: Vec<_> = ids(&library.assets)
        .into_iter()
        .map(|id| catalog.place_in_library(id, LibraryFilter::All).unwrap())
        .collect();
    assert_eq!(places, (0..5).map(Some).collect::<Vec<_>>());
    // One of them is renamed, and turns out to be older.
    catalog
        .apply(&[entry(1, 2, asset_entry(asset(3), "renamed"))])
        .unwrap();
    catalog
        .apply(&[entry(2, 0, asset_entry(asset(3), "first"))])
        .unwrap();
    assert_eq!(
        catalog.place_in_library(asset(3), LibraryFilter::All).unwrap(),
        Some(4)
    );
    let found = |words: &str| {
        let query = LibraryQuery {
            words: words.to_owned(),
            limit: 9,
            ..LibraryQuery::default()
        };
        ids(&catalog.library(&query).unwrap().assets)
    };
    assert_eq!((found("renamed"), found("first")), (vec![asset(3)], Vec::new()));
    assert_eq!(found("same").len(), 4);
}

#[test]
fn a_clock_beyond_all_numbers_is_still_listed() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    let body = |n: u8| asset_entry(asset(n), "far away");
    let far = Entry::new(
        ledger::Hlc {
            millis: i64::MAX as u64,
            counter: 0,
        },
        author(0),
        body(1),
    );
    catalog.apply(&[far, entry(0, 1, body(2))]).unwrap();
    let query = LibraryQuery {
        words: "far".to_owned(),
        limit: 9,
        ..LibraryQuery::default()
    };
    assert_eq!(
        ids(&catalog.library(&query).unwrap().assets),
        [asset(1), asset(2)]
    );
}
