use ledger::Entry;
use rusqlite::{OptionalExtension as _, params};

use crate::{
    Applied, Catalog, CatalogError,
    apply::Intake,
    sql::{Step, int, uint},
};

pub const WRITERS: Step = Step {
    why: "how far each writer of the lake was followed, so that a start reads what is new and not all that was ever written",
    sql: "
        CREATE TABLE writers (
            principal   TEXT NOT NULL,
            workstation TEXT NOT NULL,
            sequence    INTEGER NOT NULL,
            chain       TEXT NOT NULL,
            head        TEXT NOT NULL,
            trouble     TEXT,
            PRIMARY KEY (principal, workstation)
        ) WITHOUT ROWID;
    ",
};

pub const TOLD: Step = Step {
    why: "segments are also taken in beyond a head, so how far a head once said is another number than how far its writer was followed",
    sql: "ALTER TABLE writers ADD COLUMN told INTEGER NOT NULL DEFAULT 0;",
};

/// How far one writer of the lake was followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriterRecord {
    /// The lake prefix it writes under.
    pub principal: String,
    /// Its workstation id.
    pub workstation: String,
    /// The last segment taken in; 0 before the first.
    pub sequence: u64,
    /// The chain hash up to there; empty before the first.
    pub chain: String,
    /// The version of its head that was looked at last; empty when none was.
    pub head: String,
    /// The furthest that its head ever said.
    pub told: u64,
    /// Why it was followed no further.
    pub trouble: Option<WriterTrouble>,
}

/// What keeps a writer from being followed to its head. What was taken in before stays, and the others are followed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriterTrouble {
    /// A segment that its head counts is not there.
    Gap,
    /// Its segments are not those that its head was made from, or the head names others than before.
    Tampered,
    /// Its head counts fewer segments than before.
    Behind,
    /// A head or a segment that does not read.
    Unreadable,
    /// Entries under this prefix that claim another's name; they were left out.
    Impostor,
}

impl WriterTrouble {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Gap,
        Self::Tampered,
        Self::Behind,
        Self::Unreadable,
        Self::Impostor,
    ];

    /// The word it is kept and sent as.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Tampered => "tampered",
            Self::Behind => "behind",
            Self::Unreadable => "unreadable",
            Self::Impostor => "impostor",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trouble| trouble.word() == word)
    }
}

impl Catalog {
    /// How far every writer was followed, by principal and workstation.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn writers(&self) -> Result<Vec<WriterRecord>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(
                "SELECT principal, workstation, sequence, chain, head, trouble, told FROM writers
                 ORDER BY principal, workstation",
            )?;
            let rows = select.query_map([], |row| {
                Ok(WriterRecord {
                    principal: row.get(0)?,
                    workstation: row.get(1)?,
                    sequence: uint(row, 2)?,
                    chain: row.get(3)?,
                    head: row.get(4)?,
                    trouble: row
                        .get::<_, Option<String>>(5)?
                        .and_then(|word| WriterTrouble::of_word(&word)),
                    told: uint(row, 6)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Whether any entry speaks of bytes with this hash. It reads all entries: for what is rare.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn names_bytes(&self, blake3: &str) -> Result<bool, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(
                "SELECT 1 FROM entries WHERE kind IN ('rendition', 'run') AND instr(line, ?1) > 0 LIMIT 1",
            )?;
            Ok(select.exists([blake3])?)
        })
    }

    /// Takes entries of one writer in, those behind its segment number `after`, and notes how far that is. A catalog that holds less of
    /// that writer than `after` (a snapshot came between, in another process) takes the entries and not the note: what lies between is
    /// read again.
    ///
    /// # Errors
    /// Trouble with the file; then nothing was taken in.
    pub fn apply_of(
        &self,
        writer: &WriterRecord,
        after: u64,
        entries: &[Entry],
    ) -> Result<Applied, CatalogError> {
        self.write(|conn| {
            let mut intake = Intake::new(conn);
            entries.iter().try_for_each(|entry| intake.entry(entry))?;
            let applied = intake.finish()?;
            let known = conn
                .prepare_cached("SELECT sequence FROM writers WHERE principal = ?1 AND workstation = ?2")?
                .query_row([&writer.principal, &writer.workstation], |row| uint(row, 0))
                .optional()?;
            if known.unwrap_or(0) < after {
                return Ok(applied);
            }
            conn.prepare_cached("INSERT OR REPLACE INTO writers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
                .execute(params![
                    writer.principal,
                    writer.workstation,
                    int(writer.sequence),
                    writer.chain,
                    writer.head,
                    writer.trouble.map(WriterTrouble::word),
                    int(writer.told),
                ])?;
            Ok(applied)
        })
    }
}
