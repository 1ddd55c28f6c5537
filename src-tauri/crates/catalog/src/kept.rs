use rusqlite::params;

use crate::{
    Catalog, CatalogError,
    sql::{Id as _, Step, int, uint},
};

pub const KEPT: Step = Step {
    why: "what of a lake elsewhere is kept on this machine has a budget: what was used longest ago goes first, pinned assets stay",
    sql: "
        CREATE TABLE kept (
            key         TEXT PRIMARY KEY,
            size_bytes  INTEGER NOT NULL,
            used_millis INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX kept_by_use ON kept (used_millis);
        CREATE TABLE pins (asset BLOB PRIMARY KEY) WITHOUT ROWID;
    ",
};

/// A copy, on this machine, of an object of a lake elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its key.
    pub key: String,
    /// All its bytes.
    pub size_bytes: u64,
    /// When it was used last, milliseconds since 1970.
    pub used_millis: u64,
}

impl Catalog {
    /// Takes note that a copy is on this machine, or was used.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn keep(&self, key: &str, size_bytes: u64, used_millis: u64) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached(
                "INSERT INTO kept VALUES (?1, ?2, ?3)
                 ON CONFLICT (key) DO UPDATE SET size_bytes = ?2, used_millis = max(used_millis, ?3)",
            )?
            .execute(params![key, int(size_bytes), int(used_millis)])?;
            Ok(())
        })
    }

    /// A copy has gone from this machine.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn unkeep(&self, key: &str) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached("DELETE FROM kept WHERE key = ?1")?
                .execute([key])?;
            Ok(())
        })
    }

    /// Bytes of all copies on this machine.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn kept_bytes(&self) -> Result<u64, CatalogError> {
        self.read(|conn| {
            Ok(
                conn.query_row("SELECT ifnull(sum(size_bytes), 0) FROM kept", [], |row| {
                    uint(row, 0)
                })?,
            )
        })
    }

    /// Copies, the one used longest ago first, at most `limit`, after the first `skip`.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn kept_by_use(&self, skip: u32, limit: u32) -> Result<Vec<Kept>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(
                "SELECT key, size_bytes, used_millis FROM kept ORDER BY used_millis, key LIMIT ?2 OFFSET ?1",
            )?;
            let rows = select.query_map([skip, limit], |row| {
                Ok(Kept {
                    key: row.get(0)?,
                    size_bytes: uint(row, 1)?,
                    used_millis: uint(row, 2)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Keeps an asset's files on this machine whatever the budget, or no longer.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn pin(&self, asset: ledger::AssetId, pinned: bool) -> Result<(), CatalogError> {
        self.write(|conn| {
            let sql = if pinned {
                "INSERT OR IGNORE INTO pins VALUES (?1)"
            } else {
                "DELETE FROM pins WHERE asset = ?1"
            };
            conn.execute(sql, [asset.bytes()])?;
            Ok(())
        })
    }

    /// The assets whose files stay.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn pins(&self) -> Result<Vec<ledger::AssetId>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached("SELECT asset FROM pins ORDER BY asset")?;
            let rows = select.query_map([], |row| crate::sql::id(row, 0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}
