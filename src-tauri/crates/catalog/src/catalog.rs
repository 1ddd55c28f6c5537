use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

use ledger::{Entry, Proposal, RunId};
use rusqlite::{Connection, params};

use crate::{
    Applied, CatalogError, Journal,
    apply::Intake,
    journal::lock,
    schema, shelf,
    sql::{self, Durability, Trouble, int, uint},
};

/// Readers kept open; more are opened when more threads read at once.
const READERS_KEPT: usize = 4;
/// How often a write is begun anew because the file was replaced in between: each time, somebody has taken a checkpoint.
const REPLACED_MAX: u32 = 100;
/// A whole catalog that takes the place of the one that is there, as soon as nobody opens that.
const NEXT: &str = "catalog.next.db";
/// Held by whoever opens the file (together) or replaces it (alone).
const DOOR: &str = "catalog.lock";

/// The catalog: a derived view of every entry and proposal known here, made for listing and filtering quickly.
pub struct Catalog {
    place: PathBuf,
    writer: Mutex<Opened>,
    /// Connections nobody reads with at the moment.
    readers: Mutex<Vec<Opened>>,
    /// Never written with, so that it sees the writes of this process as well as those of others.
    watch: Mutex<Opened>,
}

/// A connection, and the file that it was opened on: by its name another may have come since.
struct Opened {
    conn: Connection,
    file: Option<FileId>,
}

/// What tells a file from another that had the same name.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    #[cfg(unix)]
    fn of(place: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let meta = std::fs::metadata(place).ok()?;
        Some(Self(meta.dev(), meta.ino()))
    }

    /// Where a file that is open cannot be replaced, there is nothing to tell.
    #[cfg(not(unix))]
    const fn of(_place: &Path) -> Option<Self> {
        None
    }
}

impl Opened {
    /// Whether its file was replaced. One that is only gone, because somebody deleted it, is not.
    fn is_replaced(&self, place: &Path) -> bool {
        FileId::of(place).is_some_and(|file| self.file != Some(file))
    }
}

/// Counts of writes by subject. A number that differs from the one seen before means that subject is stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    /// Assets, locations, renditions, runs.
    pub assets: i64,
    /// Proposals and where they stand.
    pub proposals: i64,
    /// Jobs.
    pub jobs: i64,
    /// Markers.
    pub markers: i64,
    /// Comments and which threads are settled.
    pub comments: i64,
}

/// A subject of [`Revisions`].
#[derive(Clone, Copy)]
pub enum Subject {
    Assets,
    Proposals,
    Jobs,
    Markers,
    Comments,
}

impl Subject {
    const fn name(self) -> &'static str {
        match self {
            Self::Assets => "assets",
            Self::Proposals => "proposals",
            Self::Jobs => "jobs",
            Self::Markers => "markers",
            Self::Comments => "comments",
        }
    }
}

impl Catalog {
    /// Opens `catalog.db` in `dir`, making or migrating it as needed.
    ///
    /// # Errors
    /// [`CatalogError::TooNew`], [`CatalogError::Damaged`], and trouble with the file.
    pub fn open(dir: &Path) -> Result<Self, CatalogError> {
        let place = sql::place_in(dir, "catalog.db")?;
        finish_replacing(&place)?;
        let _door = door(&place, false)?;
        let writer = sql::open(&place, schema::CATALOG, Durability::Normal)?;
        let watch = sql::connect(&place, Durability::Normal)?;
        let opened = |conn| {
            Mutex::new(Opened {
                conn,
                file: FileId::of(&place),
            })
        };
        let (writer, watch) = (opened(writer), opened(watch));
        Ok(Self {
            place,
            writer,
            readers: Mutex::default(),
            watch,
        })
    }

    /// The file.
    pub fn place(&self) -> &Path {
        &self.place
    }

    fn connect(&self) -> Result<Opened, CatalogError> {
        let _door = door(&self.place, false)?;
        let conn = sql::connect(&self.place, Durability::Normal)?;
        Ok(Opened {
            conn,
            file: FileId::of(&self.place),
        })
    }

    /// Puts the database in the file `side`, of the same folder, in this one's place, after `prepare` has brought over what it needs
    /// from here while nobody writes.
    pub(crate) fn replace_by(
        &self,
        side: &Path,
        prepare: impl FnOnce(&Path) -> Result<(), Trouble>,
    ) -> Result<(), CatalogError> {
        let next = self.place.with_file_name(NEXT);
        let mut writer = lock(&self.writer);
        self.begin(&mut writer)?;
        // From here on nobody else writes to the old file, and whoever waits for that finds the new one.
        let replaced = prepare(&self.place)
            .map_err(|trouble| trouble.at(side))
            .and_then(|()| sync_file(side))
            .and_then(|()| moved(side, &next))
            .and_then(|()| finish_replacing(&self.place));
        writer
            .conn
            .execute_batch("ROLLBACK")
            .map_err(|error| sql::sort(error, &self.place))?;
        replaced?;
        *writer = self.connect()?;
        *lock(&self.watch) = self.connect()?;
        lock(&self.readers).clear();
        drop(writer);
        Ok(())
    }

    /// Begins a writer's transaction in the file that has the name now.
    fn begin(&self, writer: &mut Opened) -> Result<(), CatalogError> {
        for _try in 0..REPLACED_MAX {
            if writer.is_replaced(&self.place) {
                *writer = self.connect()?;
            }
            writer
                .conn
                .execute_batch("BEGIN IMMEDIATE")
                .map_err(|error| sql::sort(error, &self.place))?;
            // Whoever replaces the file holds its write lock until that is done.
            if !writer.is_replaced(&self.place) {
                return Ok(());
            }
            writer
                .conn
                .execute_batch("ROLLBACK")
                .map_err(|error| sql::sort(error, &self.place))?;
        }
        Err(CatalogError::Busy {
            place: self.place.clone(),
        })
    }

    /// Moves the catalog in `dir` out of the way, when it is damaged or its format is not wanted any more, and answers where
    /// to. The next [`Catalog::open`] makes an empty one, to be filled by [`Catalog::rebuild`]; jobs are lost with the file.
    /// Nothing may have it open.
    ///
    /// # Errors
    /// Trouble with the files.
    pub fn set_aside(dir: &Path) -> Result<Option<PathBuf>, CatalogError> {
        let place = dir.join("catalog.db");
        let aside = (0u32..)
            .map(|number| dir.join(format!("catalog.db.aside-{number}")))
            .find(|aside| !aside.exists())
            .unwrap_or_else(|| dir.join("catalog.db.aside"));
        let move_there = |from: &Path, to: &Path| match std::fs::rename(from, to) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(CatalogError::Io {
                action: "set aside",
                place: from.to_path_buf(),
                source,
            }),
        };
        let had = move_there(&place, &aside)?;
        for end in ["-wal", "-shm"] {
            move_there(&beside(&place, end), &beside(&aside, end))?;
        }
        Ok(had.then_some(aside))
    }

    /// A number that changes whenever anybody, in this process or another, has written to the catalog. Cheap: poll it.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn data_version(&self) -> Result<i64, CatalogError> {
        let mut watch = lock(&self.watch);
        if watch.is_replaced(&self.place) {
            *watch = self.connect()?;
        }
        let version: i64 = watch
            .conn
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .map_err(|error| sql::sort(error, &self.place))?;
        // Every file counts its own.
        let file = watch.file.map_or(0, |file| file.1 as i64);
        Ok(version.wrapping_add(file << 24))
    }

    /// What has been written so far, by subject.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn revisions(&self) -> Result<Revisions, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached("SELECT subject, revision FROM revisions")?;
            let mut rows = select.query([])?;
            let mut revisions = Revisions::default();
            while let Some(row) = rows.next()? {
                let revision = row.get(1)?;
                match row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)? {
                    "assets" => revisions.assets = revision,
                    "proposals" => revisions.proposals = revision,
                    "jobs" => revisions.jobs = revision,
                    "markers" => revisions.markers = revision,
                    "comments" => revisions.comments = revision,
                    _ => {}
                }
            }
            Ok(revisions)
        })
    }

    /// Takes entries in, in any order; repetitions change nothing.
    ///
    /// # Errors
    /// Trouble with the file; then nothing was taken in.
    pub fn apply(&self, entries: &[Entry]) -> Result<Applied, CatalogError> {
        self.write(|conn| {
            let mut intake = Intake::new(conn);
            entries.iter().try_for_each(|entry| intake.entry(entry))?;
            intake.finish()
        })
    }

    /// Applies what the journal holds and the catalog has not seen: after an append, at start, and when another process
    /// has written.
    ///
    /// # Errors
    /// Trouble with either file; then nothing was taken in.
    pub fn catch_up(&self, journal: &Journal) -> Result<Applied, CatalogError> {
        let last = journal.last_sequence()?;
        if self.read(|conn| Ok(journal_sequence(conn)?))? == last {
            return Ok(Applied::default());
        }
        self.write(|conn| {
            let mut intake = Intake::new(conn);
            take_journal(conn, journal, &mut intake)?;
            intake.finish()
        })
    }

    /// Takes the proposals of one run in; repetitions change nothing, and proposals that name another run are left out.
    /// Answers how many were new.
    ///
    /// # Errors
    /// Trouble with the file; then nothing was taken in.
    pub fn apply_proposals(&self, run: RunId, proposals: &[Proposal]) -> Result<u64, CatalogError> {
        self.write(|conn| {
            let mut intake = Intake::new(conn);
            let mut strange = 0u64;
            for proposal in proposals {
                if proposal.run == run {
                    intake.proposal(proposal)?;
                } else {
                    strange += 1;
                }
            }
            if strange > 0 {
                tracing::warn!(%run, strange, "proposals that name another run were left out");
            }
            let new = intake.new_proposals();
            intake.finish()?;
            Ok(new)
        })
    }

    /// Drops everything derived and derives it again, from the journal, from `entries` (those of others) and from
    /// `proposals`. Jobs and sightings stay. Readers see the old view until the new one is whole, and keep it when anything
    /// goes wrong.
    ///
    /// # Errors
    /// What the iterators answer, and trouble with either file.
    pub fn rebuild<E: From<CatalogError>>(
        &self,
        journal: &Journal,
        entries: impl IntoIterator<Item = Result<Entry, E>>,
        proposals: impl IntoIterator<Item = Result<Proposal, E>>,
    ) -> Result<(), E> {
        let at = |trouble: Trouble| E::from(trouble.at(&self.place));
        let mut writer = lock(&self.writer);
        self.begin(&mut writer)?;
        let begun = Begun(&writer.conn);
        let tx = begun.0;
        for table in schema::DERIVED {
            tx.execute(&format!("DELETE FROM {table}"), [])
                .map_err(|e| at(e.into()))?;
        }
        shelf::clear(tx).map_err(|e| at(e.into()))?;
        set_journal_sequence(tx, 0).map_err(|e| at(e.into()))?;
        let mut intake = Intake::new(tx);
        intake.everything_changed();
        take_journal(tx, journal, &mut intake).map_err(at)?;
        for entry in entries {
            intake.entry(&entry?).map_err(at)?;
        }
        for proposal in proposals {
            intake.proposal(&proposal?).map_err(at)?;
        }
        intake.finish().map_err(at)?;
        begun.commit().map_err(|e| at(e.into()))
    }

    /// Runs a read on a connection of its own, in one snapshot.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, CatalogError> {
        let idle = lock(&self.readers).pop();
        let opened = match idle {
            Some(opened) if !opened.is_replaced(&self.place) => opened,
            _ => self.connect()?,
        };
        let conn = &opened.conn;
        let done = (|| {
            conn.prepare_cached("BEGIN")?.execute([])?;
            let value = read(conn);
            conn.prepare_cached("COMMIT")?.execute([])?;
            value
        })();
        let mut readers = lock(&self.readers);
        // One that is still inside a transaction (its COMMIT failed) is closed instead.
        if readers.len() < READERS_KEPT && conn.is_autocommit() {
            readers.push(opened);
        }
        drop(readers);
        done.map_err(|trouble| trouble.at(&self.place))
    }

    /// For trials: the file grows by so many pages and then the disk is full; `None` gives it all the room there is.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn leave_room(&self, pages: Option<u32>) -> Result<(), CatalogError> {
        sql::leave_room(&lock(&self.writer).conn, pages).map_err(|error| sql::sort(error, &self.place))
    }

    /// Runs a write in one transaction, which is begun as a writer's so that what it reads holds.
    pub(crate) fn write<T>(
        &self,
        write: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, CatalogError> {
        let mut writer = lock(&self.writer);
        self.begin(&mut writer)?;
        let done = (|| {
            let tx = Begun(&writer.conn);
            let value = write(tx.0)?;
            tx.commit()?;
            Ok(value)
        })();
        done.map_err(|trouble: Trouble| trouble.at(&self.place))
    }
}

/// A transaction that was begun; taken back when it is dropped.
struct Begun<'a>(&'a Connection);

impl Begun<'_> {
    fn commit(self) -> rusqlite::Result<()> {
        self.0.execute_batch("COMMIT")
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if self.0.is_autocommit() {
            return;
        }
        if let Err(error) = self.0.execute_batch("ROLLBACK") {
            tracing::warn!(%error, "a transaction could not be taken back");
        }
    }
}

/// Waits until the catalog may be opened, or (`alone`) replaced; until the answer is dropped.
fn door(place: &Path, alone: bool) -> Result<std::fs::File, CatalogError> {
    let path = place.with_file_name(DOOR);
    let io = |source| CatalogError::Io {
        action: "lock",
        place: path.clone(),
        source,
    };
    let file = std::fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(io)?;
    let locked = if alone { file.lock() } else { file.lock_shared() };
    match locked {
        Ok(()) => Ok(file),
        // Folders on shares that know no locks belong to one process at a time anyway.
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => Ok(file),
        Err(error) => Err(io(error)),
    }
}

/// Puts a whole catalog that waits for it in the place of the one that is there; also after a crash in the middle of that. The log
/// of the old one goes first: it would be taken for the new one's.
fn finish_replacing(place: &Path) -> Result<(), CatalogError> {
    let next = place.with_file_name(NEXT);
    if !next.exists() {
        return Ok(());
    }
    let _door = door(place, true)?;
    if !next.exists() {
        return Ok(());
    }
    for end in ["-wal", "-shm"] {
        let log = beside(place, end);
        match std::fs::remove_file(&log) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => {
                return Err(CatalogError::Io {
                    action: "remove",
                    place: log,
                    source,
                });
            }
        }
    }
    moved(&next, place)?;
    place.parent().map_or(Ok(()), sql::sync_dir)
}

fn moved(from: &Path, to: &Path) -> Result<(), CatalogError> {
    std::fs::rename(from, to).map_err(|source| CatalogError::Io {
        action: "rename",
        place: from.to_path_buf(),
        source,
    })
}

fn sync_file(place: &Path) -> Result<(), CatalogError> {
    std::fs::File::open(place)
        .and_then(|file| file.sync_all())
        .map_err(|source| CatalogError::Io {
            action: "synchronise",
            place: place.to_path_buf(),
            source,
        })
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Takes note that a subject has changed.
pub fn bump(conn: &Connection, subject: Subject) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE revisions SET revision = revision + 1 WHERE subject = ?1")?
        .execute([subject.name()])?;
    Ok(())
}

/// The last entry of the journal that is in the catalog.
fn journal_sequence(conn: &Connection) -> rusqlite::Result<u64> {
    conn.prepare_cached("SELECT sequence FROM journal_seen")?
        .query_row([], |row| uint(row, 0))
}

pub fn set_journal_sequence(conn: &Connection, sequence: u64) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE journal_seen SET sequence = ?1")?
        .execute(params![int(sequence)])?;
    Ok(())
}

pub fn take_journal(conn: &Connection, journal: &Journal, intake: &mut Intake<'_>) -> Result<(), Trouble> {
    let mut seen = journal_sequence(conn)?;
    // A journal brought back from a copy may be shorter than what was seen of it: begin again, repetitions change nothing.
    if journal.last_sequence()? < seen {
        seen = 0;
    }
    journal.each_after(seen, u32::MAX, |entry, line| {
        seen = entry.sequence;
        intake.line(&entry.entry, line)
    })?;
    set_journal_sequence(conn, seen)?;
    Ok(())
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalog")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
