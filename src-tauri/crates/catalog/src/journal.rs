use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use ledger::{Author, Body, Entry, EntryId, Hlc};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::{
    CatalogError, schema, segment,
    sql::{self, Durability, Id, Step, Trouble, int, uint},
};

pub const ENTRIES: Step = Step {
    why: "a person's decisions, in the order they were made, are kept before anything shows them",
    sql: "
        CREATE TABLE entries (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id       BLOB NOT NULL UNIQUE,
            line     TEXT NOT NULL
        );
        CREATE TABLE clock (
            one     INTEGER PRIMARY KEY CHECK (one = 1),
            millis  INTEGER NOT NULL,
            counter INTEGER NOT NULL
        );
        INSERT INTO clock VALUES (1, 0, 0);
    ",
};

pub const SEGMENTS: Step = Step {
    why: "a segment's bytes are fixed before the first attempt to send them, so that a lost answer can be told from a clash",
    sql: "
        CREATE TABLE segments (
            sequence    INTEGER PRIMARY KEY,
            first_entry INTEGER NOT NULL,
            last_entry  INTEGER NOT NULL,
            bytes       BLOB NOT NULL,
            blake3      TEXT NOT NULL,
            chain       TEXT NOT NULL,
            sent        INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE uploader (
            one          INTEGER PRIMARY KEY CHECK (one = 1),
            holder       TEXT NOT NULL,
            until_millis INTEGER NOT NULL
        );
    ",
};

pub const HEADS: Step = Step {
    why: "a head that was not written after its last segment is told from one that was, also after a kill between the two",
    sql: "
        CREATE TABLE head_sent (
            one      INTEGER PRIMARY KEY CHECK (one = 1),
            sequence INTEGER NOT NULL,
            chain    TEXT NOT NULL
        );
    ",
};

pub const WRITERS: Step = Step {
    why: "after a fork the entries go on under another name, whose segments begin at 1 with a chain of their own",
    sql: "
        ALTER TABLE segments RENAME TO segments_before;
        CREATE TABLE segments (
            writer      TEXT NOT NULL,
            sequence    INTEGER NOT NULL,
            first_entry INTEGER NOT NULL,
            last_entry  INTEGER NOT NULL,
            bytes       BLOB NOT NULL,
            blake3      TEXT NOT NULL,
            chain       TEXT NOT NULL,
            sent        INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (writer, sequence)
        );
        -- Whoever seals next takes what was written under no name for its own: there was one writer.
        INSERT INTO segments
            SELECT '', sequence, first_entry, last_entry, bytes, blake3, chain, sent FROM segments_before;
        DROP TABLE segments_before;
        ALTER TABLE head_sent RENAME TO head_sent_before;
        CREATE TABLE head_sent (
            writer   TEXT PRIMARY KEY,
            sequence INTEGER NOT NULL,
            chain    TEXT NOT NULL
        ) WITHOUT ROWID;
        INSERT INTO head_sent SELECT '', sequence, chain FROM head_sent_before;
        DROP TABLE head_sent_before;
    ",
};

/// The journal: this workstation's own entries in the order they were written, and what is not yet in the lake. Nothing
/// else has a copy of it until its segments are sent, so it is never rebuilt and every append is on disk when it returns.
///
/// It uses SQLite's write-ahead log with `synchronous = FULL`: a commit is one write and one fsync of the log (the rollback
/// journal would need three or four), and readers never wait.
pub struct Journal {
    place: PathBuf,
    writer: Mutex<Connection>,
    /// Apart from the writer, so that what is written can be composed from what is there.
    reader: Mutex<Connection>,
}

/// One entry and its place in the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// 1 for the first.
    pub sequence: u64,
    /// The entry.
    pub entry: Entry,
}

/// A segment of the ledger whose bytes are fixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// 1 for the first.
    pub sequence: u64,
    /// JSON lines, zstd: exactly what must lie in the lake.
    pub bytes: Vec<u8>,
    /// BLAKE3 of `bytes`, 64 hexadecimal digits.
    pub blake3: String,
    /// BLAKE3 of the chain before (empty for the first) followed by `blake3`, as text; 64 hexadecimal digits.
    pub chain: String,
    /// Entries inside.
    pub entries: u64,
    /// Whether it is known to be in the lake.
    pub sent: bool,
}

/// The end of what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The last segment sent; 0 before the first.
    pub sequence: u64,
    /// Its chain hash; empty before the first.
    pub chain: String,
}

impl Journal {
    /// Opens `journal.db` in `dir`, making or migrating it as needed.
    ///
    /// # Errors
    /// [`CatalogError::TooNew`], [`CatalogError::Damaged`], and trouble with the file.
    pub fn open(dir: &Path) -> Result<Self, CatalogError> {
        let place = sql::place_in(dir, "journal.db")?;
        let writer = sql::open(&place, schema::JOURNAL, Durability::Full)?;
        let reader = sql::connect(&place, Durability::Full)?;
        sql::sync_dir(dir)?;
        Ok(Self {
            place,
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
        })
    }

    /// For trials: the file grows by so many pages and then the disk is full; `None` gives it all the room there is.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn leave_room(&self, pages: Option<u32>) -> Result<(), CatalogError> {
        sql::leave_room(&lock(&self.writer), pages).map_err(|error| sql::sort(error, &self.place))
    }

    /// Writes entries; they are on disk when this returns. The clock is taken and advanced in the same transaction.
    ///
    /// # Errors
    /// Trouble with the file; then nothing was written.
    pub fn append(
        &self,
        author: &Author,
        wall_millis: u64,
        bodies: Vec<Body>,
    ) -> Result<Vec<Entry>, CatalogError> {
        self.append_with(author, wall_millis, || Ok(bodies))
    }

    /// As [`Journal::append`], with bodies composed while no other process can append: what `compose` reads (after
    /// [`crate::Catalog::catch_up`]) holds until the entries are written. `compose` must not append itself.
    ///
    /// # Errors
    /// What `compose` answers, and trouble with the file; then nothing was written.
    pub fn append_with<E: From<CatalogError>>(
        &self,
        author: &Author,
        wall_millis: u64,
        compose: impl FnOnce() -> Result<Vec<Body>, E>,
    ) -> Result<Vec<Entry>, E> {
        let at = |error| E::from(sql::sort(error, &self.place));
        let mut writer = lock(&self.writer);
        let tx = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(at)?;
        let bodies = compose()?;
        let mut entries = Vec::with_capacity(bodies.len());
        let mut clock = read_clock(&tx).map_err(at)?;
        for body in bodies {
            clock = clock.next(wall_millis);
            let entry = Entry::new(clock, author.clone(), body);
            tx.prepare_cached("INSERT INTO entries (id, line) VALUES (?1, ?2)")
                .and_then(|mut insert| insert.execute(params![entry.id.bytes(), entry.to_line()]))
                .map_err(at)?;
            entries.push(entry);
        }
        if !entries.is_empty() {
            write_clock(&tx, clock).map_err(at)?;
        }
        tx.commit().map_err(at)?;
        Ok(entries)
    }

    /// Takes entries over that this workstation's person wrote in a home that is gone; those that are here stay as they are.
    ///
    /// # Errors
    /// Trouble with the file; then nothing was taken over.
    pub fn adopt(&self, entries: &[Entry]) -> Result<(), CatalogError> {
        self.write(|conn| {
            let mut insert =
                conn.prepare_cached("INSERT OR IGNORE INTO entries (id, line) VALUES (?1, ?2)")?;
            for entry in entries {
                insert.execute(params![entry.id.bytes(), entry.to_line()])?;
            }
            Ok(())
        })
    }

    /// All own entries, in the order they were written.
    ///
    /// # Errors
    /// Trouble with the file, or an entry that does not read.
    pub fn entries(&self) -> Result<Vec<Entry>, CatalogError> {
        Ok(self
            .entries_after(0, u32::MAX)?
            .into_iter()
            .map(|entry| entry.entry)
            .collect())
    }

    /// Own entries after `sequence`, at most `limit`.
    ///
    /// # Errors
    /// Trouble with the file, or an entry that does not read.
    pub fn entries_after(&self, sequence: u64, limit: u32) -> Result<Vec<JournalEntry>, CatalogError> {
        let mut entries = Vec::new();
        self.each_after(sequence, limit, |entry, _line| {
            entries.push(entry);
            Ok(())
        })?;
        Ok(entries)
    }

    /// Own entries after `sequence`, at most `limit`, each with its line.
    pub(crate) fn each_after(
        &self,
        sequence: u64,
        limit: u32,
        mut each: impl FnMut(JournalEntry, &str) -> Result<(), Trouble>,
    ) -> Result<(), CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(
                "SELECT sequence, line FROM entries WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
            )?;
            let mut rows = select.query(params![int(sequence), limit])?;
            while let Some(row) = rows.next()? {
                let line = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
                each(
                    JournalEntry {
                        sequence: uint(row, 0)?,
                        entry: Entry::from_line(line)?,
                    },
                    line,
                )?;
            }
            Ok(())
        })
    }

    /// The sequence of the last entry; 0 when there is none.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn last_sequence(&self) -> Result<u64, CatalogError> {
        self.read(|conn| {
            Ok(
                conn.query_row("SELECT ifnull(max(sequence), 0) FROM entries", [], |row| {
                    uint(row, 0)
                })?,
            )
        })
    }

    /// The latest clock written or observed.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn last_clock(&self) -> Result<Hlc, CatalogError> {
        self.read(|conn| Ok(read_clock(conn)?))
    }

    /// Takes note of somebody else's clock, so that what is written from here on is ordered after it; one too far ahead of
    /// the wall clock is not followed ([`Hlc::observe`]).
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn observe_clock(&self, seen: Hlc, wall_millis: u64) -> Result<(), CatalogError> {
        self.write(|conn| {
            let clock = read_clock(conn)?;
            let next = clock.observe(seen, wall_millis);
            if next != clock {
                write_clock(conn, next)?;
            }
            Ok(())
        })
    }

    /// Whether an entry is this workstation's own.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn contains(&self, id: EntryId) -> Result<bool, CatalogError> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT 1 FROM entries WHERE id = ?1")?
                .exists([id.bytes()])?)
        })
    }

    /// The first segment of `writer` (a workstation id) that is not known to be in the lake; when there is none, the next
    /// `max_entries` entries are made into one, whose bytes are on disk before this returns. The same until
    /// [`Journal::mark_sent`]. What another writer sealed and could not send is sealed anew.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn seal_segment(&self, writer: &str, max_entries: u32) -> Result<Option<Segment>, CatalogError> {
        self.write(|conn| {
            for table in ["segments", "head_sent"] {
                conn.execute(
                    &format!("UPDATE OR REPLACE {table} SET writer = ?1 WHERE writer = ''"),
                    [writer],
                )?;
            }
            conn.execute("DELETE FROM segments WHERE writer <> ?1 AND sent = 0", [writer])?;
            let unsent = conn
                .query_row(
                    &format!("{SEGMENT} WHERE writer = ?1 AND sent = 0 ORDER BY sequence LIMIT 1"),
                    [writer],
                    segment_of,
                )
                .optional()?;
            if unsent.is_some() {
                return Ok(unsent);
            }
            let (last_segment, chain) = conn
                .query_row(
                    "SELECT sequence, chain FROM segments WHERE writer = ?1 ORDER BY sequence DESC LIMIT 1",
                    [writer],
                    |row| Ok((uint(row, 0)?, row.get::<_, String>(1)?)),
                )
                .optional()?
                .unwrap_or_default();
            let last_entry =
                conn.query_row("SELECT ifnull(max(last_entry), 0) FROM segments", [], |row| {
                    uint(row, 0)
                })?;
            let mut lines = String::new();
            let (mut first, mut last, mut count) = (0, last_entry, 0u64);
            {
                let mut select = conn.prepare(
                    "SELECT sequence, line FROM entries WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
                )?;
                let mut rows = select.query(params![int(last_entry), max_entries])?;
                while let Some(row) = rows.next()? {
                    last = uint(row, 0)?;
                    first = if count == 0 { last } else { first };
                    count += 1;
                    lines.push_str(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
                    lines.push('\n');
                }
            }
            if count == 0 {
                return Ok(None);
            }
            let bytes = segment::pack_lines(&lines)?;
            let blake3 = blake3::hash(&bytes).to_hex().to_string();
            let chain = segment::chain_after(&chain, &blake3);
            let sequence = last_segment + 1;
            conn.execute(
                "INSERT INTO segments (writer, sequence, first_entry, last_entry, bytes, blake3, chain)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![writer, int(sequence), int(first), int(last), bytes, blake3, chain],
            )?;
            Ok(Some(Segment {
                sequence,
                bytes,
                blake3,
                chain,
                entries: count,
                sent: false,
            }))
        })
    }

    /// Takes note that a segment of `writer` is in the lake. A repetition changes nothing.
    ///
    /// # Errors
    /// [`CatalogError::NoSegment`], and trouble with the file.
    pub fn mark_sent(&self, writer: &str, sequence: u64) -> Result<(), CatalogError> {
        self.write(|conn| {
            match conn.execute(
                "UPDATE segments SET sent = 1 WHERE writer = ?1 AND sequence = ?2",
                params![writer, int(sequence)],
            )? {
                0 => Err(CatalogError::NoSegment(sequence).into()),
                _ => Ok(()),
            }
        })
    }

    /// One segment of `writer`, sent or not.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn segment(&self, writer: &str, sequence: u64) -> Result<Option<Segment>, CatalogError> {
        self.read(|conn| {
            Ok(conn
                .query_row(
                    &format!("{SEGMENT} WHERE writer IN (?1, '') AND sequence = ?2"),
                    params![writer, int(sequence)],
                    segment_of,
                )
                .optional()?)
        })
    }

    /// The end of what `writer` sent.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn head(&self, writer: &str) -> Result<Head, CatalogError> {
        self.read(|conn| {
            let head = conn.query_row(
                "SELECT sequence, chain FROM segments WHERE writer IN (?1, '') AND sent = 1
                 ORDER BY sequence DESC LIMIT 1",
                [writer],
                |row| {
                    Ok(Head {
                        sequence: uint(row, 0)?,
                        chain: row.get(1)?,
                    })
                },
            );
            Ok(head.optional()?.unwrap_or_default())
        })
    }

    /// The last entry that is known to be in the lake; 0 before the first.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn last_sent_entry(&self) -> Result<u64, CatalogError> {
        self.read(|conn| {
            Ok(conn.query_row(
                "SELECT ifnull(max(last_entry), 0) FROM segments WHERE sent = 1",
                [],
                |row| uint(row, 0),
            )?)
        })
    }

    /// Every name under which this home has sent segments, with the last of them: it takes another name after a fork.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn sent_as(&self) -> Result<Vec<(String, u64)>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(
                "SELECT writer, max(sequence) FROM segments WHERE sent = 1 GROUP BY writer ORDER BY writer",
            )?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, uint(row, 1)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The head of `writer` that is known to be in the lake.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn head_sent(&self, writer: &str) -> Result<Head, CatalogError> {
        self.read(|conn| {
            let head = conn.query_row(
                "SELECT sequence, chain FROM head_sent WHERE writer IN (?1, '')",
                [writer],
                |row| {
                    Ok(Head {
                        sequence: uint(row, 0)?,
                        chain: row.get(1)?,
                    })
                },
            );
            Ok(head.optional()?.unwrap_or_default())
        })
    }

    /// Takes note that a head of `writer` is in the lake.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn mark_head_sent(&self, writer: &str, head: &Head) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.execute(
                "INSERT OR REPLACE INTO head_sent VALUES (?1, ?2, ?3)",
                params![writer, int(head.sequence), head.chain],
            )?;
            Ok(())
        })
    }

    /// Entries that are not known to be in the lake.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn unsent_entries(&self) -> Result<u64, CatalogError> {
        self.read(|conn| {
            Ok(conn.query_row(
                "SELECT count(*) FROM entries
                 WHERE sequence > (SELECT ifnull(max(last_entry), 0) FROM segments WHERE sent = 1)",
                [],
                |row| uint(row, 0),
            )?)
        })
    }

    /// A read, or several that belong together only when they are one statement.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, CatalogError> {
        read(&lock(&self.reader)).map_err(|trouble| trouble.at(&self.place))
    }

    pub(crate) fn write<T>(
        &self,
        write: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, CatalogError> {
        let mut writer = lock(&self.writer);
        let done = (|| {
            let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = write(&tx)?;
            tx.commit()?;
            Ok(value)
        })();
        done.map_err(|trouble: Trouble| trouble.at(&self.place))
    }
}

/// A thread that panicked has rolled its transaction back on the way, so the connection is as good as before.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const SEGMENT: &str =
    "SELECT sequence, bytes, blake3, chain, last_entry - first_entry + 1, sent FROM segments";

fn segment_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Segment> {
    Ok(Segment {
        sequence: uint(row, 0)?,
        bytes: row.get(1)?,
        blake3: row.get(2)?,
        chain: row.get(3)?,
        entries: uint(row, 4)?,
        sent: row.get(5)?,
    })
}

fn read_clock(conn: &Connection) -> rusqlite::Result<Hlc> {
    conn.query_row("SELECT millis, counter FROM clock", [], |row| {
        Ok(Hlc {
            millis: uint(row, 0)?,
            counter: row.get(1)?,
        })
    })
}

fn write_clock(conn: &Connection, clock: Hlc) -> rusqlite::Result<()> {
    conn.execute(
        "UPDATE clock SET millis = ?1, counter = ?2",
        params![int(clock.millis), clock.counter],
    )?;
    Ok(())
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
