use std::collections::BTreeMap;

use ledger::{
    Author, Body, Decision, Entry, EntryId, Hlc, Outlook, ProposalId, State, Undo, UndoHistory, UndoStep,
    Verdict,
};
use rusqlite::{Connection, params};

use crate::{
    Catalog, CatalogError,
    apply::{author_of, clock_of, load_state, verdict_of},
    sql::{Id, Trouble, id, id_or_none, uint},
};

/// One act of this workstation that can be taken back or done again.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// What an undo or redo entry must name.
    pub step: UndoStep,
    /// Who decided.
    pub author: Author,
    /// When it was decided.
    pub clock: Hlc,
    /// What was decided.
    pub verdict: Verdict,
    /// Whether it carried an edit.
    pub edited: bool,
    /// A word from the person.
    pub note: String,
    /// On how many proposals.
    pub proposals: u64,
    /// One of them, for a label.
    pub example: Option<ProposalId>,
}

/// What undo and redo would do, oldest first: the last of each is next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Acts {
    /// Acts done.
    pub done: Vec<Act>,
    /// Acts taken back.
    pub undone: Vec<Act>,
}

/// What the catalog knows of a decision of one's own.
struct Decided {
    author: Author,
    clock: Hlc,
    verdict: Verdict,
    edited: bool,
    note: String,
    proposals: u64,
}

impl Catalog {
    /// What `workstation` of `principal` can undo and redo: the last `limit` acts of each.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn acts(&self, principal: &str, workstation: &str, limit: u32) -> Result<Acts, CatalogError> {
        self.read(|conn| {
            let (own, decided) = own_acts(conn, principal, workstation)?;
            let mut state = State::default();
            for entry in &own {
                state.apply(entry.clone());
            }
            for entry in undos_elsewhere(conn, principal, workstation)? {
                state.apply(entry);
            }
            let history = UndoHistory::of(&own, &state);
            let limit = limit as usize;
            Ok(Acts {
                done: named(conn, history.done, &decided, limit)?,
                undone: named(conn, history.undone, &decided, limit)?,
            })
        })
    }

    /// Whether the act of `step` still stands (or, for one taken back, whether nobody has decided since), so that a person
    /// can be told instead of surprised.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn outlook(&self, step: &UndoStep) -> Result<Outlook, CatalogError> {
        self.read(|conn| {
            let mut select = conn
                .prepare_cached("SELECT proposal FROM decision_targets WHERE entry = ?1 ORDER BY proposal")?;
            let targets: Vec<ProposalId> = select
                .query_map([step.decision.bytes()], |row| id(row, 0))?
                .collect::<Result<_, _>>()?;
            Ok(step.outlook(&load_state(conn, &targets)?))
        })
    }
}

/// The decisions and undos of one workstation in the order it wrote them (its clock never goes back), without what undo does
/// not look at, and the facts of the decisions.
fn own_acts(
    conn: &Connection,
    principal: &str,
    workstation: &str,
) -> Result<(Vec<Entry>, BTreeMap<EntryId, Decided>), Trouble> {
    let mut select = conn.prepare_cached(
        "SELECT e.id, u.target, e.millis, e.counter, e.principal, e.workstation, e.person, e.role,
                d.verdict, d.edit IS NOT NULL, d.note, d.proposals
         FROM entries e LEFT JOIN decisions d ON d.entry = e.id LEFT JOIN undos u ON u.entry = e.id
         WHERE e.kind IN ('decision', 'undo') AND e.principal = ?1 AND e.workstation = ?2
         ORDER BY e.millis, e.counter",
    )?;
    let mut rows = select.query(params![principal, workstation])?;
    let (mut own, mut decided) = (Vec::new(), BTreeMap::new());
    while let Some(row) = rows.next()? {
        let entry: EntryId = id(row, 0)?;
        let (clock, author) = (clock_of(row, 2)?, author_of(row, 4)?);
        let body = if let Some(target) = id_or_none(row, 1)? {
            Body::Undo(Undo { entry: target })
        } else if let Some(verdict) = row.get::<_, Option<String>>(8)? {
            let verdict = verdict_of(&verdict);
            let facts = Decided {
                author: author.clone(),
                clock,
                verdict,
                edited: row.get(9)?,
                note: row.get(10)?,
                proposals: uint(row, 11)?,
            };
            decided.insert(entry, facts);
            Body::Decision(Decision::new(Vec::new(), verdict, Vec::new()))
        } else {
            // A decision in a form of a later version: it cannot be taken back from here.
            continue;
        };
        own.push(Entry::checked(entry, clock, author, body));
    }
    Ok((own, decided))
}

/// What the same principal took back from other workstations.
fn undos_elsewhere(conn: &Connection, principal: &str, workstation: &str) -> Result<Vec<Entry>, Trouble> {
    let mut select = conn.prepare_cached(
        "SELECT e.id, u.target, e.millis, e.counter, e.principal, e.workstation, e.person, e.role
         FROM undos u JOIN entries e ON e.id = u.entry WHERE e.principal = ?1 AND e.workstation <> ?2",
    )?;
    let undos = select.query_map(params![principal, workstation], |row| {
        let body = Body::Undo(Undo { entry: id(row, 1)? });
        Ok(Entry::checked(
            id(row, 0)?,
            clock_of(row, 2)?,
            author_of(row, 4)?,
            body,
        ))
    })?;
    Ok(undos.collect::<Result<_, _>>()?)
}

/// The last steps, with their facts.
fn named(
    conn: &Connection,
    mut steps: Vec<UndoStep>,
    decided: &BTreeMap<EntryId, Decided>,
    limit: usize,
) -> Result<Vec<Act>, Trouble> {
    let shown = steps.split_off(steps.len().saturating_sub(limit));
    let mut example = conn
        .prepare_cached("SELECT proposal FROM decision_targets WHERE entry = ?1 ORDER BY proposal LIMIT 1")?;
    let mut acts = Vec::with_capacity(shown.len());
    for step in shown {
        let Some(facts) = decided.get(&step.decision) else {
            continue;
        };
        let mut rows = example.query([step.decision.bytes()])?;
        acts.push(Act {
            example: rows.next()?.map(|row| id(row, 0)).transpose()?,
            author: facts.author.clone(),
            clock: facts.clock,
            verdict: facts.verdict,
            edited: facts.edited,
            note: facts.note.clone(),
            proposals: facts.proposals,
            step,
        });
    }
    Ok(acts)
}
