use std::collections::BTreeMap;

use ledger::{AssetEntry, AssetId, Location, Rendition, RunEntry, RunId, Tally};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    AssetRecord, Catalog, CatalogError, LocationRecord, ProposalState, Sighting,
    apply::{author_of, clock_of},
    shelf::tally_of,
    sql::{Id, Step, Trouble, id, id_bounds, int, json, uint},
};

pub const ASSETS: Step = Step {
    why: "what the library shows of each piece of media: where it was found, what was made of it, which engines looked at it",
    sql: "
        CREATE TABLE assets (
            id            BLOB PRIMARY KEY,
            title         TEXT NOT NULL,
            size_bytes    INTEGER NOT NULL,
            media         TEXT NOT NULL,
            entry         BLOB NOT NULL,
            millis        INTEGER NOT NULL,
            counter       INTEGER NOT NULL,
            added_millis  INTEGER NOT NULL,
            added_counter INTEGER NOT NULL
        );
        CREATE TABLE locations (
            asset       BLOB NOT NULL,
            place       TEXT NOT NULL,
            principal   TEXT NOT NULL,
            workstation TEXT NOT NULL,
            person      TEXT NOT NULL,
            role        TEXT NOT NULL,
            entry       BLOB NOT NULL,
            millis      INTEGER NOT NULL,
            counter     INTEGER NOT NULL,
            PRIMARY KEY (asset, place, principal, workstation)
        ) WITHOUT ROWID;
        CREATE INDEX locations_by_place ON locations (place);
        CREATE TABLE renditions (
            asset      BLOB NOT NULL,
            name       TEXT NOT NULL,
            key        TEXT NOT NULL,
            size_bytes INTEGER NOT NULL,
            blake3     TEXT NOT NULL,
            entry      BLOB NOT NULL,
            millis     INTEGER NOT NULL,
            counter    INTEGER NOT NULL,
            PRIMARY KEY (asset, name)
        ) WITHOUT ROWID;
        CREATE TABLE same_as (
            asset BLOB NOT NULL,
            other BLOB NOT NULL,
            PRIMARY KEY (asset, other)
        ) WITHOUT ROWID;
        CREATE TABLE runs (
            id      BLOB PRIMARY KEY,
            asset   BLOB NOT NULL,
            engine  TEXT NOT NULL,
            model   TEXT NOT NULL,
            version TEXT NOT NULL,
            content TEXT NOT NULL,
            entry   BLOB NOT NULL,
            millis  INTEGER NOT NULL,
            counter INTEGER NOT NULL
        );
        CREATE INDEX runs_by_asset ON runs (asset);
        CREATE TABLE sightings (
            place          TEXT PRIMARY KEY,
            size_bytes     INTEGER NOT NULL,
            modified_nanos INTEGER NOT NULL,
            asset          BLOB NOT NULL
        ) WITHOUT ROWID;
    ",
};

pub const SIZES: Step = Step {
    why: "a file that was found again is compared with assets of its size alone",
    sql: "CREATE INDEX assets_by_size ON assets (size_bytes);",
};

impl Catalog {
    /// All assets, the latest added first.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn assets(&self) -> Result<Vec<AssetRecord>, CatalogError> {
        self.read(|conn| select(conn, None))
    }

    /// One asset.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn asset(&self, id: AssetId) -> Result<Option<AssetRecord>, CatalogError> {
        self.read(|conn| Ok(select(conn, Some(id))?.pop()))
    }

    /// Ids that begin with these hexadecimal digits; none when `prefix` is not hexadecimal.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn assets_with_prefix(&self, prefix: &str) -> Result<Vec<AssetId>, CatalogError> {
        let Some((low, high)) = id_bounds(prefix) else {
            return Ok(Vec::new());
        };
        self.read(|conn| {
            let mut select =
                conn.prepare_cached("SELECT id FROM assets WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
            Ok(select
                .query_map([low, high], |row| id(row, 0))?
                .collect::<Result<_, _>>()?)
        })
    }

    /// Assets whose original has this size.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn assets_of_size(&self, size_bytes: u64) -> Result<Vec<AssetId>, CatalogError> {
        self.read(|conn| {
            let mut select =
                conn.prepare_cached("SELECT id FROM assets WHERE size_bytes = ?1 ORDER BY id")?;
            Ok(select
                .query_map([int(size_bytes)], |row| id(row, 0))?
                .collect::<Result<_, _>>()?)
        })
    }

    /// Runs that announce more proposals than are here: their catalog was made anew, or somebody died in between.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn runs_without_proposals(&self) -> Result<Vec<RunEntry>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(
                "SELECT content FROM runs
                 WHERE json_extract(content, '$.proposals') > (SELECT count(*) FROM proposals WHERE run = runs.id)
                 ORDER BY millis, counter, id",
            )?;
            Ok(select
                .query_map([], |row| json(row, 0))?
                .collect::<Result<_, _>>()?)
        })
    }

    /// Assets declared the same as `id`, itself included.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn aliases(&self, asset: AssetId) -> Result<Vec<AssetId>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(
                "WITH RECURSIVE alias (id) AS (SELECT ?1 UNION SELECT other FROM same_as JOIN alias ON asset = alias.id)
                 SELECT id FROM alias ORDER BY id",
            )?;
            Ok(select.query_map([asset.bytes()], |row| id(row, 0))?.collect::<Result<_, _>>()?)
        })
    }

    /// Assets that were found at `place`, by whomever.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn locations_of_place(&self, place: &str) -> Result<Vec<AssetId>, CatalogError> {
        self.read(|conn| {
            let mut select =
                conn.prepare_cached("SELECT DISTINCT asset FROM locations WHERE place = ?1 ORDER BY asset")?;
            Ok(select
                .query_map([place], |row| id(row, 0))?
                .collect::<Result<_, _>>()?)
        })
    }

    /// One run.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn run(&self, id: RunId) -> Result<Option<RunEntry>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached("SELECT content FROM runs WHERE id = ?1")?;
            Ok(select.query_row([id.bytes()], |row| json(row, 0)).optional()?)
        })
    }

    /// Remembers a file that was ingested whole.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn remember_sighting(&self, sighting: &Sighting) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached("INSERT OR REPLACE INTO sightings VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![
                    sighting.place,
                    int(sighting.size_bytes),
                    sighting.modified_nanos,
                    sighting.asset.bytes(),
                ])?;
            Ok(())
        })
    }

    /// What was remembered for `place`.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn sighting(&self, place: &str) -> Result<Option<Sighting>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(
                "SELECT place, size_bytes, modified_nanos, asset FROM sightings WHERE place = ?1",
            )?;
            let found = select.query_row([place], |row| {
                Ok(Sighting {
                    place: row.get(0)?,
                    size_bytes: uint(row, 1)?,
                    modified_nanos: row.get(2)?,
                    asset: id(row, 3)?,
                })
            });
            Ok(found.optional()?)
        })
    }
}

/// All assets, or one, with everything that hangs on them: five statements, however many there are.
fn select(conn: &Connection, only: Option<AssetId>) -> Result<Vec<AssetRecord>, Trouble> {
    let mut library = Library {
        conn,
        only,
        records: Vec::new(),
        place_of: BTreeMap::new(),
    };
    library.assets()?;
    library.locations()?;
    library.renditions()?;
    library.runs()?;
    library.tallies()?;
    Ok(library.records)
}

/// Asset records on their way out.
struct Library<'a> {
    conn: &'a Connection,
    only: Option<AssetId>,
    records: Vec<AssetRecord>,
    place_of: BTreeMap<AssetId, usize>,
}

impl Library<'_> {
    fn assets(&mut self) -> Result<(), Trouble> {
        let sql = self.of(
            "id",
            "SELECT id, title, size_bytes, media, added_millis, added_counter FROM assets WHERE",
            "ORDER BY added_millis DESC, added_counter DESC, id",
        );
        let mut select = self.conn.prepare_cached(&sql)?;
        let mut rows = select.query([self.only.as_ref().map(Id::bytes)])?;
        while let Some(row) = rows.next()? {
            let asset = id(row, 0)?;
            self.place_of.insert(asset, self.records.len());
            self.records.push(AssetRecord {
                entry: AssetEntry {
                    asset,
                    title: row.get(1)?,
                    size_bytes: uint(row, 2)?,
                    media: json(row, 3)?,
                },
                added: clock_of(row, 4)?,
                tally: Tally::default(),
                locations: Vec::new(),
                renditions: Vec::new(),
                runs: Vec::new(),
            });
        }
        Ok(())
    }

    fn locations(&mut self) -> Result<(), Trouble> {
        let sql = self.of(
            "asset",
            "SELECT asset, place, principal, workstation, person, role, millis, counter FROM locations WHERE",
            "ORDER BY millis DESC, counter DESC, place",
        );
        self.each(&sql, |record, row| {
            record.locations.push(LocationRecord {
                location: Location {
                    asset: record.entry.asset,
                    place: row.get(1)?,
                },
                author: author_of(row, 2)?,
                clock: clock_of(row, 6)?,
            });
            Ok(())
        })
    }

    fn renditions(&mut self) -> Result<(), Trouble> {
        let sql = self.of(
            "asset",
            "SELECT asset, name, key, size_bytes, blake3 FROM renditions WHERE",
            "ORDER BY name",
        );
        self.each(&sql, |record, row| {
            record.renditions.push(Rendition {
                asset: record.entry.asset,
                name: row.get(1)?,
                key: row.get(2)?,
                size_bytes: uint(row, 3)?,
                blake3: row.get(4)?,
            });
            Ok(())
        })
    }

    fn runs(&mut self) -> Result<(), Trouble> {
        let sql = self.of(
            "asset",
            "SELECT asset, content FROM runs WHERE",
            "ORDER BY millis, counter, id",
        );
        self.each(&sql, |record, row| {
            record.runs.push(json(row, 1)?);
            Ok(())
        })
    }

    fn tallies(&mut self) -> Result<(), Trouble> {
        let sql = self.of(
            "asset",
            "SELECT asset, open, circled, rejected, conflict FROM shelf WHERE",
            "",
        );
        self.each(&sql, |record, row| {
            record.tally = tally_of(row, 1)?;
            Ok(())
        })
    }

    /// A statement about all assets or one. `?1` stands in both forms, so that the parameters are the same; only with `=`
    /// alone does SQLite use the index.
    fn of(&self, column: &str, select: &str, rest: &str) -> String {
        match self.only {
            Some(_) => format!("{select} {column} = ?1 {rest}"),
            None => format!("{select} ?1 IS NULL {rest}"),
        }
    }

    /// Adds each row to the record of the asset in its first column.
    fn each(
        &mut self,
        sql: &str,
        mut add: impl FnMut(&mut AssetRecord, &rusqlite::Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), Trouble> {
        let mut select = self.conn.prepare_cached(sql)?;
        let mut rows = select.query([self.only.as_ref().map(Id::bytes)])?;
        while let Some(row) = rows.next()? {
            let at = self.place_of.get(&id::<AssetId>(row, 0)?);
            if let Some(record) = at.and_then(|at| self.records.get_mut(*at)) {
                add(record, row)?;
            }
        }
        Ok(())
    }
}

/// Counts `many` proposals of a state.
pub fn add_to(tally: &mut Tally, state: i64, many: u64) {
    match ProposalState::from_sql(state) {
        Some(ProposalState::Open) | None => tally.open += many,
        Some(ProposalState::Circled) => tally.circled += many,
        Some(ProposalState::Rejected) => tally.rejected += many,
        Some(ProposalState::Conflict) => tally.conflict += many,
    }
}
