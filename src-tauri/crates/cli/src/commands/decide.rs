//! Verdicts and taking them back.

use std::sync::Arc;

use fault::{Code, Fault};
use serde_json::json;
use workstation::{Changed, DecideVerdict, Order, ProposalQuery, ProposalRow, Undone, Workstation};

use crate::Ending;
use crate::args::Decide;
use crate::commands::library;
use crate::condition::{Condition, state_word};
use crate::output::{Output, count};

/// `decide`.
pub fn decide(workstation: &Arc<Workstation>, args: &Decide, output: &Output) -> Result<Ending, Fault> {
    let edit = args
        .edit
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error: serde_json::Error| {
            Fault::new(Code::BadRequest, "What follows --edit is no JSON.")
                .hint(r#"For example --edit '{"start_frame":120,"end_frame":180}'"#)
                .because(&error)
        })?;
    let rows = chosen(workstation, args)?;
    if args.dry_run {
        return preview(&rows, output);
    }
    if rows.is_empty() {
        let nothing = json!({ "changed": [], "undo": workstation.undo_state()? });
        output.result(&nothing, || {
            vec!["No proposals match; nothing was decided.".to_owned()]
        })?;
        return Ok(Ending::Whole);
    }
    let request = workstation::Decide {
        ids: rows.iter().map(|row| row.id.clone()).collect(),
        verdict: if args.circle {
            DecideVerdict::Circle
        } else if args.reject {
            DecideVerdict::Reject
        } else {
            DecideVerdict::Retract
        },
        edit,
        edits: std::collections::BTreeMap::new(),
        note: args.note.clone(),
    };
    let decided = workstation.decide(&request)?;
    output.result(&decided, || states(&decided.changed))?;
    Ok(Ending::Whole)
}

fn chosen(workstation: &Workstation, args: &Decide) -> Result<Vec<ProposalRow>, Fault> {
    let Some(text) = &args.condition else {
        let ids = args
            .ids
            .iter()
            .map(|id| workstation.resolve_proposal(id))
            .collect::<Result<Vec<_>, Fault>>()?;
        let rows = workstation.proposals_of(&ids)?;
        if let Some(unknown) = ids
            .iter()
            .find(|id| !rows.iter().any(|row| row.id == id.to_string()))
        {
            return Err(Fault::new(
                Code::NotFound,
                format!("There is no proposal {unknown}."),
            ));
        }
        return Ok(rows);
    };
    let condition = Condition::parse(text).map_err(|error| {
        Fault::new(Code::BadRequest, format!("This condition does not read: {error}"))
            .hint("For example: kind=text and confidence>=0.9 and state=open")
    })?;
    let query = ProposalQuery {
        order: Some(Order::Time),
        ..ProposalQuery::default()
    };
    let mut rows = workstation.proposals(&query)?.proposals;
    rows.retain(|row| condition.matches(row));
    Ok(rows)
}

fn preview(rows: &[ProposalRow], output: &Output) -> Result<Ending, Fault> {
    let mut by_kind = std::collections::BTreeMap::<&str, u64>::new();
    for row in rows {
        *by_kind.entry(row.kind.as_str()).or_default() += 1;
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    output.result(&json!({ "ids": ids, "by_kind": by_kind }), || {
        let mut lines = library::table(rows).lines("No proposals match.");
        let kinds: Vec<String> = by_kind
            .iter()
            .map(|(kind, number)| format!("{number} {kind}"))
            .collect();
        if !kinds.is_empty() {
            lines.push(format!(
                "It would be decided on {}. Nothing was done.",
                kinds.join(", ")
            ));
        }
        lines
    })?;
    Ok(Ending::Whole)
}

/// `undo`.
pub fn undo(workstation: &Arc<Workstation>, output: &Output) -> Result<Ending, Fault> {
    told(&workstation.undo()?, "Taken back", output)
}

/// `redo`.
pub fn redo(workstation: &Arc<Workstation>, output: &Output) -> Result<Ending, Fault> {
    told(&workstation.redo()?, "Done again", output)
}

fn told(undone: &Undone, word: &str, output: &Output) -> Result<Ending, Fault> {
    output.result(undone, || {
        let mut lines = vec![format!("{word}: {}", undone.label)];
        if !undone.words.is_empty() {
            lines.push(undone.words.clone());
        }
        lines.extend(states(&undone.changed));
        lines
    })?;
    Ok(Ending::Whole)
}

/// `3 proposals circled`, one line per state.
fn states(changed: &[Changed]) -> Vec<String> {
    let mut states = std::collections::BTreeMap::<&str, usize>::new();
    for change in changed {
        *states.entry(state_word(change.state)).or_default() += 1;
    }
    states
        .into_iter()
        .map(|(state, number)| format!("{} {state}", count(number, "proposal", "proposals")))
        .collect()
}
