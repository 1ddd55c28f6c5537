use ledger::{AssetId, Author, EntryId, Hlc, Marker, MarkerId};
use rusqlite::{Connection, Row};
use timebase::FrameRange;

use crate::{
    Catalog, CatalogError,
    apply::{author_of, clock_of},
    sql::{Id, Step, Trouble, id, id_bounds, uint},
    standing::load_marker_state,
};

pub const MARKERS: Step = Step {
    why: "people put markers, and what one of them did with a marker can be taken back like a verdict",
    sql: "
        CREATE TABLE marker_entries (
            entry       BLOB PRIMARY KEY,
            marker      BLOB NOT NULL,
            asset       BLOB NOT NULL,
            start_frame INTEGER NOT NULL,
            end_frame   INTEGER NOT NULL,
            note        TEXT NOT NULL,
            removed     INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX marker_entries_by_marker ON marker_entries (marker);
        CREATE TABLE markers (
            id          BLOB PRIMARY KEY,
            asset       BLOB NOT NULL,
            start_frame INTEGER NOT NULL,
            end_frame   INTEGER NOT NULL,
            note        TEXT NOT NULL,
            entry       BLOB NOT NULL,
            disputed    INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX markers_in_time ON markers (asset, start_frame, end_frame, id);
        DROP INDEX entries_acts;
        CREATE INDEX entries_acts ON entries (principal, workstation, millis, counter)
            WHERE kind IN ('decision', 'undo', 'marker');
        INSERT INTO revisions VALUES ('markers', 0);
        -- An older program kept these whole without knowing what they say; from the journal they are read again.
        DELETE FROM entries WHERE kind = 'marker';
        UPDATE journal_seen SET sequence = 0;
    ",
};

/// A marker and who made it what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkerRecord {
    /// As it stands.
    pub marker: Marker,
    /// Who said so last.
    pub author: Author,
    /// When.
    pub clock: Hlc,
}

const SELECT: &str = "SELECT m.id, m.asset, m.start_frame, m.end_frame, m.note, m.entry, m.disputed,
    e.millis, e.counter, e.principal, e.workstation, e.person, e.role
    FROM markers m JOIN entries e ON e.id = m.entry";

impl Catalog {
    /// The markers of an asset in the order of time.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn markers(&self, asset: AssetId) -> Result<Vec<MarkerRecord>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(&format!(
                "{SELECT} WHERE m.asset = ?1 ORDER BY m.start_frame, m.end_frame, m.id"
            ))?;
            Ok(select
                .query_map([asset.bytes()], record_of)?
                .collect::<Result<_, _>>()?)
        })
    }

    /// One marker; none when it was removed or taken back.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn marker(&self, marker: MarkerId) -> Result<Option<MarkerRecord>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(&format!("{SELECT} WHERE m.id = ?1"))?;
            Ok(select
                .query_map([marker.bytes()], record_of)?
                .next()
                .transpose()?)
        })
    }

    /// Ids of markers that begin with these hexadecimal digits; none when `prefix` is not hexadecimal.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn markers_with_prefix(&self, prefix: &str) -> Result<Vec<MarkerId>, CatalogError> {
        let Some((low, high)) = id_bounds(prefix) else {
            return Ok(Vec::new());
        };
        self.read(|conn| {
            let mut select =
                conn.prepare_cached("SELECT id FROM markers WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
            Ok(select
                .query_map([low, high], |row| id(row, 0))?
                .collect::<Result<_, _>>()?)
        })
    }

    /// The entries that stand for a marker, oldest first by clock: what an author who changes it now has seen and replaces.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn standing_marker_entries(&self, marker: MarkerId) -> Result<Vec<EntryId>, CatalogError> {
        self.read(|conn| standing(conn, marker))
    }
}

fn standing(conn: &Connection, marker: MarkerId) -> Result<Vec<EntryId>, Trouble> {
    let state = load_marker_state(conn, marker)?;
    let standing = state.standing_marker_entries(marker);
    Ok(standing.into_iter().map(|(entry, _)| entry.id).collect())
}

fn record_of(row: &Row<'_>) -> rusqlite::Result<MarkerRecord> {
    Ok(MarkerRecord {
        marker: Marker {
            id: id(row, 0)?,
            asset: id(row, 1)?,
            range: FrameRange::new(uint(row, 2)?, uint(row, 3)?),
            note: row.get(4)?,
            entry: id(row, 5)?,
            disputed: row.get(6)?,
        },
        clock: clock_of(row, 7)?,
        author: author_of(row, 9)?,
    })
}
