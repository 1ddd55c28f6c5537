//! Whether two catalogs hold the same, where each has folded the same segments: that is how a checkpoint, which is somebody's word,
//! is held against the segments.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, types::ValueRef};

use crate::{
    Catalog, CatalogError,
    apply::Intake,
    checkpoint::{Folded, TRAVELS, covered},
    sql::{Id as _, Trouble, uint},
};

/// How two catalogs compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// They have folded other segments, so nothing can be said.
    Elsewhere,
    /// They agree in every table.
    Same,
    /// They have folded the same and differ.
    Differs {
        /// In this table.
        table: &'static str,
    },
}

impl Catalog {
    /// Whether another catalog, made from the segments alone, holds the same as this one.
    ///
    /// # Errors
    /// Trouble with either file.
    pub fn compare(&self, other: &Self) -> Result<Comparison, CatalogError> {
        self.read(|mine| {
            let compared = other.read(|theirs| Ok(compare(mine, theirs)));
            compared?
        })
    }

    /// Takes the proposals of another catalog without where they stand, for one that is made to compare. Only those whose names
    /// follow from a run that is known here and from their content.
    ///
    /// # Errors
    /// Trouble with either file.
    pub fn borrow_proposals(&self, from: &Self, stop: &AtomicBool) -> Result<(), CatalogError> {
        from.each_proposal(|batch| {
            if stop.load(Ordering::Acquire) {
                return Ok(false);
            }
            self.write(|conn| {
                let mut intake = Intake::new(conn);
                let mut run = conn.prepare_cached("SELECT 1 FROM runs WHERE id = ?1 AND asset = ?2")?;
                for proposal in batch.iter().filter(|proposal| proposal.is_bound()) {
                    if run.exists([proposal.run.bytes(), proposal.asset.bytes()])? {
                        intake.proposal(proposal)?;
                    }
                }
                drop(run);
                intake.finish()?;
                Ok(true)
            })
        })
    }

    /// Forgets all proposals, for who will fetch them again.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn forget_proposals(&self) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.execute_batch(
                "DELETE FROM proposals;
                 UPDATE shelf SET open = 0, circled = 0, rejected = 0, conflict = 0;",
            )?;
            Ok(())
        })
    }
}

fn compare(mine: &Connection, theirs: &Connection) -> Result<Comparison, Trouble> {
    let seen = |conn: &Connection| -> rusqlite::Result<u64> {
        conn.query_row("SELECT sequence FROM journal_seen", [], |row| uint(row, 0))
    };
    if covered(mine)? != covered(theirs)? || seen(mine)? != seen(theirs)? {
        return Ok(Comparison::Elsewhere);
    }
    for folded in TRAVELS.iter().filter(|folded| !folded.agreed.is_empty()) {
        if digest(mine, folded)? != digest(theirs, folded)? {
            return Ok(Comparison::Differs { table: folded.table });
        }
    }
    Ok(Comparison::Same)
}

/// A hash of all rows of a table in the order of its key, without holding them.
pub fn digest(conn: &Connection, folded: &Folded) -> rusqlite::Result<blake3::Hash> {
    let Folded { table, agreed, key } = folded;
    let mut select = conn.prepare(&format!("SELECT {agreed} FROM {table} ORDER BY {key}"))?;
    let columns = select.column_count();
    let mut hasher = blake3::Hasher::new();
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let (kind, bytes): (u8, &[u8]) = match row.get_ref(column)? {
                ValueRef::Null => (0, &[]),
                ValueRef::Integer(number) => (1, &number.to_le_bytes()),
                ValueRef::Real(number) => (2, &number.to_le_bytes()),
                ValueRef::Text(text) => (3, text),
                ValueRef::Blob(blob) => (4, blob),
            };
            hasher.update(&[kind]);
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
    }
    Ok(hasher.finalize())
}
