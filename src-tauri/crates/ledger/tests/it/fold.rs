use std::collections::BTreeSet;

use ledger::{Body, Entry, Standing, State, Verdict};
use proptest::prelude::*;
use serde_json::json;

use crate::world::*;

/// What all of these say together.
pub fn fold(entries: &[Entry]) -> State {
    let mut state = State::default();
    for entry in entries {
        state.apply(entry.clone());
    }
    state
}

fn standings(state: &State) -> Vec<Standing> {
    (0..4).map(|n| state.standing(proposal(n))).collect()
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(
        (entries, shuffled) in histories(24).prop_flat_map(|entries| {
            let twice: Vec<_> = entries.iter().chain(&entries).cloned().collect();
            (Just(entries), Just(twice).prop_shuffle())
        })
    ) {
        let (one, other) = (fold(&entries), fold(&shuffled));
        prop_assert_eq!(standings(&one), standings(&other));
        for entry in &entries {
            prop_assert_eq!(one.is_void(entry.id), other.is_void(entry.id));
        }
        for n in 0..4 {
            prop_assert_eq!(one.aliases(asset(n)), other.aliases(asset(n)));
        }
        prop_assert!(one.marker_ids().eq(other.marker_ids()));
        for marker in one.marker_ids() {
            prop_assert_eq!(one.marker(marker), other.marker(marker));
        }
        prop_assert!(one.comment_ids().eq(other.comment_ids()));
        for comment in one.comment_ids() {
            prop_assert_eq!(one.comment(comment), other.comment(comment));
            prop_assert_eq!(one.resolution(comment), other.resolution(comment));
        }
        prop_assert!(one.resolution_ids().eq(other.resolution_ids()));
        prop_assert!(one.entries().eq(other.entries()));
    }

    /// What `apply` says was touched is all that may have changed, in any order of arrival.
    #[test]
    fn nothing_changes_that_was_not_said_to(entries in histories(20).prop_shuffle()) {
        let mut state = State::default();
        for entry in entries {
            let before = standings(&state);
            let touched: BTreeSet<_> = state.apply(entry).into_iter().collect();
            for (n, old) in (0..4).zip(before) {
                prop_assert!(touched.contains(&proposal(n)) || state.standing(proposal(n)) == old);
            }
        }
    }

    /// Void is what its definition says, however the chain of undos arrived.
    #[test]
    fn void_is_as_defined(entries in histories(24).prop_shuffle()) {
        fn void(at: &Entry, all: &[Entry]) -> bool {
            all.iter().any(|undo| {
                matches!(&undo.body, Body::Undo(u) if u.entry == at.id)
                    && undo.author.principal == at.author.principal
                    && !void(undo, all)
            })
        }
        let state = fold(&entries);
        for entry in &entries {
            prop_assert_eq!(state.is_void(entry.id), void(entry, &entries));
        }
    }

    /// Whoever decides after seeing what stands settles it: no conflict remains, whatever went before.
    #[test]
    fn a_verdict_that_saw_everything_settles_it(entries in histories(16), verdict in verdicts()) {
        let mut state = fold(&entries);
        let seen: Vec<_> = state.standing_entries(proposal(0)).iter().map(|(entry, _)| entry.id).collect();
        state.apply(crate::world::verdict(1, 99, &[0], verdict, &seen));
        let expected = match verdict {
            Verdict::Circled => Standing::Circled { edit: None },
            Verdict::Rejected => Standing::Rejected,
            Verdict::Retracted => Standing::Open,
        };
        prop_assert_eq!(state.standing(proposal(0)), expected);
    }
}

#[test]
fn seen_is_replaced_and_unseen_is_a_conflict() {
    let circled = verdict(0, 1, &[0], Verdict::Circled, &[]);
    let seen = verdict(1, 2, &[0], Verdict::Rejected, &[circled.id]);
    assert_eq!(
        fold(&[circled.clone(), seen]).standing(proposal(0)),
        Standing::Rejected
    );

    // A clock that says it was earlier, or much later, changes nothing: what counts is what was seen.
    let unseen = verdict(1, 0, &[0], Verdict::Rejected, &[]);
    let expected = Standing::Conflict(vec![unseen.id, circled.id]);
    assert_eq!(
        fold(&[circled.clone(), unseen.clone()]).standing(proposal(0)),
        expected
    );
    let from_2030 = verdict(1, 200_000_000_000, &[0], Verdict::Rejected, &[]);
    let expected = Standing::Conflict(vec![circled.id, from_2030.id]);
    assert_eq!(
        fold(&[circled.clone(), from_2030.clone()]).standing(proposal(0)),
        expected
    );

    let settled = verdict(2, 5, &[0], Verdict::Circled, &[circled.id, from_2030.id]);
    let state = fold(&[circled, from_2030, settled]);
    assert_eq!(state.standing(proposal(0)), Standing::Circled { edit: None });
}

#[test]
fn two_who_say_the_same_do_not_conflict_unless_their_edits_differ() {
    let one = verdict(0, 1, &[0], Verdict::Circled, &[]);
    let other = verdict(1, 2, &[0], Verdict::Circled, &[]);
    assert_eq!(
        fold(&[one.clone(), other.clone()]).standing(proposal(0)),
        Standing::Circled { edit: None }
    );
    let Body::Decision(mut decision) = other.body.clone() else {
        panic!("a decision")
    };
    decision.edit = Some(json!({ "end_frame": 9 }));
    let edited = entry(1, 2, Body::Decision(decision));
    assert!(matches!(
        fold(&[one, edited]).standing(proposal(0)),
        Standing::Conflict(_)
    ));
}

#[test]
fn what_was_seen_reaches_through_a_verdict_that_is_taken_back_later() {
    let first = verdict(0, 1, &[0], Verdict::Circled, &[]);
    let second = verdict(1, 2, &[0], Verdict::Rejected, &[first.id]);
    let third = verdict(2, 3, &[0], Verdict::Rejected, &[second.id]);
    let back = undo(1, 4, second.id);
    // The third saw the second, which had replaced the first: taking the second back does not bring the first to life.
    let state = fold(&[first.clone(), second.clone(), third.clone(), back.clone()]);
    assert_eq!(state.standing(proposal(0)), Standing::Rejected);
    assert_eq!(
        state
            .standing_entries(proposal(0))
            .iter()
            .map(|(e, _)| e.id)
            .collect::<Vec<_>>(),
        [third.id]
    );
    // Without the third, it does.
    assert_eq!(
        fold(&[first.clone(), second.clone(), back]).standing(proposal(0)),
        Standing::Circled { edit: None }
    );
    // And a third that is itself taken back replaces nothing.
    let state = fold(&[first, second, third.clone(), undo(2, 5, third.id)]);
    assert_eq!(state.standing(proposal(0)), Standing::Rejected);
}

#[test]
fn a_bulk_verdict_replaces_on_each_proposal_only_what_names_it() {
    let on_zero = verdict(0, 1, &[0], Verdict::Circled, &[]);
    let on_both = verdict(1, 2, &[0, 1], Verdict::Rejected, &[on_zero.id]);
    let unseen_on_one = verdict(2, 3, &[1], Verdict::Circled, &[]);
    let state = fold(&[on_zero, on_both, unseen_on_one]);
    assert_eq!(state.standing(proposal(0)), Standing::Rejected);
    assert!(matches!(state.standing(proposal(1)), Standing::Conflict(_)));
    assert_eq!(state.standing(proposal(2)), Standing::Open);
}

#[test]
fn a_retraction_opens_and_can_be_decided_again() {
    let circled = verdict(0, 1, &[0], Verdict::Circled, &[]);
    let retracted = verdict(1, 2, &[0], Verdict::Retracted, &[circled.id]);
    let again = verdict(0, 3, &[0], Verdict::Rejected, &[retracted.id]);
    assert_eq!(
        fold(&[circled.clone(), retracted.clone()]).standing(proposal(0)),
        Standing::Open
    );
    assert_eq!(
        fold(&[circled, retracted, again]).standing(proposal(0)),
        Standing::Rejected
    );
}

#[test]
fn thousands_of_standings_are_asked_for_quickly() {
    let proposals: Vec<_> = (0..20_000u32)
        .map(|n| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&n.to_le_bytes());
            ledger::ProposalId::from_bytes(bytes)
        })
        .collect();
    let mut state = State::default();
    let singles: Vec<_> = proposals
        .iter()
        .zip(0u64..)
        .map(|(proposal, tick)| {
            entry(
                0,
                tick,
                Body::Decision(ledger::Decision::new(vec![*proposal], Verdict::Circled, vec![])),
            )
        })
        .collect();
    let seen = singles.iter().map(|entry| entry.id).collect();
    for single in singles {
        state.apply(single);
    }
    state.apply(entry(
        0,
        200_000,
        Body::Decision(ledger::Decision::new(proposals.clone(), Verdict::Rejected, seen)),
    ));
    let began = std::time::Instant::now();
    assert!(
        proposals
            .iter()
            .all(|proposal| state.standing(*proposal) == Standing::Rejected)
    );
    // Quadratic work would take a minute; the limit only tells the two apart, on any machine.
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[test]
fn a_marker_is_put_changed_removed_and_comes_back() {
    let there = put(0, 1, 42, "check focus");
    let id = there.id.into();
    let changed = mark(1, 2, id, Some("soft"), &[there.id]);
    let gone = mark(0, 3, id, None, &[changed.id]);
    let state = fold(&[gone.clone(), there.clone(), changed.clone()]);
    assert_eq!(state.marker(id), None);
    let back = fold(&[undo(0, 4, gone.id), gone.clone(), there.clone(), changed.clone()]);
    let marker = back.marker(id).unwrap();
    assert_eq!(
        (marker.note.as_str(), marker.range.start, marker.disputed),
        ("soft", 7, false)
    );
    assert_eq!(back.marker_behind(gone.id), Some(id));

    // Putting it is undone after somebody else has changed it: theirs stands, as with verdicts.
    let state = fold(&[there.clone(), changed.clone(), undo(0, 5, there.id)]);
    assert_eq!(state.marker(id).unwrap().entry, changed.id);
    let state = fold(&[there.clone(), undo(0, 5, there.id)]);
    assert_eq!(state.marker(id), None);
}

#[test]
fn two_who_change_a_marker_unseen_lose_nothing_and_the_next_settles_it() {
    let there = put(0, 1, 42, "");
    let id = there.id.into();
    let (one, other) = (
        mark(0, 2, id, Some("a"), &[there.id]),
        mark(1, 3, id, Some("b"), &[there.id]),
    );
    let state = fold(&[there.clone(), one.clone(), other.clone()]);
    let marker = state.marker(id).unwrap();
    assert_eq!((marker.note.as_str(), marker.disputed), ("b", true));
    assert_eq!(state.standing_marker_entries(id).len(), 2);
    let settled = mark(2, 4, id, Some("a and b"), &[one.id, other.id]);
    let state = fold(&[there.clone(), one.clone(), other, settled]);
    assert!(!state.marker(id).unwrap().disputed);

    // One removes what another changes: it stays until somebody who has seen both says so.
    let removed = mark(1, 9, id, None, &[there.id]);
    let state = fold(&[there, one, removed]);
    let marker = state.marker(id).unwrap();
    assert_eq!((marker.note.as_str(), marker.disputed), ("a", true));
}
