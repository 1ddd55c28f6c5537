use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    AssetId, Author, Body, CommentEntry, CommentId, Decision, Entry, EntryId, Hlc, MarkerEntry, MarkerId,
    Outlook, ProposalId, State, Target, Undo, UndoHistory, UndoStep, Verdict,
};
use rusqlite::{Connection, params};
use timebase::FrameRange;

use crate::{
    Catalog, CatalogError,
    apply::{author_of, clock_of, verdict_of},
    comments::{comment_of, load_comment_state},
    sql::{Id, Trouble, id, id_or_none, uint},
    standing::{load_marker_state, load_undos},
};

/// One act of this workstation that can be taken back or done again.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// What an undo or redo entry must name.
    pub step: UndoStep,
    /// Whose act it is.
    pub author: Author,
    /// When it was done.
    pub clock: Hlc,
    /// What was said.
    pub said: Said,
}

/// What an act says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A verdict.
    Verdict {
        /// What was decided.
        verdict: Verdict,
        /// Whether it carried an edit.
        edited: bool,
        /// A word from the person.
        note: String,
        /// On how many proposals.
        proposals: u64,
        /// One of them, for a label.
        example: Option<ProposalId>,
    },
    /// Something done with a marker.
    Marker {
        /// The marker.
        marker: MarkerId,
        /// On what.
        asset: AssetId,
        /// What was done.
        change: MarkerChange,
    },
    /// Something done with a comment.
    Comment {
        /// The comment; of a resolution the one that began the thread.
        comment: CommentId,
        /// On what.
        asset: AssetId,
        /// What was done.
        change: CommentChange,
    },
}

/// What was done with a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentChange {
    /// It was written.
    Written,
    /// It was written as an answer.
    Answered,
    /// Its words or its frames were changed.
    Changed,
    /// It was removed.
    Removed,
    /// Its thread was settled.
    Resolved,
    /// Its thread was opened again.
    Reopened,
}

impl CommentChange {
    const ALL: [Self; 6] = [
        Self::Written,
        Self::Answered,
        Self::Changed,
        Self::Removed,
        Self::Resolved,
        Self::Reopened,
    ];

    pub(crate) const fn to_sql(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Answered => "answered",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
        }
    }

    fn of_sql(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.to_sql() == word)
    }
}

/// What was done with a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerChange {
    /// It was put.
    Put,
    /// Its frames or its note were changed.
    Changed,
    /// It was removed.
    Removed,
}

/// What undo and redo would do, oldest first: the last of each is next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Acts {
    /// Acts done.
    pub done: Vec<Act>,
    /// Acts taken back.
    pub undone: Vec<Act>,
}

/// What the catalog knows of an act of one's own.
struct Facts {
    author: Author,
    clock: Hlc,
    said: Said,
}

impl Catalog {
    /// What `workstation` of `principal` can undo and redo: the last `limit` acts of each.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn acts(&self, principal: &str, workstation: &str, limit: u32) -> Result<Acts, CatalogError> {
        self.read(|conn| {
            let limit = limit as usize;
            let mut rows = limit.saturating_add(2);
            loop {
                let own = own_acts(conn, principal, workstation, rows)?;
                let history = own.history(conn)?;
                if own.whole || (own.closed && history.done.len() >= limit) {
                    return Ok(Acts {
                        done: named(conn, history.done, &own.facts, limit)?,
                        undone: named(conn, history.undone, &own.facts, limit)?,
                    });
                }
                rows = rows.saturating_mul(4);
            }
        })
    }

    /// Whether the act of `step` still stands (or, for one taken back, whether nobody has said anything since), so that a
    /// person can be told instead of surprised.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn outlook(&self, step: &UndoStep) -> Result<Outlook, CatalogError> {
        self.read(|conn| {
            if let Some(marker) = marker_of(conn, step.act)? {
                return Ok(step.outlook(&load_marker_state(conn, marker)?));
            }
            match comment_of(conn, step.act)? {
                Some(comment) => Ok(step.outlook(&load_comment_state(conn, comment)?)),
                None => outlook_of_verdict(conn, step.act),
            }
        })
    }

    /// Who wrote these entries, each once, in the order of the first of their entries.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn authors_of(&self, entries: &[EntryId]) -> Result<Vec<Author>, CatalogError> {
        self.read(|conn| {
            let mut select = conn
                .prepare_cached("SELECT principal, workstation, person, role FROM entries WHERE id = ?1")?;
            let mut authors: Vec<Author> = Vec::new();
            for entry in entries {
                for author in select.query_map([entry.bytes()], |row| author_of(row, 0))? {
                    let author = author?;
                    if !authors.contains(&author) {
                        authors.push(author);
                    }
                }
            }
            Ok(authors)
        })
    }
}

/// The marker that an entry is about, when it is about one.
fn marker_of(conn: &Connection, entry: EntryId) -> Result<Option<MarkerId>, Trouble> {
    let mut select = conn.prepare_cached("SELECT marker FROM marker_entries WHERE entry = ?1")?;
    Ok(select
        .query_map([entry.bytes()], |row| id(row, 0))?
        .next()
        .transpose()?)
}

/// As [`UndoStep::outlook`] says it, from the standings that are kept: a bulk verdict on 50 000 proposals is asked for after
/// each act.
fn outlook_of_verdict(conn: &Connection, act: EntryId) -> Result<Outlook, Trouble> {
    const UNDONE: &str =
        "EXISTS (SELECT 1 FROM standing_entries s WHERE s.proposal = t.proposal AND NOT EXISTS (
        SELECT 1 FROM supersedes u WHERE u.superseded = s.entry AND u.entry = ?1))";
    const DONE: &str =
        "NOT EXISTS (SELECT 1 FROM standing_entries s WHERE s.proposal = t.proposal AND s.entry = ?1)";
    let overtaken = if is_void(conn, act)? { UNDONE } else { DONE };
    let mut select = conn.prepare_cached(&format!(
        "SELECT t.proposal, {overtaken} FROM decision_targets t WHERE t.entry = ?1 ORDER BY t.proposal"
    ))?;
    let mut standing = conn.prepare_cached(
        "SELECT s.entry FROM standing_entries s JOIN entries e ON e.id = s.entry WHERE s.proposal = ?1
         ORDER BY e.millis, e.counter, e.id",
    )?;
    let mut outlook = Outlook::default();
    let mut rows = select.query([act.bytes()])?;
    while let Some(row) = rows.next()? {
        let proposal: ProposalId = id(row, 0)?;
        if row.get(1)? {
            let standing = standing
                .query_map([proposal.bytes()], |row| id(row, 0))?
                .collect::<Result<_, _>>()?;
            outlook.overtaken.push((Target::Proposal(proposal), standing));
        } else {
            outlook.effective.push(Target::Proposal(proposal));
        }
    }
    Ok(outlook)
}

/// Whether an act was taken back.
fn is_void(conn: &Connection, act: EntryId) -> Result<bool, Trouble> {
    let mut select = conn.prepare_cached(
        "SELECT millis, counter, principal, workstation, person, role FROM entries WHERE id = ?1",
    )?;
    let mut rows = select.query([act.bytes()])?;
    let Some(row) = rows.next()? else { return Ok(false) };
    let mut state = State::default();
    let slim = Body::Decision(Decision::new(Vec::new(), Verdict::Retracted, Vec::new()));
    state.apply(Entry::checked(act, clock_of(row, 0)?, author_of(row, 2)?, slim));
    load_undos(conn, vec![act], &mut state)?;
    Ok(state.is_void(act))
}

/// The newest acts and undos of one workstation in the order it wrote them (its clock never goes back), without what undo does
/// not look at. Undo asks for them after each act, and nobody's years of work are read for the last one of them.
struct OwnActs {
    entries: Vec<Entry>,
    facts: BTreeMap<EntryId, Facts>,
    /// Whether these are all there are.
    whole: bool,
    /// Whether every undo among them is of something among them: then the last acts of their history are the last of the whole,
    /// because what is older was neither taken back nor done again since, and a new act ends what could be done again.
    closed: bool,
}

impl OwnActs {
    fn history(&self, conn: &Connection) -> Result<UndoHistory, Trouble> {
        let mut state = State::default();
        let mut ids = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            ids.push(entry.id);
            state.apply(entry.clone());
        }
        // Also what was taken back from another workstation.
        load_undos(conn, ids, &mut state)?;
        Ok(UndoHistory::of(&self.entries, &state))
    }
}

fn own_acts(
    conn: &Connection,
    principal: &str,
    workstation: &str,
    rows_max: usize,
) -> Result<OwnActs, Trouble> {
    let mut select = conn.prepare_cached(
        "SELECT e.id, u.target, e.millis, e.counter, e.principal, e.workstation, e.person, e.role,
                d.verdict,
                d.edit IS NOT NULL
                    OR EXISTS (SELECT 1 FROM decision_targets t WHERE t.entry = e.id AND t.edit IS NOT NULL),
                d.note, d.proposals, m.marker, m.asset, m.removed, k.comment, k.asset, k.change
         FROM entries e LEFT JOIN decisions d ON d.entry = e.id LEFT JOIN undos u ON u.entry = e.id
            LEFT JOIN marker_entries m ON m.entry = e.id LEFT JOIN comment_entries k ON k.entry = e.id
         WHERE e.kind IN ('decision', 'undo', 'marker', 'comment', 'resolution') AND e.principal = ?1 AND e.workstation = ?2
         ORDER BY e.millis DESC, e.counter DESC LIMIT ?3",
    )?;
    let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
    let mut rows = select.query(params![principal, workstation, limit])?;
    let (mut entries, mut facts) = (Vec::new(), BTreeMap::new());
    let (mut found, mut targets) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        found += 1;
        let entry: EntryId = id(row, 0)?;
        let (clock, author) = (clock_of(row, 2)?, author_of(row, 4)?);
        let body = match (id_or_none(row, 1)?, said(row, entry)?) {
            (Some(target), _) => {
                targets.push(target);
                Body::Undo(Undo { entry: target })
            }
            (None, Some(said)) => {
                let body = slim(&said);
                let author = author.clone();
                facts.insert(entry, Facts { author, clock, said });
                body
            }
            // In a form of a later version: it cannot be taken back from here.
            (None, None) => continue,
        };
        entries.push(Entry::checked(entry, clock, author, body));
    }
    entries.reverse();
    let known: BTreeSet<EntryId> = entries.iter().map(|entry| entry.id).collect();
    Ok(OwnActs {
        entries,
        facts,
        whole: found < rows_max,
        closed: targets.iter().all(|target| known.contains(target)),
    })
}

fn said(row: &rusqlite::Row<'_>, entry: EntryId) -> Result<Option<Said>, Trouble> {
    if let Some(verdict) = row.get::<_, Option<String>>(8)? {
        return Ok(Some(Said::Verdict {
            verdict: verdict_of(&verdict),
            edited: row.get(9)?,
            note: row.get(10)?,
            proposals: uint(row, 11)?,
            example: None,
        }));
    }
    if let Some(comment) = id_or_none::<CommentId>(row, 15)? {
        let change = CommentChange::of_sql(row.get_ref(17)?.as_str().map_err(rusqlite::Error::from)?);
        let asset = id(row, 16)?;
        return Ok(change.map(|change| Said::Comment {
            comment,
            asset,
            change,
        }));
    }
    let Some(marker) = id_or_none::<MarkerId>(row, 12)? else {
        return Ok(None);
    };
    let change = match (row.get(14)?, marker == entry.into()) {
        (true, _) => MarkerChange::Removed,
        (false, true) => MarkerChange::Put,
        (false, false) => MarkerChange::Changed,
    };
    Ok(Some(Said::Marker {
        marker,
        asset: id(row, 13)?,
        change,
    }))
}

/// As much of an act as undo looks at.
fn slim(said: &Said) -> Body {
    match said {
        Said::Verdict { verdict, .. } => Body::Decision(Decision::new(Vec::new(), *verdict, Vec::new())),
        Said::Marker { asset, .. } => {
            Body::Marker(MarkerEntry::put(*asset, FrameRange::new(0, 0), String::new()))
        }
        Said::Comment { asset, .. } => {
            Body::Comment(CommentEntry::new(*asset, FrameRange::new(0, 0), String::new()))
        }
    }
}

/// The last steps, with their facts.
fn named(
    conn: &Connection,
    mut steps: Vec<UndoStep>,
    all: &BTreeMap<EntryId, Facts>,
    limit: usize,
) -> Result<Vec<Act>, Trouble> {
    let shown = steps.split_off(steps.len().saturating_sub(limit));
    let mut first = conn
        .prepare_cached("SELECT proposal FROM decision_targets WHERE entry = ?1 ORDER BY proposal LIMIT 1")?;
    let mut acts = Vec::with_capacity(shown.len());
    for step in shown {
        let Some(facts) = all.get(&step.act) else {
            continue;
        };
        let mut said = facts.said.clone();
        if let Said::Verdict { example, .. } = &mut said {
            let mut rows = first.query([step.act.bytes()])?;
            *example = rows.next()?.map(|row| id(row, 0)).transpose()?;
        }
        acts.push(Act {
            author: facts.author.clone(),
            clock: facts.clock,
            said,
            step,
        });
    }
    Ok(acts)
}
