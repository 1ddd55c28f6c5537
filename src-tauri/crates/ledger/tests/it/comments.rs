use ledger::{CommentId, Target, UndoHistory};
use proptest::prelude::*;

use crate::{fold::fold, world::*};

proptest! {
    /// Nobody but its author changes what a comment says, whatever they write and whatever they say they have seen.
    #[test]
    fn the_words_of_a_comment_are_its_authors(entries in histories(24)) {
        let state = fold(&entries);
        let own = |id: CommentId| {
            let author = state.entry(id.into()).map(|written| written.author.principal.clone());
            entries.iter().filter(move |entry| {
                Some(&entry.author.principal) == author.as_ref() || !matches!(entry.body, ledger::Body::Comment(_))
            })
        };
        for id in state.comment_ids() {
            let alone = fold(&own(id).cloned().collect::<Vec<_>>());
            prop_assert_eq!(state.comment(id), alone.comment(id));
        }
    }

    /// Whoever says so after seeing what stands settles it.
    #[test]
    fn a_resolution_that_saw_everything_settles_it(entries in histories(16), resolved: bool) {
        let mut state = fold(&entries);
        let ids: Vec<_> = state.comment_ids().collect();
        for (id, tick) in ids.into_iter().zip(100..) {
            let seen: Vec<_> = state.standing_resolution_entries(id).iter().map(|(entry, _)| entry.id).collect();
            let said = resolve(1, tick, id, resolved, &seen);
            state.apply(said.clone());
            let stands = state.resolution(id);
            prop_assert_eq!((stands.resolved, stands.entry, stands.disputed), (resolved, Some(said.id), false));
        }
    }
}

#[test]
fn a_comment_is_written_answered_changed_removed_and_comes_back() {
    let said = comment(0, 1, 42, "soft?", None);
    let id = said.id.into();
    let answer = comment(1, 2, 42, "a little", Some(id));
    let changed = reword(0, 3, id, Some("soft on her eyes?"), &[said.id]);
    let gone = reword(0, 4, id, None, &[changed.id]);
    let state = fold(&[gone.clone(), answer.clone(), changed.clone(), said.clone()]);
    assert_eq!(state.comment(id), None);
    // What somebody else said stays.
    let left = state.comment(answer.id.into()).unwrap();
    assert_eq!((left.text.as_str(), left.reply_to), ("a little", Some(id)));
    let back = fold(&[undo(0, 5, gone.id), gone.clone(), answer, changed, said.clone()]);
    let stands = back.comment(id).unwrap();
    assert_eq!(
        (stands.text.as_str(), stands.disputed),
        ("soft on her eyes?", false)
    );
    assert_eq!(back.comment_behind(gone.id), Some(id));
    assert_eq!(fold(&[said.clone(), undo(0, 6, said.id)]).comment(id), None);
    assert!(fold(&[said.clone(), undo(1, 6, said.id)]).comment(id).is_some());
}

#[test]
fn before_the_entry_that_wrote_it_is_here_a_comment_says_nothing() {
    let said = comment(0, 1, 42, "soft?", None);
    let changed = reword(0, 2, said.id.into(), Some("sharp"), &[said.id]);
    let forged = reword(1, 3, said.id.into(), Some("fine"), &[said.id, changed.id]);
    assert_eq!(
        fold(&[changed.clone(), forged.clone()]).comment(said.id.into()),
        None
    );
    let state = fold(&[forged, changed, said.clone()]);
    assert_eq!(state.comment(said.id.into()).unwrap().text, "sharp");
}

#[test]
fn of_two_who_disagree_whether_a_thread_is_settled_the_open_one_holds() {
    let said = comment(0, 1, 42, "soft?", None);
    let id = said.id.into();
    let settled = resolve(0, 2, id, true, &[]);
    let open = resolve(0, 3, id, false, &[settled.id]);
    let unseen = resolve(1, 9, id, true, &[]);
    let state = fold(&[unseen.clone(), open.clone(), settled.clone(), said.clone()]);
    let stands = state.resolution(id);
    assert_eq!(
        (stands.resolved, stands.entry, stands.disputed),
        (false, Some(open.id), true)
    );
    // Two who say the same do not disagree.
    let stands = fold(&[said.clone(), settled.clone(), unseen.clone()]).resolution(id);
    assert_eq!((stands.resolved, stands.disputed), (true, false));
    let both = resolve(2, 10, id, true, &[open.id, unseen.id]);
    let stands = fold(&[said, settled, open, unseen, both]).resolution(id);
    assert_eq!((stands.resolved, stands.disputed), (true, false));
}

#[test]
fn an_undo_tells_when_somebody_has_said_otherwise_since() {
    let said = comment(0, 1, 42, "soft?", None);
    let id: CommentId = said.id.into();
    let settled = resolve(0, 2, id, true, &[]);
    let opened = resolve(1, 3, id, false, &[settled.id]);
    let state = fold(&[said.clone(), settled.clone(), opened.clone()]);
    let history = UndoHistory::of([&said, &settled], &state);
    assert_eq!(history.done.len(), 2);
    let outlook = history.done[1].outlook(&state);
    assert_eq!(outlook.overtaken, [(Target::Resolution(id), vec![opened.id])]);
    assert_eq!(history.done[0].outlook(&state).effective, [Target::Comment(id)]);
}
