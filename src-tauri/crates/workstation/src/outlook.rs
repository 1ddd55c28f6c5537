//! What undo and redo meet when somebody has decided since, in words: a person is told instead of surprised.

use std::collections::BTreeSet;

use catalog::{Act, Target};
use fault::Fault;
use ledger::{Author, EntryId};

use crate::faults::OrFault as _;
use crate::workstation::Workstation;

/// Entries whose authors are named; more would name nobody else in practice.
const ASKED: usize = 1000;

/// How much of an act was overtaken, and what that means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Overtaken {
    /// Proposals, or the one marker.
    pub count: u64,
    /// Empty when there is nothing to say.
    pub words: String,
}

impl Workstation {
    /// What taking `act` back (or, when not `back`, doing it again) meets now.
    pub(crate) fn overtaken(&self, act: &Act, back: bool) -> Result<Overtaken, Fault> {
        let outlook = self.catalog.outlook(&act.step).or_fault()?;
        if outlook.overtaken.is_empty() {
            return Ok(Overtaken::default());
        }
        let standing: BTreeSet<EntryId> = outlook
            .overtaken
            .iter()
            .flat_map(|(_, entries)| entries.iter().copied())
            .filter(|entry| *entry != act.step.act)
            .take(ASKED)
            .collect();
        let standing: Vec<EntryId> = standing.into_iter().collect();
        let authors = self.catalog.authors_of(&standing).or_fault()?;
        let who = who(&authors, &self.author());
        let count = outlook.overtaken.len();
        let of = count + outlook.effective.len();
        let about = outlook.overtaken.first().map(|(target, _)| *target);
        Ok(Overtaken {
            count: count as u64,
            words: words(&who, back, about, count, of),
        })
    }
}

fn words(who: &str, back: bool, about: Option<Target>, count: usize, of: usize) -> String {
    let (thing, did) = match about {
        Some(Target::Marker(_)) => ("marker", "changed or removed"),
        Some(Target::Comment(_)) => ("comment", "changed or removed"),
        Some(Target::Resolution(_)) => ("thread", "resolved or reopened"),
        Some(Target::Proposal(_)) | None => return words_on_proposals(who, back, count, of),
    };
    if back {
        format!("{who} {did} this {thing} since: that stays.")
    } else {
        format!("{who} {did} this {thing} since: that stays, or stands against yours.")
    }
}

fn words_on_proposals(who: &str, back: bool, count: usize, of: usize) -> String {
    match (back, of) {
        (true, 1) => format!("{who} decided on this since: that verdict stays."),
        (false, 1) => {
            format!("{who} decided on this since: that verdict stays, or stands against yours as a conflict.")
        }
        (true, _) if count == of => {
            format!("{who} decided on all {of} of these since: they stay as they are.")
        }
        (true, _) => {
            format!("{who} decided on {count} of these {of} since: those stay as they are.")
        }
        (false, _) => {
            format!(
                "{who} decided on {count} of these {of} since: those verdicts stay, or stand against yours as conflicts."
            )
        }
    }
}

/// The people behind these entries, as the subject of a sentence.
fn who(authors: &[Author], own: &Author) -> String {
    let mut names: Vec<String> = Vec::new();
    for author in authors {
        let name = if author.principal != own.principal {
            author.person.clone()
        } else if author.workstation == own.workstation {
            "you".to_owned()
        } else {
            "you, on another workstation,".to_owned()
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let text = match names.as_slice() {
        [] => "somebody".to_owned(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, second, more @ ..] => {
            format!(
                "{}, {second} and {} more",
                first.trim_end_matches(','),
                more.len()
            )
        }
    };
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + letters.as_str()
}

#[cfg(test)]
mod tests {
    use ledger::{Body, Decision, Entry, Role, Verdict};

    use super::*;
    use crate::import::tests::with_a_recording;
    use crate::views::{ProposalQuery, ProposalState};

    fn author(principal: &str, workstation: &str, person: &str) -> Author {
        Author {
            principal: principal.into(),
            workstation: workstation.into(),
            person: person.into(),
            role: Role::Editor,
        }
    }

    #[test]
    fn who_decided_is_named_as_the_reader_knows_them() {
        let own = author("anna", "a1", "Anna");
        let (ben, cleo) = (author("ben", "b1", "Ben"), author("cleo", "c1", "Cleo"));
        assert_eq!(who(std::slice::from_ref(&ben), &own), "Ben");
        assert_eq!(who(&[ben.clone(), cleo.clone()], &own), "Ben and Cleo");
        let elsewhere = author("anna", "a2", "Anna");
        assert_eq!(
            who(std::slice::from_ref(&elsewhere), &own),
            "You, on another workstation,"
        );
        assert_eq!(
            who(&[elsewhere, ben, cleo], &own),
            "You, on another workstation, Ben and 1 more"
        );
        assert_eq!(
            words("Ben", true, None, 2, 5),
            "Ben decided on 2 of these 5 since: those stay as they are."
        );
        assert_eq!(
            words(
                "Ben",
                false,
                Some(Target::Marker(ledger::MarkerId::from_bytes([1; 16]))),
                1,
                1
            ),
            "Ben changed or removed this marker since: that stays, or stands against yours."
        );
    }

    #[test]
    fn undo_and_redo_say_who_has_decided_since_and_what_then_happens() {
        let dir = tempfile::tempdir().unwrap();
        let (workstation, asset) = with_a_recording(dir.path());
        let words = b"1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo\n";
        workstation.import_cues(&asset, "words.srt", words).unwrap();
        let rows = workstation.proposals(&ProposalQuery::default()).unwrap();
        let circled = workstation.journal.entries().unwrap().pop().unwrap();
        assert_eq!(workstation.undo_state().unwrap().undo_overtaken, 0);

        let of_ben = |on: usize, seen: &[EntryId], tick: u64| {
            let proposals = vec![rows.proposals[on].id.parse().unwrap()];
            let body = Body::Decision(Decision::new(proposals, Verdict::Rejected, seen.to_vec()));
            let clock = circled.clock.next(circled.clock.millis + tick);
            let entry = Entry::new(clock, author("ben", "b1", "Ben"), body);
            workstation.catalog.apply(std::slice::from_ref(&entry)).unwrap();
        };
        of_ben(0, &[circled.id], 1);
        let state = workstation.undo_state().unwrap();
        assert_eq!(state.undo_overtaken, 1);
        assert_eq!(
            state.undo_words,
            "Ben decided on 1 of these 2 since: those stay as they are."
        );
        let undone = workstation.undo().unwrap();
        assert_eq!((undone.overtaken, undone.words), (1, state.undo_words));
        assert_eq!(
            undone.undo.redo_words,
            "Ben decided on 1 of these 2 since: those verdicts stay, or stand against yours as conflicts."
        );
        of_ben(1, &[], 2);
        let state = workstation.undo_state().unwrap();
        assert_eq!(state.redo_overtaken, 2);
        workstation.redo().unwrap();
        let rows = workstation.proposals(&ProposalQuery::default()).unwrap();
        // What Ben had seen he replaced; what he had not stands against the redone verdict.
        let states: Vec<_> = rows.proposals.iter().map(|row| row.state).collect();
        assert_eq!(states, [ProposalState::Rejected, ProposalState::Conflict]);
    }
}
