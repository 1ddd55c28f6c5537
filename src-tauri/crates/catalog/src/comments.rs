use ledger::{
    AssetId, Author, Body, Comment, CommentEntry, CommentId, Entry, EntryId, Hlc, Resolution, State,
};
use rusqlite::{Connection, Row, params};
use timebase::FrameRange;

use crate::{
    Catalog, CatalogError, CommentChange,
    apply::{author_of, clock_of},
    sql::{Id, Step, Trouble, id, id_bounds, id_or_none, int, uint},
    standing::load_undos,
};

pub const COMMENTS: Step = Step {
    why: "people say things to each other about frames, and what one of them did with a comment can be taken back like a verdict",
    sql: "
        CREATE TABLE comment_entries (
            entry   BLOB PRIMARY KEY,
            comment BLOB NOT NULL,
            asset   BLOB NOT NULL,
            change  TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX comment_entries_by_comment ON comment_entries (comment);
        CREATE TABLE comments (
            id          BLOB PRIMARY KEY,
            asset       BLOB NOT NULL,
            start_frame INTEGER NOT NULL,
            end_frame   INTEGER NOT NULL,
            text        TEXT NOT NULL,
            reply_to    BLOB,
            entry       BLOB NOT NULL,
            disputed    INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX comments_in_time ON comments (asset, start_frame, end_frame, id);
        CREATE INDEX comments_by_answered ON comments (reply_to) WHERE reply_to IS NOT NULL;
        CREATE TABLE resolutions (
            comment  BLOB PRIMARY KEY,
            resolved INTEGER NOT NULL,
            entry    BLOB NOT NULL,
            disputed INTEGER NOT NULL
        ) WITHOUT ROWID;
        DROP INDEX entries_acts;
        CREATE INDEX entries_acts ON entries (principal, workstation, millis, counter)
            WHERE kind IN ('decision', 'undo', 'marker', 'comment', 'resolution');
        INSERT INTO revisions VALUES ('comments', 0);
        -- An older program kept these whole without knowing what they say: they are read again, own ones from the journal, those
        -- of others by following them anew.
        DELETE FROM writers WHERE EXISTS (SELECT 1 FROM entries WHERE kind IN ('comment', 'resolution'));
        UPDATE journal_seen SET sequence = 0 WHERE EXISTS (SELECT 1 FROM entries WHERE kind IN ('comment', 'resolution'));
        DELETE FROM entries WHERE kind IN ('comment', 'resolution');
    ",
};

/// A comment, who wrote it, and whether its thread is settled.
#[derive(Clone, Debug, PartialEq)]
pub struct CommentRecord {
    /// As it stands.
    pub comment: Comment,
    /// Who wrote it.
    pub author: Author,
    /// When.
    pub written: Hlc,
    /// When its author changed it last.
    pub changed: Option<Hlc>,
    /// Whether its thread is settled; says nothing of an answer.
    pub resolution: Resolution,
    /// Who said so last, and when.
    pub resolved_by: Option<(Author, Hlc)>,
}

const SELECT: &str =
    "SELECT c.id, c.asset, c.start_frame, c.end_frame, c.text, c.reply_to, c.entry, c.disputed,
    w.millis, w.counter, w.principal, w.workstation, w.person, w.role,
    e.millis, e.counter,
    r.resolved, r.entry, r.disputed, s.millis, s.counter, s.principal, s.workstation, s.person, s.role
    FROM comments c JOIN entries w ON w.id = c.id JOIN entries e ON e.id = c.entry
    LEFT JOIN resolutions r ON r.comment = c.id LEFT JOIN entries s ON s.id = r.entry";

impl Catalog {
    /// The comments on an asset, answers among them, in the order of time and then of writing.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn comments(&self, asset: AssetId) -> Result<Vec<CommentRecord>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(&format!(
                "{SELECT} WHERE c.asset = ?1 ORDER BY c.start_frame, c.end_frame, w.millis, w.counter, c.id"
            ))?;
            let rows = select.query_map([asset.bytes()], record_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One comment; none when it was removed or taken back.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn comment(&self, comment: CommentId) -> Result<Option<CommentRecord>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(&format!("{SELECT} WHERE c.id = ?1"))?;
            let mut rows = select.query_map([comment.bytes()], record_of)?;
            Ok(rows.next().transpose()?)
        })
    }

    /// Ids of comments that begin with these hexadecimal digits; none when `prefix` is not hexadecimal.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn comments_with_prefix(&self, prefix: &str) -> Result<Vec<CommentId>, CatalogError> {
        let Some((low, high)) = id_bounds(prefix) else {
            return Ok(Vec::new());
        };
        self.read(|conn| {
            let mut select =
                conn.prepare_cached("SELECT id FROM comments WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
            let rows = select.query_map([low, high], |row| id(row, 0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How many threads on an asset are not settled.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn open_threads(&self, asset: AssetId) -> Result<u64, CatalogError> {
        self.read(|conn| open_threads(conn, asset))
    }

    /// An answer that names this comment; none when there is none.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn answer_to(&self, comment: CommentId) -> Result<Option<CommentRecord>, CatalogError> {
        self.read(|conn| {
            let mut select =
                conn.prepare_cached(&format!("{SELECT} WHERE c.reply_to = ?1 ORDER BY c.id LIMIT 1"))?;
            let mut rows = select.query_map([comment.bytes()], record_of)?;
            Ok(rows.next().transpose()?)
        })
    }

    /// Whether a thread is settled, who said so last and when; also where the comment that began it is gone.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn resolution(&self, thread: CommentId) -> Result<(Resolution, Option<(Author, Hlc)>), CatalogError> {
        self.read(|conn| {
            let state = load_comment_state(conn, thread)?;
            let resolution = state.resolution(thread);
            let entry = resolution.entry.and_then(|entry| state.entry(entry));
            let by = entry.map(|entry| (entry.author.clone(), entry.clock));
            Ok((resolution, by))
        })
    }

    /// The entries that stand for a comment, oldest first by clock: what its author who changes it now has seen and replaces.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn standing_comment_entries(&self, comment: CommentId) -> Result<Vec<EntryId>, CatalogError> {
        self.read(|conn| {
            let state = load_comment_state(conn, comment)?;
            let standing = state.standing_comment_entries(comment);
            Ok(standing.into_iter().map(|(entry, _)| entry.id).collect())
        })
    }

    /// The entries that stand about whether a thread is settled, oldest first by clock.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn standing_resolution_entries(&self, thread: CommentId) -> Result<Vec<EntryId>, CatalogError> {
        self.read(|conn| {
            let state = load_comment_state(conn, thread)?;
            let standing = state.standing_resolution_entries(thread);
            Ok(standing.into_iter().map(|(entry, _)| entry.id).collect())
        })
    }
}

/// How many threads on an asset are not settled.
pub fn open_threads(conn: &Connection, asset: AssetId) -> Result<u64, Trouble> {
    let mut select = conn.prepare_cached(
        "SELECT count(*) FROM comments c WHERE c.asset = ?1 AND c.reply_to IS NULL
         AND NOT EXISTS (SELECT 1 FROM resolutions r WHERE r.comment = c.id AND r.resolved)",
    )?;
    Ok(select.query_row([asset.bytes()], |row| uint(row, 0))?)
}

/// Takes note of what an entry does with a comment; answers which. None when it is about none.
pub fn take(conn: &Connection, entry: &Entry) -> Result<Option<CommentId>, Trouble> {
    let (comment, asset, change, supersedes) = match &entry.body {
        Body::Comment(said) => (said.id(entry.id), said.asset, change_of(said), &said.supersedes),
        Body::Resolution(said) if said.resolved => (
            said.comment,
            said.asset,
            CommentChange::Resolved,
            &said.supersedes,
        ),
        Body::Resolution(said) => (
            said.comment,
            said.asset,
            CommentChange::Reopened,
            &said.supersedes,
        ),
        _ => return Ok(None),
    };
    conn.prepare_cached("INSERT OR REPLACE INTO comment_entries VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            entry.id.bytes(),
            comment.bytes(),
            asset.bytes(),
            change.to_sql()
        ])?;
    let mut insert = conn.prepare_cached("INSERT OR IGNORE INTO supersedes VALUES (?1, ?2)")?;
    for seen in supersedes {
        insert.execute([seen.bytes(), entry.id.bytes()])?;
    }
    Ok(Some(comment))
}

const fn change_of(said: &CommentEntry) -> CommentChange {
    match (said.removed, said.comment, said.reply_to) {
        (true, _, _) => CommentChange::Removed,
        (false, Some(_), _) => CommentChange::Changed,
        (false, None, Some(_)) => CommentChange::Answered,
        (false, None, None) => CommentChange::Written,
    }
}

/// Computes the rows of a comment anew.
pub fn refold(conn: &Connection, comment: CommentId) -> Result<(), Trouble> {
    let state = load_comment_state(conn, comment)?;
    match state.comment(comment) {
        Some(stands) => conn
            .prepare_cached("INSERT OR REPLACE INTO comments VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
            .execute(params![
                stands.id.bytes(),
                stands.asset.bytes(),
                int(stands.range.start),
                int(stands.range.end),
                stands.text,
                stands.reply_to.as_ref().map(Id::bytes),
                stands.entry.bytes(),
                stands.disputed,
            ])?,
        None => conn
            .prepare_cached("DELETE FROM comments WHERE id = ?1")?
            .execute([comment.bytes()])?,
    };
    let resolution = state.resolution(comment);
    match resolution.entry {
        Some(entry) => conn
            .prepare_cached("INSERT OR REPLACE INTO resolutions VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                comment.bytes(),
                resolution.resolved,
                entry.bytes(),
                resolution.disputed
            ])?,
        None => conn
            .prepare_cached("DELETE FROM resolutions WHERE comment = ?1")?
            .execute([comment.bytes()])?,
    };
    Ok(())
}

/// The part of the ledger's state that a comment's standing depends on, and whether its thread is settled.
pub fn load_comment_state(conn: &Connection, comment: CommentId) -> Result<State, Trouble> {
    let mut state = State::default();
    let mut known = Vec::new();
    let mut select = conn.prepare_cached(
        "SELECT e.line FROM comment_entries k JOIN entries e ON e.id = k.entry WHERE k.comment = ?1",
    )?;
    let mut rows = select.query([comment.bytes()])?;
    while let Some(row) = rows.next()? {
        // Comments are short: they are read as they were written.
        let entry = Entry::from_line(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        known.push(entry.id);
        state.apply(entry);
    }
    load_undos(conn, known, &mut state)?;
    Ok(state)
}

/// The comment that an entry is about, when it is about one.
pub fn comment_of(conn: &Connection, entry: EntryId) -> Result<Option<CommentId>, Trouble> {
    let mut select = conn.prepare_cached("SELECT comment FROM comment_entries WHERE entry = ?1")?;
    let mut rows = select.query_map([entry.bytes()], |row| id(row, 0))?;
    Ok(rows.next().transpose()?)
}

fn record_of(row: &Row<'_>) -> rusqlite::Result<CommentRecord> {
    let comment = Comment {
        id: id(row, 0)?,
        asset: id(row, 1)?,
        range: FrameRange::new(uint(row, 2)?, uint(row, 3)?),
        text: row.get(4)?,
        reply_to: id_or_none(row, 5)?,
        entry: id(row, 6)?,
        disputed: row.get(7)?,
    };
    let said = id_or_none(row, 17)?;
    Ok(CommentRecord {
        written: clock_of(row, 8)?,
        author: author_of(row, 10)?,
        changed: if EntryId::from(comment.id) == comment.entry {
            None
        } else {
            Some(clock_of(row, 14)?)
        },
        resolution: Resolution {
            resolved: row.get::<_, Option<bool>>(16)?.unwrap_or_default(),
            entry: said,
            disputed: row.get::<_, Option<bool>>(18)?.unwrap_or_default(),
        },
        resolved_by: match said {
            Some(_) => Some((author_of(row, 21)?, clock_of(row, 19)?)),
            None => None,
        },
        comment,
    })
}
