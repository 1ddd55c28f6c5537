//! A small world to make histories in: three people on their workstations, four proposals.

use ledger::{
    AssetId, Author, Body, CommentEntry, CommentId, Decision, Entry, EntryId, Hlc, MarkerEntry, MarkerId,
    ProposalId, ResolutionEntry, Role, State, Undo, Verdict,
};
use proptest::prelude::*;
use serde_json::json;
use timebase::FrameRange;

/// The proposal number `n`.
pub fn proposal(n: u8) -> ProposalId {
    ProposalId::from_bytes([n; 16])
}

pub fn asset(n: u8) -> AssetId {
    AssetId::from_bytes([n; 16])
}

/// The person number `n`.
pub fn author(n: u8) -> Author {
    let name = ["anna", "ben", "cleo"][usize::from(n) % 3];
    Author {
        principal: name.to_owned(),
        workstation: format!("{name}-1"),
        person: name.to_uppercase(),
        role: [Role::Editor, Role::Qc, Role::Producer][usize::from(n) % 3],
    }
}

/// An entry of `who` at `tick`.
pub fn entry(who: u8, tick: u64, body: Body) -> Entry {
    Entry::new(
        Hlc {
            millis: 1_700_000_000_000 + tick,
            counter: 0,
        },
        author(who),
        body,
    )
}

/// A verdict by somebody who saw `seen`.
pub fn verdict(who: u8, tick: u64, on: &[u8], verdict: Verdict, seen: &[EntryId]) -> Entry {
    let proposals = on.iter().map(|n| proposal(*n)).collect();
    entry(
        who,
        tick,
        Body::Decision(Decision::new(proposals, verdict, seen.to_vec())),
    )
}

pub fn undo(who: u8, tick: u64, target: EntryId) -> Entry {
    entry(who, tick, Body::Undo(Undo { entry: target }))
}

/// A marker put at a frame of asset 1.
pub fn put(who: u8, tick: u64, frame: u64, note: &str) -> Entry {
    let range = FrameRange::new(frame, frame + 1);
    entry(
        who,
        tick,
        Body::Marker(MarkerEntry::put(asset(1), range, note.to_owned())),
    )
}

/// A marker's note changed, or the marker removed, by somebody who saw `seen`.
pub fn mark(who: u8, tick: u64, marker: MarkerId, note: Option<&str>, seen: &[EntryId]) -> Entry {
    let mut said = MarkerEntry::put(
        asset(1),
        FrameRange::new(7, 8),
        note.unwrap_or_default().to_owned(),
    );
    said.marker = Some(marker);
    said.removed = note.is_none();
    said.supersedes = seen.to_vec();
    said.supersedes.sort_unstable();
    said.supersedes.dedup();
    entry(who, tick, Body::Marker(said))
}

/// A comment on a frame of asset 1, or an answer to one.
pub fn comment(who: u8, tick: u64, frame: u64, text: &str, reply_to: Option<CommentId>) -> Entry {
    let range = FrameRange::new(frame, frame + 1);
    let mut said = CommentEntry::new(asset(1), range, text.to_owned());
    said.reply_to = reply_to;
    entry(who, tick, Body::Comment(said))
}

/// A comment's words changed, or the comment removed, by somebody who saw `seen`.
pub fn reword(who: u8, tick: u64, comment: CommentId, text: Option<&str>, seen: &[EntryId]) -> Entry {
    let text = text.unwrap_or_default().to_owned();
    let mut said = CommentEntry::new(asset(1), FrameRange::new(7, 8), text);
    said.removed = said.text.is_empty();
    said.comment = Some(comment);
    said.supersedes = sorted(seen);
    entry(who, tick, Body::Comment(said))
}

/// A thread settled or opened again, by somebody who saw `seen`.
pub fn resolve(who: u8, tick: u64, comment: CommentId, resolved: bool, seen: &[EntryId]) -> Entry {
    let said = ResolutionEntry {
        asset: asset(1),
        comment,
        resolved,
        supersedes: sorted(seen),
    };
    entry(who, tick, Body::Resolution(said))
}

fn sorted(ids: &[EntryId]) -> Vec<EntryId> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// One step of a history: who acts, on what, and what of the entries before they have seen.
#[derive(Clone, Debug)]
pub enum Act {
    Decide {
        who: u8,
        on: Vec<u8>,
        verdict: Verdict,
        edit: Option<u8>,
        seen: Vec<prop::sample::Index>,
    },
    /// Sees what stands, as the program does.
    DecideSeeing {
        who: u8,
        on: Vec<u8>,
        verdict: Verdict,
    },
    Undo {
        who: u8,
        target: prop::sample::Index,
    },
    Put {
        who: u8,
        frame: u64,
    },
    /// Changes or removes one of the markers put, seeing what stands or some entries at random.
    Mark {
        who: u8,
        marker: prop::sample::Index,
        note: Option<u8>,
        seen: Option<prop::sample::Index>,
    },
    /// Writes a comment, or an answer to one of those before.
    Comment {
        who: u8,
        frame: u64,
        reply_to: Option<prop::sample::Index>,
    },
    /// Changes or removes a comment, also one of somebody else's, seeing what stands or some entries at random.
    Reword {
        who: u8,
        comment: prop::sample::Index,
        text: Option<u8>,
        seen: Option<prop::sample::Index>,
    },
    Resolve {
        who: u8,
        comment: prop::sample::Index,
        resolved: bool,
        seen: Option<prop::sample::Index>,
    },
    SameAs {
        a: u8,
        b: u8,
    },
    Other {
        who: u8,
    },
}

pub fn verdicts() -> impl Strategy<Value = Verdict> {
    prop::sample::select(vec![Verdict::Circled, Verdict::Rejected, Verdict::Retracted])
}

fn acts() -> impl Strategy<Value = Act> {
    let on = || prop::collection::vec(0u8..4, 1..4);
    prop_oneof![
        3 => (0u8..3, on(), verdicts(), prop::option::of(0u8..4), prop::collection::vec(any::<prop::sample::Index>(), 0..3))
            .prop_map(|(who, on, verdict, edit, seen)| Act::Decide { who, on, verdict, edit, seen }),
        3 => (0u8..3, on(), verdicts()).prop_map(|(who, on, verdict)| Act::DecideSeeing { who, on, verdict }),
        4 => (0u8..3, any::<prop::sample::Index>()).prop_map(|(who, target)| Act::Undo { who, target }),
        2 => (0u8..3, 0u64..9).prop_map(|(who, frame)| Act::Put { who, frame }),
        3 => (0u8..3, any::<prop::sample::Index>(), prop::option::of(0u8..3), prop::option::of(any::<prop::sample::Index>()))
            .prop_map(|(who, marker, note, seen)| Act::Mark { who, marker, note, seen }),
        2 => (0u8..3, 0u64..9, prop::option::of(any::<prop::sample::Index>()))
            .prop_map(|(who, frame, reply_to)| Act::Comment { who, frame, reply_to }),
        3 => (0u8..3, any::<prop::sample::Index>(), prop::option::of(0u8..3), prop::option::of(any::<prop::sample::Index>()))
            .prop_map(|(who, comment, text, seen)| Act::Reword { who, comment, text, seen }),
        2 => (0u8..3, any::<prop::sample::Index>(), any::<bool>(), prop::option::of(any::<prop::sample::Index>()))
            .prop_map(|(who, comment, resolved, seen)| Act::Resolve { who, comment, resolved, seen }),
        1 => (0u8..4, 0u8..4).prop_map(|(a, b)| Act::SameAs { a, b }),
        1 => (0u8..3).prop_map(|who| Act::Other { who }),
    ]
}

/// Histories of up to `most` entries, in an order in which they could have been written.
pub fn histories(most: usize) -> impl Strategy<Value = Vec<Entry>> {
    prop::collection::vec(acts(), 1..most).prop_map(|acts| {
        let mut entries: Vec<Entry> = Vec::new();
        let mut state = State::default();
        for (tick, act) in (0u64..).zip(acts) {
            let made = make(act, tick, &entries, &state);
            state.apply(made.clone());
            entries.push(made);
        }
        entries
    })
}

/// One edit for all that is decided, or one for the first of them alone.
fn give_edit(decision: &mut Decision, edit: Option<u8>) {
    match edit {
        Some(n @ 2..) => {
            let own = json!({ "start_frame": n - 2 });
            decision.edits.insert(decision.proposals[0], own);
        }
        all => decision.edit = all.map(|n| json!({ "start_frame": n })),
    }
}

fn make(act: Act, tick: u64, before: &[Entry], state: &State) -> Entry {
    match act {
        Act::Decide {
            who,
            on,
            verdict,
            edit,
            seen,
        } => {
            let seen = if before.is_empty() {
                vec![]
            } else {
                seen.iter().map(|index| index.get(before).id).collect()
            };
            let mut decision = Decision::new(on.iter().map(|n| proposal(*n)).collect(), verdict, seen);
            give_edit(&mut decision, edit);
            entry(who, tick, Body::Decision(decision))
        }
        Act::DecideSeeing { who, on, verdict } => {
            let seen = on
                .iter()
                .flat_map(|n| ids_of(state.standing_entries(proposal(*n))))
                .collect();
            entry(
                who,
                tick,
                Body::Decision(Decision::new(
                    on.iter().map(|n| proposal(*n)).collect(),
                    verdict,
                    seen,
                )),
            )
        }
        Act::Put { who, frame } => put(who, tick, frame, ""),
        Act::Mark {
            who,
            marker,
            note,
            seen,
        } => {
            let markers: Vec<MarkerId> = state.marker_ids().collect();
            if markers.is_empty() {
                return put(who, tick, 0, "first");
            }
            let marker = *marker.get(&markers);
            let seen = match seen {
                Some(index) => vec![index.get(before).id],
                None => ids_of(state.standing_marker_entries(marker)),
            };
            let note = note.map(|note| format!("note {note}"));
            mark(who, tick, marker, note.as_deref(), &seen)
        }
        said @ (Act::Comment { .. } | Act::Reword { .. } | Act::Resolve { .. }) => {
            say(said, tick, before, state)
        }
        Act::Undo { who, target } if !before.is_empty() => undo(who, tick, target.get(before).id),
        Act::SameAs { a, b } => entry(
            0,
            tick,
            Body::SameAs(ledger::SameAs {
                asset: asset(a),
                other: asset(b),
            }),
        ),
        Act::Undo { who, .. } | Act::Other { who } => {
            let content = json!({ "subject": "later", "tick": tick })
                .as_object()
                .cloned()
                .unwrap_or_default();
            entry(
                who,
                tick,
                Body::Other {
                    kind: "hologram".into(),
                    content,
                },
            )
        }
    }
}

/// What is done with comments.
fn say(act: Act, tick: u64, before: &[Entry], state: &State) -> Entry {
    let known: Vec<CommentId> = state.comment_ids().collect();
    match act {
        Act::Reword {
            who,
            comment: which,
            text,
            seen,
        } if !known.is_empty() => {
            let which = *which.get(&known);
            let seen = match seen {
                Some(index) => vec![index.get(before).id],
                None => ids_of(state.standing_comment_entries(which)),
            };
            let text = text.map(|text| format!("words {text}"));
            reword(who, tick, which, text.as_deref(), &seen)
        }
        Act::Resolve {
            who,
            comment: which,
            resolved,
            seen,
        } if !known.is_empty() => {
            let which = *which.get(&known);
            let seen = match seen {
                Some(index) => vec![index.get(before).id],
                None => ids_of(state.standing_resolution_entries(which)),
            };
            resolve(who, tick, which, resolved, &seen)
        }
        Act::Comment { who, frame, reply_to } => {
            let reply_to = reply_to.filter(|_| !known.is_empty());
            comment(who, tick, frame, "said", reply_to.map(|index| *index.get(&known)))
        }
        _ => comment(0, tick, 0, "first", None),
    }
}

fn ids_of<T>(standing: Vec<(&Entry, T)>) -> Vec<EntryId> {
    standing.into_iter().map(|(entry, _)| entry.id).collect()
}
