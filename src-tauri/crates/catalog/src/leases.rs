use rusqlite::{OptionalExtension, params};

use crate::{
    CatalogError, Journal,
    sql::{Step, int},
};

pub const LEASES: Step = Step {
    why: "large objects on their way into the lake must not hold back the entries: each kind of sending has a lease of its own",
    sql: "
        CREATE TABLE leases (
            what         TEXT PRIMARY KEY,
            holder       TEXT NOT NULL,
            until_millis INTEGER NOT NULL
        ) WITHOUT ROWID;
        INSERT INTO leases SELECT 'ledger', holder, until_millis FROM uploader;
        DROP TABLE uploader;
    ",
};

/// What only one process of a home does at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// Sending entries.
    Ledger,
    /// Sending objects.
    Objects,
    /// Listing what others put into the lake.
    Foreign,
    /// Making a snapshot of what the ledger comes to.
    Snapshot,
}

impl Lease {
    const fn word(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Objects => "objects",
            Self::Foreign => "foreign",
            Self::Snapshot => "snapshot",
        }
    }
}

impl Journal {
    /// Makes `holder` the one process of this home that does this until `until_millis`, unless another holds that. A holder
    /// extends its lease by asking again.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn lease(
        &self,
        what: Lease,
        holder: &str,
        now_millis: u64,
        until_millis: u64,
    ) -> Result<bool, CatalogError> {
        self.write(|conn| {
            let taken = conn.execute(
                "INSERT INTO leases VALUES (?1, ?2, ?4)
                 ON CONFLICT (what) DO UPDATE SET holder = ?2, until_millis = ?4 WHERE holder = ?2 OR until_millis <= ?3",
                params![what.word(), holder, int(now_millis), int(until_millis)],
            )?;
            Ok(taken == 1)
        })
    }

    /// Who holds a lease, or held it last without giving it back.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn lease_holder(&self, what: Lease) -> Result<Option<String>, CatalogError> {
        self.read(|conn| {
            Ok(conn
                .query_row(
                    "SELECT holder FROM leases WHERE what = ?1",
                    [what.word()],
                    |row| row.get(0),
                )
                .optional()?)
        })
    }

    /// Gives a lease back, when `holder` has it: whoever comes next need not wait for its end.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn release(&self, what: Lease, holder: &str) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.execute(
                "DELETE FROM leases WHERE what = ?1 AND holder = ?2",
                [what.word(), holder],
            )?;
            Ok(())
        })
    }
}
