//! Checkpoints: what a catalog has folded from the ledger, as a file of its own with the place in every writer's segments up to
//! which it was folded. A workstation that is new begins with one instead of with the first segment ever written.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ledger::Hlc;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::{
    Catalog, CatalogError, Journal,
    apply::{Intake, clock_of},
    catalog::{set_journal_sequence, take_journal},
    schema,
    sql::{self, Step, Trouble, int, uint},
};

pub const SNAPSHOTS: Step = Step {
    why: "what became of each snapshot of the lake that was looked at: the one this catalog began with, and those that did not hold",
    sql: "
        CREATE TABLE snapshots (
            key   TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            words TEXT NOT NULL
        ) WITHOUT ROWID;
    ",
};

/// A table of `catalog.db` that is folded from the ledger, and so goes into a checkpoint.
pub struct Folded {
    pub table: &'static str,
    /// The columns in which any two catalogs that have folded the same entries agree, the key first; empty where how it is kept
    /// depends on the order in which things came.
    pub agreed: &'static str,
    /// What orders them.
    pub key: &'static str,
}

const fn folded(table: &'static str, key: &'static str, agreed: &'static str) -> Folded {
    Folded { table, agreed, key }
}

/// What goes into a checkpoint: a new table of the ledger's is one line here.
pub const TRAVELS: &[Folded] = &[
    folded(
        "entries",
        "id",
        "id, millis, counter, principal, workstation, person, role, kind, line",
    ),
    folded("decisions", "entry", "entry, verdict, edit, note, proposals"),
    folded("decision_targets", "proposal, entry", "proposal, entry, edit"),
    folded("supersedes", "superseded, entry", "superseded, entry"),
    folded("undos", "entry", "entry, target"),
    folded("standing_entries", "proposal, entry", "proposal, entry"),
    folded(
        "assets",
        "id",
        "id, title, size_bytes, media, entry, millis, counter, added_millis, added_counter",
    ),
    folded(
        "locations",
        "asset, place, principal, workstation",
        "asset, place, principal, workstation, person, role, entry, millis, counter",
    ),
    folded(
        "renditions",
        "asset, name",
        "asset, name, key, size_bytes, blake3, entry, millis, counter",
    ),
    folded("same_as", "asset, other", "asset, other"),
    folded(
        "runs",
        "id",
        "id, asset, engine, model, version, content, entry, millis, counter",
    ),
    folded(
        "proposals",
        "id",
        "id, asset, run, kind, start_frame, end_frame, confidence_permille, payload, worth, state, edit, decided",
    ),
    folded(
        "marker_entries",
        "entry",
        "entry, marker, asset, start_frame, end_frame, note, removed",
    ),
    folded(
        "markers",
        "id",
        "id, asset, start_frame, end_frame, note, entry, disputed",
    ),
    folded("comment_entries", "entry", "entry, comment, asset, change"),
    folded(
        "comments",
        "id",
        "id, asset, start_frame, end_frame, text, reply_to, entry, disputed",
    ),
    folded("resolutions", "comment", "comment, resolved, entry, disputed"),
    folded(
        "shelf",
        "asset",
        "asset, title, open, circled, rejected, conflict",
    ),
    folded(
        "shelf_counts",
        "one",
        "assets, with_open, with_circled, with_flagged",
    ),
    folded("shelf_titles_data", "", ""),
    folded("shelf_titles_idx", "", ""),
    folded("shelf_titles_config", "", ""),
    folded("writers", "", ""),
];

/// What is this machine's own and never leaves it: jobs, files that were seen and are kept here, counters.
pub const STAYS: &[&str] = &[
    "jobs",
    "sightings",
    "kept",
    "pins",
    "snapshots",
    "life",
    "revisions",
    "journal_seen",
    "sqlite_sequence",
];

/// Counters beyond this are nobody's.
const REVISION_MAX: i64 = 1 << 52;
/// Instructions of SQLite between two looks at whether to stop.
const LOOK_EVERY: std::ffi::c_int = 100_000;

/// The place in a writer's segments up to which they were folded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Covered {
    /// The lake prefix it writes under.
    pub principal: String,
    /// Its workstation id.
    pub workstation: String,
    /// The last segment.
    pub sequence: u64,
    /// The chain hash up to there.
    pub chain: String,
}

/// What a checkpoint holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The schema it is written in.
    pub schema: u32,
    /// Entries in it.
    pub entries: u64,
    /// The latest clock in it.
    pub latest: Hlc,
    /// How far each writer's segments are in it, by principal and workstation.
    pub covered: Vec<Covered>,
}

/// What of this workstation's own journal is in the lake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentSoFar {
    /// The last entry of the journal that is in a segment which was sent.
    pub entry: u64,
    /// Under which name, and how far.
    pub own: Option<Covered>,
}

/// Why a file is not taken for a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its schema is another version's.
    #[error("it is written in schema {found}, and this version reads {known}")]
    Schema {
        /// Its schema.
        found: u32,
        /// The one schema that is taken.
        known: u32,
    },
    /// Its tables, indexes or triggers are not those of its schema.
    #[error("its tables are not those of a catalog")]
    Shape,
    /// It does not hold what it says that it covers.
    #[error("it does not hold what it says")]
    Contents,
}

/// The schema of checkpoints that this build writes and takes. A later schema may read entries that this one only keeps, so one
/// written in another schema is not brought up to date but left to those who wrote it.
pub fn schema_version() -> u32 {
    u32::try_from(schema::CATALOG.len()).unwrap_or(u32::MAX)
}

impl Catalog {
    /// Writes what is folded into a new file at `target`, which nothing else uses, in the state of one moment. `None` when
    /// something is folded that is not in the lake yet: nobody could check it. It may take minutes; `stop` ends it.
    ///
    /// # Errors
    /// Trouble with either file, also when it was stopped; `target` is of no use then.
    pub fn checkpoint(
        &self,
        target: &Path,
        sent: &SentSoFar,
        stop: &Arc<AtomicBool>,
    ) -> Result<Option<Checkpoint>, CatalogError> {
        let at = |trouble: Trouble| trouble.at(target);
        let mut conn = fresh(target).map_err(|error| at(error.into()))?;
        let stop = Arc::clone(stop);
        conn.progress_handler(LOOK_EVERY, Some(move || stop.load(Ordering::Acquire)))
            .map_err(|error| at(error.into()))?;
        let live = self.place().to_string_lossy().into_owned();
        let done = (|| -> Result<Option<Checkpoint>, Trouble> {
            conn.execute("ATTACH ?1 AS live", [live])?;
            conn.execute_batch("BEGIN")?;
            let seen: u64 =
                conn.query_row("SELECT sequence FROM live.journal_seen", [], |row| uint(row, 0))?;
            if seen > sent.entry {
                return Ok(None);
            }
            copy_out(&conn, sent)?;
            let checkpoint = described(&conn)?;
            conn.execute_batch("COMMIT; DETACH live")?;
            put_triggers(&conn)?;
            Ok(Some(checkpoint))
        })();
        done.map_err(at)
    }

    /// Takes the checkpoint in the file `side`, which must lie in this catalog's folder, in place of what is folded here; what is this
    /// machine's own stays, and the journal is folded into it. Readers see the old view until the new one is whole, other processes
    /// too. The file is used up.
    ///
    /// # Errors
    /// Trouble with the files; then all is as it was. Inside, why the file is not what it should be.
    pub fn take_checkpoint(
        &self,
        side: &Path,
        covered: &[Covered],
        journal: &Journal,
    ) -> Result<Result<(), Unfit>, CatalogError> {
        let at = |error: rusqlite::Error| sql::sort(error, side);
        let conn = Connection::open_with_flags(
            side,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(at)?;
        // It was made elsewhere: nothing in it may run before it is known to be only tables.
        conn.execute_batch(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;",
        )
        .map_err(at)?;
        match fitting(&conn, covered) {
            Ok(Ok(())) => {}
            Ok(Err(unfit)) => return Ok(Err(unfit)),
            Err(error) => {
                return match at(error) {
                    CatalogError::Damaged { .. } => Ok(Err(Unfit::Contents)),
                    other => Err(other),
                };
            }
        }
        self.replace_by(side, |live| {
            conn.execute_batch(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;",
            )?;
            conn.execute("ATTACH ?1 AS live", [live.to_string_lossy()])?;
            conn.execute_batch("BEGIN")?;
            carry_over(&conn)?;
            let mut intake = Intake::new(&conn);
            intake.everything_changed();
            set_journal_sequence(&conn, 0)?;
            take_journal(&conn, journal, &mut intake)?;
            intake.finish()?;
            conn.execute_batch("COMMIT; DETACH live")?;
            conn.query_row("PRAGMA journal_mode = WAL", [], |_mode| Ok(()))?;
            conn.close().map_err(|(_, error)| Trouble::from(error))
        })?;
        Ok(Ok(()))
    }

    /// Entries that are folded here.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn entry_count(&self) -> Result<u64, CatalogError> {
        self.read(|conn| Ok(conn.query_row("SELECT count(*) FROM entries", [], |row| uint(row, 0))?))
    }

    /// Takes note of what became of a snapshot.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn note_snapshot(&self, key: &str, state: &str, words: &str) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.execute(
                "INSERT OR REPLACE INTO snapshots VALUES (?1, ?2, ?3)",
                [key, state, words],
            )?;
            Ok(())
        })
    }

    /// What became of snapshots: key, state, words.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn snapshot_notes(&self) -> Result<Vec<(String, String, String)>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached("SELECT key, state, words FROM snapshots ORDER BY key")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How far every writer is folded here.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn covered(&self) -> Result<Vec<Covered>, CatalogError> {
        self.read(|conn| Ok(covered(conn)?))
    }
}

/// An empty catalog in a new file, without triggers, so that SQLite copies whole tables and indexes as they lie.
fn fresh(target: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(target)?;
    conn.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768;",
    )?;
    conn.execute_batch("BEGIN")?;
    for step in schema::CATALOG {
        conn.execute_batch(step.sql)?;
    }
    for (name, _) in triggers(&conn)? {
        conn.execute_batch(&format!("DROP TRIGGER {name}"))?;
    }
    conn.pragma_update(None, "user_version", schema_version())?;
    conn.execute_batch("COMMIT")?;
    Ok(conn)
}

fn triggers(conn: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut select =
        conn.prepare("SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY name")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn put_triggers(conn: &Connection) -> rusqlite::Result<()> {
    let model = model()?;
    triggers(&model)?
        .into_iter()
        .try_for_each(|(_, sql)| conn.execute_batch(&sql))
}

/// A catalog in memory with nothing in it.
fn model() -> rusqlite::Result<Connection> {
    let conn = Connection::open_in_memory()?;
    schema::CATALOG
        .iter()
        .try_for_each(|step| conn.execute_batch(step.sql))?;
    Ok(conn)
}

fn copy_out(conn: &Connection, sent: &SentSoFar) -> rusqlite::Result<()> {
    for Folded { table, .. } in TRAVELS {
        conn.execute_batch(&format!(
            "DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM live.{table};"
        ))?;
    }
    // Lists name revisions, so those of the copy must not lie behind.
    conn.execute_batch(
        "DELETE FROM main.revisions; INSERT INTO main.revisions SELECT * FROM live.revisions;
         UPDATE main.writers SET head = '', trouble = NULL, told = 0;",
    )?;
    if let Some(own) = &sent.own {
        conn.execute(
            "INSERT OR REPLACE INTO main.writers VALUES (?1, ?2, ?3, ?4, '', NULL, 0)",
            params![own.principal, own.workstation, int(own.sequence), own.chain],
        )?;
    }
    conn.execute_batch("DELETE FROM main.writers WHERE sequence = 0")
}

/// How far every writer is folded.
pub fn covered(conn: &Connection) -> rusqlite::Result<Vec<Covered>> {
    let mut select = conn.prepare(
        "SELECT principal, workstation, sequence, chain FROM main.writers WHERE sequence > 0 ORDER BY principal, workstation",
    )?;
    let covered = select.query_map([], |row| {
        Ok(Covered {
            principal: row.get(0)?,
            workstation: row.get(1)?,
            sequence: uint(row, 2)?,
            chain: row.get(3)?,
        })
    })?;
    covered.collect()
}

fn described(conn: &Connection) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        schema: conn.pragma_query_value(None, "user_version", |row| row.get(0))?,
        entries: conn.query_row("SELECT count(*) FROM main.entries", [], |row| uint(row, 0))?,
        latest: conn
            .query_row(
                "SELECT millis, counter FROM main.entries ORDER BY millis DESC, counter DESC LIMIT 1",
                [],
                |row| clock_of(row, 0),
            )
            .optional()?
            .unwrap_or_default(),
        covered: covered(conn)?,
    })
}

/// Type, name, table and definition of one thing that a database has.
type Thing = (String, String, String, Option<String>);

/// All that a database has.
fn shape(conn: &Connection) -> rusqlite::Result<BTreeSet<Thing>> {
    let mut select = conn.prepare("SELECT type, name, tbl_name, sql FROM main.sqlite_schema")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    rows.collect()
}

fn fitting(conn: &Connection, covered: &[Covered]) -> rusqlite::Result<Result<(), Unfit>> {
    let found: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = schema_version();
    if found != known {
        return Ok(Err(Unfit::Schema { found, known }));
    }
    if shape(conn)? != shape(&model()?)? {
        return Ok(Err(Unfit::Shape));
    }
    let revision: Option<i64> =
        conn.query_row("SELECT max(revision) FROM revisions", [], |row| row.get(0))?;
    let sound = revision.is_some_and(|revision| (0..REVISION_MAX).contains(&revision));
    if !sound || self::covered(conn)? != covered {
        return Ok(Err(Unfit::Contents));
    }
    Ok(Ok(()))
}

/// Brings over what is this machine's own, and counts on where both were.
fn carry_over(conn: &Connection) -> rusqlite::Result<()> {
    for table in STAYS
        .iter()
        .filter(|table| !["life", "revisions", "journal_seen"].contains(table))
    {
        conn.execute_batch(&format!(
            "DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM live.{table};"
        ))?;
    }
    conn.execute_batch(
        "UPDATE main.revisions SET revision = 1 + max(revision,
            ifnull((SELECT max(l.revision) FROM live.revisions l WHERE l.subject = revisions.subject), 0));
         INSERT INTO main.revisions SELECT * FROM live.revisions l
            WHERE NOT EXISTS (SELECT 1 FROM main.revisions r WHERE r.subject = l.subject);
         UPDATE main.life SET id = lower(hex(randomblob(8)));",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::digest;

    /// The virtual table of titles; what it holds travels as its own tables.
    const VIRTUAL: &[&str] = &["shelf_titles"];

    #[test]
    fn every_table_of_the_catalog_travels_or_stays() {
        let conn = model().unwrap();
        let mut select = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .unwrap();
        let tables: BTreeSet<String> = select
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let travels: BTreeSet<String> = TRAVELS.iter().map(|folded| folded.table.to_owned()).collect();
        let stays: BTreeSet<String> = STAYS
            .iter()
            .chain(VIRTUAL)
            .map(|table| (*table).to_owned())
            .collect();
        assert!(travels.is_disjoint(&stays));
        let said: BTreeSet<String> = travels.union(&stays).cloned().collect();
        assert_eq!(
            said, tables,
            "a table of the ledger's goes into checkpoint::TRAVELS, one of this machine's into STAYS"
        );
        // What a rebuild empties is what travels, and the library's shelf, which it fills again.
        let derived: BTreeSet<String> = schema::DERIVED.iter().map(|table| (*table).to_owned()).collect();
        let beside: Vec<&String> = travels
            .difference(&derived)
            .filter(|table| !table.starts_with("shelf"))
            .collect();
        assert!(derived.is_subset(&travels) && beside.is_empty(), "{beside:?}");
    }

    #[test]
    fn what_is_compared_names_columns_that_are_there() {
        let conn = model().unwrap();
        for folded in TRAVELS.iter().filter(|folded| !folded.agreed.is_empty()) {
            digest(&conn, folded).unwrap();
        }
    }
}
