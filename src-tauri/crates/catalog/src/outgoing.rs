use rusqlite::{OptionalExtension, Row, params};

use crate::{
    CatalogError, Journal,
    sql::{Step, int, uint},
};

pub const OUTGOING: Step = Step {
    why: "what was made here and is not in the lake yet is known after a kill, so that it is sent and not thrown away before",
    sql: "
        CREATE TABLE outgoing (
            number     INTEGER PRIMARY KEY AUTOINCREMENT,
            key        TEXT NOT NULL UNIQUE,
            size_bytes INTEGER NOT NULL,
            urgency    INTEGER NOT NULL,
            progress   TEXT,
            refused    TEXT
        );
        CREATE INDEX outgoing_by_urgency ON outgoing (urgency, number);
    ",
};

/// What is sent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// What entries cannot be understood without: the proposals of a run.
    Meaning,
    /// What a film is seen by: its index, stills, waveform.
    Looks,
    /// What it is played by.
    Proxy,
    /// The film itself.
    Original,
}

impl Urgency {
    const ALL: [Self; 4] = [Self::Meaning, Self::Looks, Self::Proxy, Self::Original];

    const fn rank(self) -> i64 {
        match self {
            Self::Meaning => 0,
            Self::Looks => 1,
            Self::Proxy => 2,
            Self::Original => 3,
        }
    }

    fn of_rank(rank: i64) -> Self {
        let found = Self::ALL.into_iter().find(|urgency| urgency.rank() == rank);
        found.unwrap_or(Self::Original)
    }
}

/// An object that lies on this machine and must go into the lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its key in the lake.
    pub key: String,
    /// All its bytes.
    pub size_bytes: u64,
    /// When its turn is.
    pub urgency: Urgency,
    /// How far its sending has come, in the words of whoever sends; none before it began.
    pub progress: Option<String>,
    /// Why the lake does not take it; it is tried again when somebody says so.
    pub refused: Option<String>,
}

/// What [`outgoing_of`] reads.
const SELECT: &str = "SELECT key, size_bytes, urgency, progress, refused FROM outgoing";

/// How much waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// Objects.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many of the objects the lake does not take.
    pub refused: u64,
}

impl Journal {
    /// Takes note that an object must go into the lake; on disk when this returns. One that is noted already stays as it is.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn owe(&self, key: &str, size_bytes: u64, urgency: Urgency) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached(
                "INSERT OR IGNORE INTO outgoing (key, size_bytes, urgency) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![key, int(size_bytes), urgency.rank()])?;
            Ok(())
        })
    }

    /// What must go into the lake and was not refused, the most urgent first, at most `limit`.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn outgoing(&self, limit: u32) -> Result<Vec<Outgoing>, CatalogError> {
        self.outgoing_where("refused IS NULL", limit)
    }

    /// What the lake did not take, at most `limit`.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn refused(&self, limit: u32) -> Result<Vec<Outgoing>, CatalogError> {
        self.outgoing_where("refused IS NOT NULL", limit)
    }

    fn outgoing_where(&self, condition: &str, limit: u32) -> Result<Vec<Outgoing>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(&format!(
                "{SELECT} WHERE {condition}
                 ORDER BY urgency, number LIMIT ?1"
            ))?;
            let rows = select.query_map([limit], outgoing_of)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Whether an object still has to go into the lake.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn owes(&self, key: &str) -> Result<Option<Outgoing>, CatalogError> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached(&format!("{SELECT} WHERE key = ?1"))?
                .query_row([key], outgoing_of)
                .optional()?)
        })
    }

    /// How much waits.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn owed(&self) -> Result<Owed, CatalogError> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT count(*), ifnull(sum(size_bytes), 0), count(refused) FROM outgoing")?
                .query_row([], |row| {
                    Ok(Owed {
                        objects: uint(row, 0)?,
                        bytes: uint(row, 1)?,
                        refused: uint(row, 2)?,
                    })
                })?)
        })
    }

    /// Keeps how far the sending of an object has come.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn outgoing_progress(&self, key: &str, progress: Option<&str>) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached("UPDATE outgoing SET progress = ?2 WHERE key = ?1")?
                .execute(params![key, progress])?;
            Ok(())
        })
    }

    /// An object is in the lake.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn settle_outgoing(&self, key: &str) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached("DELETE FROM outgoing WHERE key = ?1")?
                .execute([key])?;
            Ok(())
        })
    }

    /// The lake does not take an object, and why.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn refuse_outgoing(&self, key: &str, why: &str) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached("UPDATE outgoing SET refused = ?2 WHERE key = ?1")?
                .execute([key, why])?;
            Ok(())
        })
    }

    /// Has everything that was refused tried again.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn retry_outgoing(&self) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.execute("UPDATE outgoing SET refused = NULL WHERE refused IS NOT NULL", [])?;
            Ok(())
        })
    }
}

fn outgoing_of(row: &Row<'_>) -> rusqlite::Result<Outgoing> {
    Ok(Outgoing {
        key: row.get(0)?,
        size_bytes: uint(row, 1)?,
        urgency: Urgency::of_rank(row.get(2)?),
        progress: row.get(3)?,
        refused: row.get(4)?,
    })
}
