//! Taking entries and proposals in, and keeping the standing of proposals as the ledger's fold says it is.

use std::collections::BTreeSet;

use ledger::{
    AssetEntry, Author, Body, CommentId, Decision, Entry, EntryId, Hlc, Location, MarkerEntry, MarkerId,
    Proposal, ProposalId, Rendition, Role, RunEntry, SameAs, Undo, Verdict,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    catalog::{Subject, bump},
    comments,
    model::worth,
    proposals::NEXT_REVISION,
    shelf,
    sql::{Id, Step, Trouble, id, int, text, uint},
    standing::{refold, refold_marker},
};

pub const ENTRIES: Step = Step {
    why: "every entry as its line, and what decisions and undos say in a form that a standing is computed from without
          reading a bulk verdict of 100 000 ids for one of them",
    sql: "
        CREATE TABLE entries (
            id          BLOB PRIMARY KEY,
            millis      INTEGER NOT NULL,
            counter     INTEGER NOT NULL,
            principal   TEXT NOT NULL,
            workstation TEXT NOT NULL,
            person      TEXT NOT NULL,
            role        TEXT NOT NULL,
            kind        TEXT NOT NULL,
            line        TEXT NOT NULL
        );
        CREATE INDEX entries_acts ON entries (principal, workstation, millis, counter)
            WHERE kind IN ('decision', 'undo');
        CREATE TABLE decisions (
            entry     BLOB PRIMARY KEY,
            verdict   TEXT NOT NULL,
            edit      TEXT,
            note      TEXT NOT NULL,
            proposals INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE decision_targets (
            proposal BLOB NOT NULL,
            entry    BLOB NOT NULL,
            PRIMARY KEY (proposal, entry)
        ) WITHOUT ROWID;
        CREATE INDEX decision_targets_by_entry ON decision_targets (entry);
        CREATE TABLE supersedes (
            superseded BLOB NOT NULL,
            entry      BLOB NOT NULL,
            PRIMARY KEY (superseded, entry)
        ) WITHOUT ROWID;
        CREATE TABLE undos (
            entry  BLOB PRIMARY KEY,
            target BLOB NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX undos_by_target ON undos (target);
        CREATE TABLE standing_entries (
            proposal BLOB NOT NULL,
            entry    BLOB NOT NULL,
            PRIMARY KEY (proposal, entry)
        ) WITHOUT ROWID;
        CREATE TABLE journal_seen (
            one      INTEGER PRIMARY KEY CHECK (one = 1),
            sequence INTEGER NOT NULL
        );
        INSERT INTO journal_seen VALUES (1, 0);
        CREATE TABLE revisions (
            subject  TEXT PRIMARY KEY,
            revision INTEGER NOT NULL
        ) WITHOUT ROWID;
        INSERT INTO revisions VALUES ('assets', 0), ('proposals', 0), ('jobs', 0);
    ",
};

pub const EDITS: Step = Step {
    why: "one verdict on several proposals may edit each in its own way",
    sql: "ALTER TABLE decision_targets ADD COLUMN edit TEXT;",
};

/// What taking entries in has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Entries that were new.
    pub entries: u64,
    /// Proposals whose standing was computed anew, sorted, without repetition.
    pub proposals: Vec<ProposalId>,
}

/// Entries and proposals on their way in, inside one transaction.
pub struct Intake<'a> {
    conn: &'a Connection,
    new_entries: u64,
    new_proposals: u64,
    assets_changed: bool,
    /// Rows of proposals show something else, though nobody decided on them.
    rows_changed: bool,
    /// What was known before is gone: no list of changes says what has to be forgotten.
    everything: bool,
    touched: BTreeSet<ProposalId>,
    markers: BTreeSet<MarkerId>,
    comments: BTreeSet<CommentId>,
}

impl<'a> Intake<'a> {
    pub const fn new(conn: &'a Connection) -> Self {
        Self {
            conn,
            new_entries: 0,
            new_proposals: 0,
            assets_changed: false,
            rows_changed: false,
            everything: false,
            touched: BTreeSet::new(),
            markers: BTreeSet::new(),
            comments: BTreeSet::new(),
        }
    }

    pub const fn new_proposals(&self) -> u64 {
        self.new_proposals
    }

    /// After a rebuild everything is stale, also when nothing is left.
    pub const fn everything_changed(&mut self) {
        self.assets_changed = true;
        self.everything = true;
    }

    /// Takes one entry in; a repetition changes nothing.
    pub fn entry(&mut self, entry: &Entry) -> Result<(), Trouble> {
        self.line(entry, &entry.to_line())
    }

    /// As [`Intake::entry`], where its line is at hand: a bulk verdict's has megabytes.
    pub fn line(&mut self, entry: &Entry, line: &str) -> Result<(), Trouble> {
        let author = &entry.author;
        let new = self
            .conn
            .prepare_cached("INSERT OR IGNORE INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
            .execute(params![
                entry.id.bytes(),
                int(entry.clock.millis),
                entry.clock.counter,
                author.principal,
                author.workstation,
                author.person,
                role_name(author.role),
                entry.body.kind(),
                line,
            ])?;
        if new == 0 {
            return Ok(());
        }
        self.new_entries += 1;
        match &entry.body {
            Body::Asset(asset) => self.asset(entry, asset),
            Body::Location(location) => self.location(entry, location),
            Body::Rendition(rendition) => self.rendition(entry, rendition),
            Body::SameAs(same) => self.same_as(same),
            Body::Run(run) => self.run(entry, run),
            Body::Decision(decision) => self.decision(entry.id, decision),
            Body::Undo(undo) => self.undo(entry.id, undo),
            Body::Marker(marker) => self.marker(entry.id, marker),
            Body::Comment(_) | Body::Resolution(_) => {
                self.comments.extend(comments::take(self.conn, entry)?);
                Ok(())
            }
            Body::Other { .. } => Ok(()),
        }
    }

    fn asset(&mut self, entry: &Entry, asset: &AssetEntry) -> Result<(), Trouble> {
        self.assets_changed = true;
        // The latest says what it is, the earliest when it came; neither depends on the order of arrival.
        let stamp = Stamp::of(entry);
        let known = self
            .conn
            .prepare_cached(
                "SELECT entry, millis, counter, added_millis, added_counter, title FROM assets WHERE id = ?1",
            )?
            .query_row([asset.asset.bytes()], |row| {
                Ok(Known {
                    latest: Stamp {
                        clock: clock_of(row, 1)?,
                        entry: id(row, 0)?,
                    },
                    added: clock_of(row, 3)?,
                    title: row.get(5)?,
                })
            })
            .optional()?;
        let added = known
            .as_ref()
            .map_or(stamp.clock, |known| stamp.clock.min(known.added));
        let title = match &known {
            Some(known) if stamp <= known.latest => &known.title,
            _ => &asset.title,
        };
        shelf::put(self.conn, asset.asset, title, added)?;
        if known.is_none_or(|known| stamp > known.latest) {
            self.conn
                .prepare_cached("INSERT OR REPLACE INTO assets VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
                .execute(params![
                    asset.asset.bytes(),
                    asset.title,
                    int(asset.size_bytes),
                    text(&asset.media, "asset")?,
                    stamp.entry.bytes(),
                    int(stamp.clock.millis),
                    stamp.clock.counter,
                    int(added.millis),
                    added.counter,
                ])?;
        } else {
            self.conn
                .prepare_cached("UPDATE assets SET added_millis = ?2, added_counter = ?3 WHERE id = ?1")?
                .execute(params![asset.asset.bytes(), int(added.millis), added.counter])?;
        }
        self.shown_anew("asset", asset.asset.bytes())
    }

    fn location(&mut self, entry: &Entry, location: &Location) -> Result<(), Trouble> {
        self.assets_changed = true;
        let (stamp, author) = (Stamp::of(entry), &entry.author);
        self.conn
            .prepare_cached(
                "INSERT INTO locations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (asset, place, principal, workstation) DO UPDATE SET
                    person = excluded.person, role = excluded.role,
                    entry = excluded.entry, millis = excluded.millis, counter = excluded.counter
                 WHERE (excluded.millis, excluded.counter, excluded.entry) > (millis, counter, entry)",
            )?
            .execute(params![
                location.asset.bytes(),
                location.place,
                author.principal,
                author.workstation,
                author.person,
                role_name(author.role),
                stamp.entry.bytes(),
                int(stamp.clock.millis),
                stamp.clock.counter,
            ])?;
        Ok(())
    }

    fn rendition(&mut self, entry: &Entry, rendition: &Rendition) -> Result<(), Trouble> {
        self.assets_changed = true;
        let stamp = Stamp::of(entry);
        self.conn
            .prepare_cached(
                "INSERT INTO renditions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (asset, name) DO UPDATE SET
                    key = excluded.key, size_bytes = excluded.size_bytes, blake3 = excluded.blake3,
                    entry = excluded.entry, millis = excluded.millis, counter = excluded.counter
                 WHERE (excluded.millis, excluded.counter, excluded.entry) > (millis, counter, entry)",
            )?
            .execute(params![
                rendition.asset.bytes(),
                rendition.name,
                rendition.key,
                int(rendition.size_bytes),
                rendition.blake3,
                stamp.entry.bytes(),
                int(stamp.clock.millis),
                stamp.clock.counter,
            ])?;
        Ok(())
    }

    fn same_as(&mut self, SameAs { asset, other }: &SameAs) -> Result<(), Trouble> {
        self.assets_changed = true;
        let mut insert = self
            .conn
            .prepare_cached("INSERT OR IGNORE INTO same_as VALUES (?1, ?2)")?;
        insert.execute([asset.bytes(), other.bytes()])?;
        insert.execute([other.bytes(), asset.bytes()])?;
        Ok(())
    }

    fn run(&mut self, entry: &Entry, run: &RunEntry) -> Result<(), Trouble> {
        self.assets_changed = true;
        let stamp = Stamp::of(entry);
        self.conn
            .prepare_cached(
                "INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (id) DO UPDATE SET
                    content = excluded.content,
                    entry = excluded.entry, millis = excluded.millis, counter = excluded.counter
                 WHERE (excluded.millis, excluded.counter, excluded.entry) > (millis, counter, entry)",
            )?
            .execute(params![
                run.run.id.bytes(),
                run.run.asset.bytes(),
                run.run.engine,
                run.run.model,
                run.run.version,
                text(run, "run")?,
                stamp.entry.bytes(),
                int(stamp.clock.millis),
                stamp.clock.counter,
            ])?;
        self.shown_anew("run", run.run.id.bytes())
    }

    /// What a list shows of these proposals comes from their asset and their run too.
    fn shown_anew(&mut self, column: &str, of: &[u8; 16]) -> Result<(), Trouble> {
        let changed = self
            .conn
            .prepare_cached(&format!(
                "UPDATE proposals SET changed = {NEXT_REVISION} WHERE {column} = ?1"
            ))?
            .execute([of])?;
        self.rows_changed |= changed > 0;
        Ok(())
    }

    fn decision(&mut self, entry: EntryId, decision: &Decision) -> Result<(), Trouble> {
        let edit = decision
            .edit
            .as_ref()
            .map(|edit| text(edit, "edit"))
            .transpose()?;
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO decisions VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                entry.bytes(),
                verdict_name(decision.verdict),
                edit,
                decision.note,
                int(decision.proposals.len() as u64),
            ])?;
        let mut insert = self
            .conn
            .prepare_cached("INSERT OR IGNORE INTO decision_targets VALUES (?1, ?2, ?3)")?;
        for proposal in &decision.proposals {
            let own = decision.edits.get(proposal);
            let own = own.map(|edit| text(edit, "edit")).transpose()?;
            insert.execute(params![proposal.bytes(), entry.bytes(), own])?;
        }
        let mut insert = self
            .conn
            .prepare_cached("INSERT OR IGNORE INTO supersedes VALUES (?1, ?2)")?;
        for seen in &decision.supersedes {
            insert.execute([seen.bytes(), entry.bytes()])?;
        }
        self.touched.extend(decision.proposals.iter().copied());
        Ok(())
    }

    fn marker(&mut self, entry: EntryId, said: &MarkerEntry) -> Result<(), Trouble> {
        let marker = said.id(entry);
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO marker_entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                entry.bytes(),
                marker.bytes(),
                said.asset.bytes(),
                int(said.range.start),
                int(said.range.end),
                said.note,
                said.removed,
            ])?;
        let mut insert = self
            .conn
            .prepare_cached("INSERT OR IGNORE INTO supersedes VALUES (?1, ?2)")?;
        for seen in &said.supersedes {
            insert.execute([seen.bytes(), entry.bytes()])?;
        }
        self.markers.insert(marker);
        Ok(())
    }

    fn undo(&mut self, entry: EntryId, undo: &Undo) -> Result<(), Trouble> {
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO undos VALUES (?1, ?2)")?
            .execute([entry.bytes(), undo.entry.bytes()])?;
        // Down the chain of undos to the decision it is about, as far as it has arrived; when the decision arrives later it
        // is computed with all of them.
        const CHAIN: &str = "WITH RECURSIVE chain (id) AS (SELECT ?1 UNION SELECT target FROM undos JOIN chain ON undos.entry = chain.id)";
        let mut select = self.conn.prepare_cached(&format!(
            "{CHAIN} SELECT t.proposal FROM chain JOIN decision_targets t ON t.entry = chain.id"
        ))?;
        let mut rows = select.query([undo.entry.bytes()])?;
        while let Some(row) = rows.next()? {
            self.touched.insert(id(row, 0)?);
        }
        let mut select = self.conn.prepare_cached(&format!(
            "{CHAIN} SELECT m.marker FROM chain JOIN marker_entries m ON m.entry = chain.id"
        ))?;
        let mut rows = select.query([undo.entry.bytes()])?;
        while let Some(row) = rows.next()? {
            self.markers.insert(id(row, 0)?);
        }
        let mut select = self.conn.prepare_cached(&format!(
            "{CHAIN} SELECT k.comment FROM chain JOIN comment_entries k ON k.entry = chain.id"
        ))?;
        let mut rows = select.query([undo.entry.bytes()])?;
        while let Some(row) = rows.next()? {
            self.comments.insert(id(row, 0)?);
        }
        Ok(())
    }

    /// Takes one proposal in; a repetition changes nothing.
    pub fn proposal(&mut self, proposal: &Proposal) -> Result<(), Trouble> {
        let new = self
            .conn
            .prepare_cached(&format!(
                "INSERT OR IGNORE INTO proposals
                    (id, asset, run, kind, start_frame, end_frame, confidence_permille, payload, worth, changed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, {NEXT_REVISION})"
            ))?
            .execute(params![
                proposal.id.bytes(),
                proposal.asset.bytes(),
                proposal.run.bytes(),
                proposal.kind.as_str(),
                int(proposal.range.start),
                int(proposal.range.end),
                proposal.confidence_permille,
                text(&proposal.payload, "payload")?,
                worth(&proposal.kind, proposal.confidence_permille),
            ])?;
        if new == 0 {
            return Ok(());
        }
        self.new_proposals += 1;
        // It may have been decided before it arrived.
        let decided = self
            .conn
            .prepare_cached("SELECT 1 FROM decision_targets WHERE proposal = ?1 LIMIT 1")?
            .exists([proposal.id.bytes()])?;
        if decided {
            self.touched.insert(proposal.id);
        }
        Ok(())
    }

    /// Computes every touched standing anew and takes note of what is stale.
    pub fn finish(self) -> Result<Applied, Trouble> {
        let proposals: Vec<ProposalId> = self.touched.into_iter().collect();
        refold(self.conn, &proposals)?;
        for marker in &self.markers {
            refold_marker(self.conn, *marker)?;
        }
        for comment in &self.comments {
            comments::refold(self.conn, *comment)?;
        }
        if self.assets_changed {
            bump(self.conn, Subject::Assets)?;
        }
        if self.new_proposals > 0 || !proposals.is_empty() || self.rows_changed || self.everything {
            bump(self.conn, Subject::Proposals)?;
        }
        if !self.markers.is_empty() || self.everything {
            bump(self.conn, Subject::Markers)?;
        }
        if !self.comments.is_empty() || self.everything {
            bump(self.conn, Subject::Comments)?;
        }
        if self.everything {
            self.conn.execute(
                "UPDATE revisions SET revision = (SELECT revision FROM revisions WHERE subject = 'proposals')
                 WHERE subject = 'whole'",
                [],
            )?;
        }
        Ok(Applied {
            entries: self.new_entries,
            proposals,
        })
    }
}

/// What is known of an asset of which a further entry comes.
struct Known {
    latest: Stamp,
    added: Hlc,
    title: String,
}

/// What of an entry wins over another about the same thing: the later clock, and of equals the greater id.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Stamp {
    clock: Hlc,
    entry: EntryId,
}

impl Stamp {
    const fn of(entry: &Entry) -> Self {
        Self {
            clock: entry.clock,
            entry: entry.id,
        }
    }
}

/// A clock from two columns.
pub fn clock_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Hlc> {
    Ok(Hlc {
        millis: uint(row, column)?,
        counter: row.get(column + 1)?,
    })
}

/// An author from four columns.
pub fn author_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Author> {
    Ok(Author {
        principal: row.get(column)?,
        workstation: row.get(column + 1)?,
        person: row.get(column + 2)?,
        role: match row.get_ref(column + 3)?.as_str()? {
            "qc" => Role::Qc,
            "producer" => Role::Producer,
            _ => Role::Editor,
        },
    })
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Editor => "editor",
        Role::Qc => "qc",
        Role::Producer => "producer",
    }
}

const fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Circled => "circled",
        Verdict::Rejected => "rejected",
        Verdict::Retracted => "retracted",
    }
}

/// The verdict of a column that [`verdict_name`] filled.
pub fn verdict_of(name: &str) -> Verdict {
    match name {
        "circled" => Verdict::Circled,
        "rejected" => Verdict::Rejected,
        _ => Verdict::Retracted,
    }
}
