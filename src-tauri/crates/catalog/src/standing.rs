//! Where proposals and markers stand, computed by the ledger's own fold from the part of it that bears on them.

use std::collections::BTreeMap;

use ledger::{Body, Decision, Entry, EntryId, MarkerEntry, MarkerId, ProposalId, Standing, State, Undo};
use rusqlite::{Connection, params};
use timebase::FrameRange;

use crate::{
    ProposalState,
    apply::{author_of, clock_of, verdict_of},
    proposals::NEXT_REVISION,
    sql::{Id, Trouble, id, int, json_ids, json_or_none, text, uint},
};

/// Standings computed at once: bounds the memory of a rebuild.
const REFOLD_AT_ONCE: usize = 50_000;

/// Computes the standing of these proposals anew.
pub fn refold(conn: &Connection, ids: &[ProposalId]) -> Result<(), Trouble> {
    ids.chunks(REFOLD_AT_ONCE)
        .try_for_each(|part| refold_some(conn, part))
}

/// Computes the standing of these proposals anew, from the ledger's own fold.
fn refold_some(conn: &Connection, ids: &[ProposalId]) -> Result<(), Trouble> {
    let state = load_state(conn, ids)?;
    let mut update = conn.prepare_cached(&format!(
        "UPDATE proposals SET state = ?2, edit = ?3, decided = ?4, changed = {NEXT_REVISION} WHERE id = ?1"
    ))?;
    let mut clear = conn.prepare_cached("DELETE FROM standing_entries WHERE proposal = ?1")?;
    let mut insert = conn.prepare_cached("INSERT INTO standing_entries VALUES (?1, ?2)")?;
    for proposal in ids {
        let entries = state.standing_entries(*proposal);
        let standing = State::standing_of(*proposal, &entries);
        let edit = match &standing {
            Standing::Circled { edit: Some(edit) } => Some(text(edit, "edit")?),
            _ => None,
        };
        let decided = entries.last().map(|(entry, _)| entry.id);
        update.execute(params![
            proposal.bytes(),
            ProposalState::of(&standing).to_sql(),
            edit,
            decided.as_ref().map(Id::bytes),
        ])?;
        clear.execute([proposal.bytes()])?;
        for (entry, _) in entries {
            insert.execute([proposal.bytes(), entry.id.bytes()])?;
        }
    }
    Ok(())
}

/// The part of the ledger's state that the standing of these proposals depends on: decisions that name them, cut down to
/// them, and the undos of those. The fold itself is the ledger's own, so the two cannot disagree.
pub fn load_state(conn: &Connection, ids: &[ProposalId]) -> Result<State, Trouble> {
    let mut targets: BTreeMap<EntryId, Vec<ProposalId>> = BTreeMap::new();
    let mut edits: BTreeMap<EntryId, BTreeMap<ProposalId, serde_json::Value>> = BTreeMap::new();
    {
        let mut select = conn.prepare_cached(
            "SELECT t.entry, t.proposal, t.edit FROM json_each(?1) wanted
             CROSS JOIN decision_targets t ON t.proposal = unhex(wanted.value)",
        )?;
        let mut rows = select.query([json_ids(ids)])?;
        while let Some(row) = rows.next()? {
            let (entry, proposal) = (id(row, 0)?, id(row, 1)?);
            targets.entry(entry).or_default().push(proposal);
            if let Some(edit) = json_or_none(row, 2)? {
                edits.entry(entry).or_default().insert(proposal, edit);
            }
        }
    }
    let mut seen: BTreeMap<EntryId, Vec<EntryId>> = BTreeMap::new();
    {
        let mut select = conn.prepare_cached("SELECT entry FROM supersedes WHERE superseded = ?1")?;
        for older in targets.keys() {
            let mut rows = select.query([older.bytes()])?;
            while let Some(row) = rows.next()? {
                let newer: EntryId = id(row, 0)?;
                if targets.contains_key(&newer) {
                    seen.entry(newer).or_default().push(*older);
                }
            }
        }
    }
    let mut state = State::default();
    let mut undone = Vec::with_capacity(targets.len());
    let mut select = conn.prepare_cached(
        "SELECT e.millis, e.counter, e.principal, e.workstation, e.person, e.role, d.verdict, d.edit, d.note
         FROM entries e JOIN decisions d ON d.entry = e.id WHERE e.id = ?1",
    )?;
    for (entry, proposals) in targets {
        let mut rows = select.query([entry.bytes()])?;
        let Some(row) = rows.next()? else { continue };
        let mut decision = Decision::new(
            proposals,
            verdict_of(&row.get::<_, String>(6)?),
            seen.remove(&entry).unwrap_or_default(),
        );
        decision.edit = json_or_none(row, 7)?;
        decision.edits = edits.remove(&entry).unwrap_or_default();
        decision.note = row.get(8)?;
        state.apply(Entry::checked(
            entry,
            clock_of(row, 0)?,
            author_of(row, 2)?,
            Body::Decision(decision),
        ));
        undone.push(entry);
    }
    load_undos(conn, undone, &mut state)?;
    Ok(state)
}

/// Adds the undos of these entries, the undos of those, and so on.
pub fn load_undos(conn: &Connection, mut todo: Vec<EntryId>, state: &mut State) -> Result<(), Trouble> {
    let mut select = conn.prepare_cached(
        "SELECT u.entry, e.millis, e.counter, e.principal, e.workstation, e.person, e.role
         FROM undos u JOIN entries e ON e.id = u.entry WHERE u.target = ?1",
    )?;
    while let Some(target) = todo.pop() {
        let mut rows = select.query([target.bytes()])?;
        while let Some(row) = rows.next()? {
            let undo = id(row, 0)?;
            let body = Body::Undo(Undo { entry: target });
            state.apply(Entry::checked(undo, clock_of(row, 1)?, author_of(row, 3)?, body));
            todo.push(undo);
        }
    }
    Ok(())
}

/// Computes a marker's row anew.
pub fn refold_marker(conn: &Connection, marker: MarkerId) -> Result<(), Trouble> {
    match load_marker_state(conn, marker)?.marker(marker) {
        Some(stands) => conn
            .prepare_cached("INSERT OR REPLACE INTO markers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                stands.id.bytes(),
                stands.asset.bytes(),
                int(stands.range.start),
                int(stands.range.end),
                stands.note,
                stands.entry.bytes(),
                stands.disputed,
            ])?,
        None => conn
            .prepare_cached("DELETE FROM markers WHERE id = ?1")?
            .execute([marker.bytes()])?,
    };
    Ok(())
}

/// The part of the ledger's state that a marker's standing depends on.
pub fn load_marker_state(conn: &Connection, marker: MarkerId) -> Result<State, Trouble> {
    let mut said: BTreeMap<EntryId, (Entry, MarkerEntry)> = BTreeMap::new();
    {
        let mut select = conn.prepare_cached(
            "SELECT m.entry, e.millis, e.counter, e.principal, e.workstation, e.person, e.role,
                    m.asset, m.start_frame, m.end_frame, m.note, m.removed
             FROM marker_entries m JOIN entries e ON e.id = m.entry WHERE m.marker = ?1",
        )?;
        let mut rows = select.query([marker.bytes()])?;
        while let Some(row) = rows.next()? {
            let entry: EntryId = id(row, 0)?;
            let range = FrameRange::new(uint(row, 8)?, uint(row, 9)?);
            let mut body = MarkerEntry::put(id(row, 7)?, range, row.get(10)?);
            body.marker = (MarkerId::from(entry) != marker).then_some(marker);
            body.removed = row.get(11)?;
            let slim = Entry::checked(
                entry,
                clock_of(row, 1)?,
                author_of(row, 3)?,
                Body::Undo(Undo { entry }),
            );
            said.insert(entry, (slim, body));
        }
    }
    let known: Vec<EntryId> = said.keys().copied().collect();
    {
        let mut select = conn.prepare_cached("SELECT entry FROM supersedes WHERE superseded = ?1")?;
        for older in &known {
            let mut rows = select.query([older.bytes()])?;
            while let Some(row) = rows.next()? {
                if let Some((_, newer)) = said.get_mut(&id(row, 0)?) {
                    newer.supersedes.push(*older);
                }
            }
        }
    }
    let mut state = State::default();
    for (slim, body) in said.into_values() {
        state.apply(Entry::checked(
            slim.id,
            slim.clock,
            slim.author,
            Body::Marker(body),
        ));
    }
    load_undos(conn, known, &mut state)?;
    Ok(state)
}
