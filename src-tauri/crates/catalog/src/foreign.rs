use ledger::AssetId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    CatalogError, Journal,
    jobs::JobId,
    sql::{Id, Step, Trouble, id_or_none, int, uint},
};

pub const FOREIGN: Step = Step {
    why: "what others put into the lake is noted before the message that told of it is given up, and what became of it is known for good",
    sql: "
        CREATE TABLE foreign_objects (
            key          TEXT PRIMARY KEY,
            tag          TEXT NOT NULL,
            size_bytes   INTEGER NOT NULL,
            state        INTEGER NOT NULL,
            asset        BLOB,
            why          TEXT,
            sequencer    TEXT,
            here         TEXT,
            job          INTEGER,
            listing      INTEGER NOT NULL,
            since_millis INTEGER NOT NULL,
            again_millis INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID;
        CREATE INDEX foreign_by_state ON foreign_objects (state, since_millis, key);
        CREATE TABLE foreign_notes (
            what   TEXT PRIMARY KEY,
            number INTEGER NOT NULL,
            millis INTEGER NOT NULL,
            words  TEXT NOT NULL
        ) WITHOUT ROWID;
    ",
};

/// Where an object stands that somebody else put into the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ForeignState {
    /// To be taken in.
    Waiting,
    /// Became an asset.
    Taken,
    /// Is not taken in, for a reason.
    Refused,
    /// Lies in an archive: it is taken in when it was restored.
    Archived,
    /// Became an asset, and is no longer in the lake.
    Gone,
}

impl ForeignState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Taken,
        Self::Refused,
        Self::Archived,
        Self::Gone,
    ];

    const fn rank(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::Taken => 1,
            Self::Refused => 2,
            Self::Archived => 3,
            Self::Gone => 4,
        }
    }

    fn of_rank(rank: i64) -> Self {
        let found = Self::ALL.into_iter().find(|state| state.rank() == rank);
        found.unwrap_or(Self::Refused)
    }
}

/// A foreign object as a listing or a notification shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Its key in the lake, or its name where that is no key.
    pub key: String,
    /// Its version: another tag is another file.
    pub tag: String,
    /// All its bytes.
    pub size_bytes: u64,
    /// Whether it lies in an archive.
    pub archived: bool,
    /// When it is news: not tried before then, milliseconds since 1970; 0 for at once.
    pub again_millis: u64,
    /// What orders the notifications of one key.
    pub sequencer: Option<String>,
    /// Why it is not taken in, where that is plain from its looks.
    pub unfit: Option<String>,
}

/// A foreign object and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignObject {
    /// Its key in the lake.
    pub key: String,
    /// Its version.
    pub tag: String,
    /// All its bytes.
    pub size_bytes: u64,
    /// Where it stands.
    pub state: ForeignState,
    /// What it became.
    pub asset: Option<AssetId>,
    /// Why it is not taken in, or not yet.
    pub why: Option<String>,
    /// The version of which this machine has a copy.
    pub here: Option<String>,
    /// The job that takes it in.
    pub job: Option<JobId>,
    /// Since when it stands so, milliseconds since 1970.
    pub since_millis: u64,
}

/// How many foreign objects stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForeignCounts {
    /// To be taken in.
    pub waiting: u64,
    /// Became assets.
    pub taken: u64,
    /// Are not taken in.
    pub refused: u64,
    /// Lie in an archive.
    pub archived: u64,
    /// Became assets and are gone.
    pub gone: u64,
}

/// What was last heard or done about foreign objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignNote {
    /// How often.
    pub number: u64,
    /// When, milliseconds since 1970.
    pub millis: u64,
    /// In words.
    pub words: String,
}

const COLUMNS: &str = "key, tag, size_bytes, state, asset, why, here, job, since_millis";

impl Journal {
    /// Begins a listing of foreign objects and answers its number.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_listing(&self) -> Result<u64, CatalogError> {
        self.write(|conn| {
            conn.execute(
                "INSERT INTO foreign_notes VALUES ('listing', 1, 0, '')
                 ON CONFLICT (what) DO UPDATE SET number = number + 1",
                [],
            )?;
            current(conn)
        })
    }

    /// Takes note of objects that are in the lake, in one transaction; on disk when this returns. One of another version than
    /// before, or one that was gone, waits to be taken in. Answers how many are news.
    ///
    /// # Errors
    /// Trouble with the file; then nothing was noted.
    pub fn foreign_saw(&self, sights: &[Sight], now_millis: u64) -> Result<u64, CatalogError> {
        self.write(|conn| {
            let listing = current(conn)?;
            let mut news = 0;
            for sight in sights {
                news += saw(conn, sight, listing, now_millis)?;
            }
            Ok(news)
        })
    }

    /// Takes note that objects are no longer in the lake. What became an asset is remembered, the rest forgotten.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_gone(
        &self,
        key: &str,
        sequencer: Option<&str>,
        now_millis: u64,
    ) -> Result<bool, CatalogError> {
        self.write(|conn| {
            conn.prepare_cached("DELETE FROM foreign_objects WHERE key = ?1 AND asset IS NULL")?
                .execute([key])?;
            let changed = conn
                .prepare_cached(
                    "UPDATE foreign_objects SET state = ?2, since_millis = ?3, job = NULL,
                        sequencer = ifnull(?4, sequencer) WHERE key = ?1 AND state <> ?2",
                )?
                .execute(params![
                    key,
                    ForeignState::Gone.rank(),
                    int(now_millis),
                    sequencer
                ])?;
            Ok(changed > 0)
        })
    }

    /// After a whole listing of this number: what neither it nor a notification since has seen is gone. Answers how many.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_unseen(&self, listing: u64, now_millis: u64) -> Result<u64, CatalogError> {
        self.write(|conn| {
            conn.execute(
                "DELETE FROM foreign_objects WHERE listing < ?1 AND asset IS NULL",
                [int(listing)],
            )?;
            let gone = conn.execute(
                "UPDATE foreign_objects SET state = ?2, since_millis = ?3, job = NULL WHERE listing < ?1 AND state <> ?2",
                params![int(listing), ForeignState::Gone.rank(), int(now_millis)],
            )?;
            Ok(gone as u64)
        })
    }

    /// One foreign object.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign(&self, key: &str) -> Result<Option<ForeignObject>, CatalogError> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached(&format!("SELECT {COLUMNS} FROM foreign_objects WHERE key = ?1"))?
                .query_row([key], foreign_of)
                .optional()?)
        })
    }

    /// Whether a notification of this place in the order tells nothing new.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_is_old_news(&self, key: &str, sequencer: &str) -> Result<bool, CatalogError> {
        self.read(|conn| {
            let mut select =
                conn.prepare_cached("SELECT 1 FROM foreign_objects WHERE key = ?1 AND sequencer >= ?2")?;
            Ok(select.exists([key, sequencer])?)
        })
    }

    /// Objects that wait and may be tried now, those longest waiting first, at most `limit`.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_waiting(&self, now_millis: u64, limit: u32) -> Result<Vec<ForeignObject>, CatalogError> {
        self.foreign_where(
            "state = 0 AND again_millis <= ?1 ORDER BY since_millis, key",
            now_millis,
            limit,
        )
    }

    /// Objects, those whose standing changed last first, at most `limit`.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_latest(
        &self,
        state: ForeignState,
        limit: u32,
    ) -> Result<Vec<ForeignObject>, CatalogError> {
        let rank = uint_of(state);
        self.foreign_where("state = ?1 ORDER BY since_millis DESC, key", rank, limit)
    }

    fn foreign_where(
        &self,
        condition: &str,
        value: u64,
        limit: u32,
    ) -> Result<Vec<ForeignObject>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM foreign_objects WHERE {condition} LIMIT ?2"
            ))?;
            let rows = select.query_map(params![int(value), limit], foreign_of)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many stand where.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_counts(&self) -> Result<ForeignCounts, CatalogError> {
        self.read(|conn| {
            let mut counts = ForeignCounts::default();
            let mut select =
                conn.prepare_cached("SELECT state, count(*) FROM foreign_objects GROUP BY state")?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let count = match ForeignState::of_rank(row.get(0)?) {
                    ForeignState::Waiting => &mut counts.waiting,
                    ForeignState::Taken => &mut counts.taken,
                    ForeignState::Refused => &mut counts.refused,
                    ForeignState::Archived => &mut counts.archived,
                    ForeignState::Gone => &mut counts.gone,
                };
                *count = uint(row, 1)?;
            }
            Ok(counts)
        })
    }

    /// Takes note of the job that takes an object in; none when there is none any more.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_job(&self, key: &str, tag: &str, job: Option<JobId>) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached("UPDATE foreign_objects SET job = ?3 WHERE key = ?1 AND tag = ?2")?
                .execute(params![key, tag, job.map(|job| job.0)])?;
            Ok(())
        })
    }

    /// Takes note that this machine has a copy of an object in this version.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_here(&self, key: &str, tag: &str) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached("UPDATE foreign_objects SET here = ?2 WHERE key = ?1")?
                .execute(params![key, tag])?;
            Ok(())
        })
    }

    /// An object became an asset. When it is another version by now, that one waits all the same.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_taken(
        &self,
        key: &str,
        tag: &str,
        asset: AssetId,
        now_millis: u64,
    ) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached(
                "UPDATE foreign_objects SET state = ?3, asset = ?4, why = NULL, job = NULL, since_millis = ?5
                 WHERE key = ?1 AND tag = ?2",
            )?
            .execute(params![
                key,
                tag,
                ForeignState::Taken.rank(),
                asset.bytes(),
                int(now_millis)
            ])?;
            Ok(())
        })
    }

    /// An object is not taken in, and why.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_refused(
        &self,
        key: &str,
        tag: &str,
        why: &str,
        now_millis: u64,
    ) -> Result<(), CatalogError> {
        self.foreign_ended(key, tag, ForeignState::Refused, why, now_millis, 0)
    }

    /// An object lies in an archive.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_archived(
        &self,
        key: &str,
        tag: &str,
        why: &str,
        now_millis: u64,
    ) -> Result<(), CatalogError> {
        self.foreign_ended(key, tag, ForeignState::Archived, why, now_millis, 0)
    }

    /// An object is tried again at `again_millis`, and why not now.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_later(
        &self,
        key: &str,
        tag: &str,
        why: &str,
        now_millis: u64,
        again_millis: u64,
    ) -> Result<(), CatalogError> {
        self.foreign_ended(key, tag, ForeignState::Waiting, why, now_millis, again_millis)
    }

    fn foreign_ended(
        &self,
        key: &str,
        tag: &str,
        state: ForeignState,
        why: &str,
        now_millis: u64,
        again_millis: u64,
    ) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached(
                "UPDATE foreign_objects SET state = ?3, why = ?4, job = NULL, since_millis = ?5, again_millis = ?6
                 WHERE key = ?1 AND tag = ?2",
            )?
            .execute(params![
                key,
                tag,
                state.rank(),
                why,
                int(now_millis),
                int(again_millis)
            ])?;
            Ok(())
        })
    }

    /// Has everything that was refused or put off tried again.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_retry(&self) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.execute(
                "UPDATE foreign_objects SET state = 0, again_millis = 0, why = NULL, job = NULL
                 WHERE (state = 0 AND again_millis > 0) OR (state = 2 AND tag <> '')",
                [],
            )?;
            Ok(())
        })
    }

    /// Keeps what was last heard or done, in words.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_note(&self, what: &str, words: &str, now_millis: u64) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached(
                "INSERT INTO foreign_notes VALUES (?1, 1, ?2, ?3)
                 ON CONFLICT (what) DO UPDATE SET number = number + (?1 <> 'listing'), millis = ?2, words = ?3",
            )?
            .execute(params![what, int(now_millis), words])?;
            Ok(())
        })
    }

    /// What was last heard or done.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn foreign_noted(&self, what: &str) -> Result<Option<ForeignNote>, CatalogError> {
        self.read(|conn| {
            let noted = conn
                .prepare_cached(
                    "SELECT number, millis, words FROM foreign_notes WHERE what = ?1 AND millis > 0",
                )?
                .query_row([what], |row| {
                    Ok(ForeignNote {
                        number: uint(row, 0)?,
                        millis: uint(row, 1)?,
                        words: row.get(2)?,
                    })
                })
                .optional()?;
            Ok(noted)
        })
    }
}

fn uint_of(state: ForeignState) -> u64 {
    u64::try_from(state.rank()).unwrap_or_default()
}

/// The number of the listing that is under way, or was the last.
fn current(conn: &Connection) -> Result<u64, Trouble> {
    let number = conn
        .prepare_cached("SELECT number FROM foreign_notes WHERE what = 'listing'")?
        .query_row([], |row| uint(row, 0))
        .optional()?;
    Ok(number.unwrap_or_default())
}

/// Notes one object; 1 when it is news.
fn saw(conn: &Connection, sight: &Sight, listing: u64, now_millis: u64) -> Result<u64, Trouble> {
    let known: Option<(String, i64)> = conn
        .prepare_cached("SELECT tag, state FROM foreign_objects WHERE key = ?1")?
        .query_row([&sight.key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let state = match (&sight.unfit, sight.archived) {
        (Some(_), _) => ForeignState::Refused,
        (None, true) => ForeignState::Archived,
        (None, false) => ForeignState::Waiting,
    };
    let same = known.as_ref().is_some_and(|(tag, before)| {
        let before = ForeignState::of_rank(*before);
        let thawed = before == ForeignState::Archived && state == ForeignState::Waiting;
        *tag == sight.tag && before != ForeignState::Gone && !thawed
    });
    if same {
        conn.prepare_cached(
            "UPDATE foreign_objects SET listing = max(listing, ?2), sequencer = ifnull(?3, sequencer) WHERE key = ?1",
        )?
        .execute(params![sight.key, int(listing), sight.sequencer])?;
        return Ok(0);
    }
    conn.prepare_cached(
        "INSERT INTO foreign_objects (key, tag, size_bytes, state, why, sequencer, listing, since_millis, again_millis)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (key) DO UPDATE SET tag = ?2, size_bytes = ?3, state = ?4, why = ?5,
            sequencer = ifnull(?6, sequencer), listing = max(listing, ?7), since_millis = ?8, again_millis = ?9,
            job = NULL, asset = iif(tag = ?2, asset, NULL)",
    )?
    .execute(params![
        sight.key,
        sight.tag,
        int(sight.size_bytes),
        state.rank(),
        sight.unfit,
        sight.sequencer,
        int(listing),
        int(now_millis),
        int(sight.again_millis),
    ])?;
    Ok(1)
}

fn foreign_of(row: &Row<'_>) -> rusqlite::Result<ForeignObject> {
    Ok(ForeignObject {
        key: row.get(0)?,
        tag: row.get(1)?,
        size_bytes: uint(row, 2)?,
        state: ForeignState::of_rank(row.get(3)?),
        asset: id_or_none(row, 4)?,
        why: row.get(5)?,
        here: row.get(6)?,
        job: row.get::<_, Option<i64>>(7)?.map(JobId),
        since_millis: uint(row, 8)?,
    })
}
