use ledger::{Body, Entry, Standing, State, Target, UndoHistory, UndoStep, Verdict};
use proptest::prelude::*;

use crate::{fold::fold, world::*};

fn on(n: u8) -> Target {
    Target::Proposal(proposal(n))
}

/// One workstation at work: entries so far and what they say.
#[derive(Default)]
struct Desk {
    own: Vec<Entry>,
    state: State,
}

impl Desk {
    fn write(&mut self, body: Body) -> Entry {
        let made = entry(0, self.own.len() as u64, body);
        self.state.apply(made.clone());
        self.own.push(made.clone());
        made
    }

    fn decide(&mut self, on: u8, verdict: Verdict) -> Entry {
        let seen = self
            .state
            .standing_entries(proposal(on))
            .iter()
            .map(|(entry, _)| entry.id)
            .collect();
        self.write(Body::Decision(ledger::Decision::new(
            vec![proposal(on)],
            verdict,
            seen,
        )))
    }

    fn history(&self) -> UndoHistory {
        UndoHistory::of(&self.own, &self.state)
    }

    fn take(&mut self, step: Option<UndoStep>) -> bool {
        let Some(step) = step else { return false };
        self.write(Body::Undo(ledger::Undo { entry: step.target }));
        true
    }

    fn undo(&mut self) -> bool {
        let step = self.history().done.last().cloned();
        self.take(step)
    }

    fn redo(&mut self) -> bool {
        let step = self.history().undone.last().cloned();
        self.take(step)
    }

    fn standings(&self) -> Vec<Standing> {
        (0..4).map(|n| self.state.standing(proposal(n))).collect()
    }
}

proptest! {
    /// Undo and redo walk back and forth over the states a person saw, exactly, however often.
    #[test]
    fn undo_and_redo_walk_over_what_was_seen(
        verdicts in prop::collection::vec((0u8..4, verdicts()), 1..8),
        steps in prop::collection::vec(any::<bool>(), 0..24),
    ) {
        let mut desk = Desk::default();
        let mut seen = vec![desk.standings()];
        for (on, verdict) in &verdicts {
            desk.decide(*on, *verdict);
            seen.push(desk.standings());
        }
        let mut at = verdicts.len();
        for back in steps {
            let (moved, to) = if back { (desk.undo(), at.checked_sub(1)) } else { (desk.redo(), (at < verdicts.len()).then_some(at + 1)) };
            prop_assert_eq!(moved, to.is_some());
            at = to.unwrap_or(at);
            prop_assert_eq!(desk.standings(), seen[at].clone());
            prop_assert_eq!(desk.history().done.len(), at);
            prop_assert_eq!(desk.history().undone.len(), verdicts.len() - at);
        }
    }
}

#[test]
fn a_new_verdict_ends_what_could_be_redone() {
    let mut desk = Desk::default();
    desk.decide(0, Verdict::Circled);
    assert!(desk.undo());
    desk.decide(1, Verdict::Rejected);
    assert!(desk.history().undone.is_empty());
    assert!(!desk.redo());
    assert_eq!(desk.state.standing(proposal(0)), Standing::Open);
}

#[test]
fn undo_by_somebody_else_has_no_effect() {
    let circled = verdict(0, 1, &[0], Verdict::Circled, &[]);
    let by_ben = undo(1, 2, circled.id);
    let state = fold(&[circled.clone(), by_ben.clone()]);
    assert_eq!(state.standing(proposal(0)), Standing::Circled { edit: None });
    // Nor can Anna's undo be taken back by Ben.
    let by_anna = undo(0, 3, circled.id);
    let state = fold(&[circled, by_ben, by_anna.clone(), undo(1, 4, by_anna.id)]);
    assert_eq!(state.standing(proposal(0)), Standing::Open);
}

#[test]
fn a_person_is_told_when_somebody_has_decided_since() {
    let bulk = verdict(0, 1, &[0, 1], Verdict::Circled, &[]);
    let by_ben = verdict(1, 2, &[1], Verdict::Rejected, &[bulk.id]);
    let mut state = fold(&[bulk.clone(), by_ben.clone()]);
    let history = UndoHistory::of([&bulk], &state);
    let outlook = history.done[0].outlook(&state);
    assert_eq!(outlook.effective, [on(0)]);
    assert_eq!(outlook.overtaken, [(on(1), vec![by_ben.id])]);

    // Taken back, Ben's verdict stays; doing it again would contradict it, and says so.
    let back = undo(0, 3, bulk.id);
    state.apply(back.clone());
    assert_eq!(state.standing(proposal(0)), Standing::Open);
    assert_eq!(state.standing(proposal(1)), Standing::Rejected);
    let by_cleo = verdict(2, 4, &[0], Verdict::Rejected, &[]);
    state.apply(by_cleo.clone());
    let history = UndoHistory::of([&bulk, &back], &state);
    let outlook = history.undone[0].outlook(&state);
    assert_eq!(outlook.effective, []);
    assert_eq!(
        outlook.overtaken,
        [(on(0), vec![by_cleo.id]), (on(1), vec![by_ben.id])]
    );
}

#[test]
fn redo_of_a_verdict_that_replaced_another_is_no_surprise() {
    let mut desk = Desk::default();
    desk.decide(0, Verdict::Circled);
    desk.decide(0, Verdict::Rejected);
    assert!(desk.undo());
    assert_eq!(desk.state.standing(proposal(0)), Standing::Circled { edit: None });
    let step = desk.history().undone[0].clone();
    assert_eq!(step.outlook(&desk.state).effective, [on(0)]);
}

#[test]
fn what_the_same_principal_took_back_elsewhere_is_not_taken_back_twice() {
    let mut desk = Desk::default();
    let first = desk.decide(0, Verdict::Circled);
    let second = desk.decide(1, Verdict::Circled);
    // Anna's other workstation; its entry is not one of this workstation's own.
    desk.state.apply(undo(0, 90, second.id));
    let done: Vec<_> = desk.history().done.into_iter().map(|step| step.act).collect();
    assert_eq!(done, [first.id]);
}
