use std::collections::{BTreeMap, BTreeSet};

use ledger::{Entry, EntryId, Kind, Proposal, ProposalId, Standing, Tally};
use rusqlite::{Connection, OptionalExtension, Row, ToSql};
use timebase::FrameRange;

use crate::{
    Catalog, CatalogError, Decided, Filter, ListChanges, ListVersion, Order, ProposalRecord, ProposalState,
    VerdictRecord,
    apply::{author_of, clock_of, verdict_of},
    assets::add_to,
    sql::{Id, Step, Trouble, id, id_bounds, id_or_none, json, json_ids, json_or_none, text, uint},
    standing::load_state,
};

pub const PROPOSALS: Step = Step {
    why: "lists of 100 000 proposals are filtered and ordered by where they stand, so that stands in the row",
    sql: "
        CREATE TABLE proposals (
            id                  BLOB PRIMARY KEY,
            asset               BLOB NOT NULL,
            run                 BLOB NOT NULL,
            kind                TEXT NOT NULL,
            start_frame         INTEGER NOT NULL,
            end_frame           INTEGER NOT NULL,
            confidence_permille INTEGER,
            payload             TEXT NOT NULL,
            worth               INTEGER NOT NULL,
            state               INTEGER NOT NULL DEFAULT 0,
            edit                TEXT,
            decided             BLOB
        );
        CREATE INDEX proposals_in_time ON proposals (asset, start_frame, end_frame, kind, id);
        CREATE INDEX proposals_standing ON proposals (asset, state, kind);
    ",
};

pub const CHANGES: Step = Step {
    why: "a desk that has a list asks only for what changed in it since, and runs are asked whether their proposals are here",
    sql: "
        ALTER TABLE proposals ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX proposals_changed ON proposals (asset, changed);
        CREATE INDEX proposals_by_run ON proposals (run);
        INSERT INTO revisions VALUES ('whole', 0);
        CREATE TABLE life (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            id  TEXT NOT NULL
        );
        INSERT INTO life VALUES (1, lower(hex(randomblob(8))));
    ",
};

/// The revision under which what this transaction writes becomes visible.
pub const NEXT_REVISION: &str = "(SELECT revision + 1 FROM revisions WHERE subject = 'proposals')";

/// Proposals read at once where all of them are.
const AT_ONCE: u32 = 2000;

const MADE: &str =
    "p.id, p.asset, p.run, p.kind, p.start_frame, p.end_frame, p.confidence_permille, p.payload";

const COLUMNS: &str = "
    p.id, p.asset, p.run, p.kind, p.start_frame, p.end_frame, p.confidence_permille, p.payload, p.worth, p.state, p.edit,
    r.engine, r.model, r.version,
    p.decided, e.millis, e.counter, e.principal, e.workstation, e.person, e.role, d.verdict, d.note";

const JOINS: &str = "
    FROM proposals p
    LEFT JOIN runs r ON r.id = p.run
    LEFT JOIN entries e ON e.id = p.decided
    LEFT JOIN decisions d ON d.entry = p.decided";

/// A filter as a condition and its parameters. Only the sides that are given are spelled out, so that SQLite can see which
/// index serves them; there are few combinations, and each is prepared once.
struct Wanted {
    condition: String,
    parameters: Vec<(&'static str, Box<dyn ToSql>)>,
}

impl Wanted {
    fn of(filter: &Filter) -> Result<Self, CatalogError> {
        let mut wanted = Self {
            condition: "TRUE".to_owned(),
            parameters: Vec::new(),
        };
        if let Some(asset) = filter.asset {
            wanted.and("p.asset = :asset", ":asset", *asset.as_bytes());
        }
        if !filter.kinds.is_empty() {
            let kinds: Vec<&str> = filter.kinds.iter().map(Kind::as_str).collect();
            wanted.and(
                "p.kind IN (SELECT value FROM json_each(:kinds))",
                ":kinds",
                text(&kinds, "filter")?,
            );
        }
        if !filter.states.is_empty() {
            let states: Vec<i64> = filter.states.iter().map(|state| state.to_sql()).collect();
            wanted.and(
                "p.state IN (SELECT value FROM json_each(:states))",
                ":states",
                text(&states, "filter")?,
            );
        }
        if let Some(least) = filter.min_confidence_permille {
            wanted.and("p.confidence_permille >= :least", ":least", least);
        }
        if let Some(most) = filter.max_confidence_permille {
            wanted.and("p.confidence_permille <= :most", ":most", most);
        }
        if let Some(ids) = &filter.ids {
            wanted.and(
                "p.id IN (SELECT unhex(value) FROM json_each(:ids))",
                ":ids",
                json_ids(ids),
            );
        }
        Ok(wanted)
    }

    fn and(&mut self, condition: &str, name: &'static str, value: impl ToSql + 'static) {
        self.condition.push_str(" AND ");
        self.condition.push_str(condition);
        self.parameters.push((name, Box::new(value)));
    }

    fn query<T>(
        &self,
        conn: &Connection,
        sql: &str,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Trouble> {
        let parameters: Vec<(&str, &dyn ToSql)> = self
            .parameters
            .iter()
            .map(|(name, value)| (*name, value.as_ref()))
            .collect();
        let mut select = conn.prepare_cached(sql)?;
        Ok(select
            .query_map(parameters.as_slice(), row)?
            .collect::<Result<_, _>>()?)
    }
}

impl Catalog {
    /// Proposals that match, in the filter's order.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn proposals(&self, filter: &Filter) -> Result<Vec<ProposalRecord>, CatalogError> {
        self.read(|conn| {
            let mut records = page(
                conn,
                filter,
                None,
                &format!("SELECT {COLUMNS} {JOINS}"),
                record_of,
            )?;
            name_conflicts(conn, &mut records)?;
            Ok(records)
        })
    }

    /// Ids alone, in the filter's order: for previews of bulk verdicts.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn proposal_ids(&self, filter: &Filter) -> Result<Vec<ProposalId>, CatalogError> {
        self.read(|conn| {
            page(conn, filter, None, "SELECT p.id FROM proposals p", |row| {
                id(row, 0)
            })
        })
    }

    /// How many that match stand where; limit and offset do not count.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn tally(&self, filter: &Filter) -> Result<Tally, CatalogError> {
        self.read(|conn| tally(conn, filter))
    }

    /// What became of a list since it was read at `since`: the rows that match and changed, in the filter's order, and those
    /// that do not match any more. Everything when nothing is known of `since`. All of it is one instant's state.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn proposals_since(
        &self,
        filter: &Filter,
        since: Option<&ListVersion>,
    ) -> Result<ListChanges, CatalogError> {
        self.read(|conn| {
            let (version, whole) = version_of(conn)?;
            let known = since.filter(|since| {
                since.life == version.life && (whole..=version.revision).contains(&since.revision)
            });
            let after = known.map(|since| since.revision);
            let select = format!("SELECT {COLUMNS} {JOINS}");
            let mut records = page(conn, filter, after, &select, record_of)?;
            name_conflicts(conn, &mut records)?;
            let any_state = Filter {
                states: Vec::new(),
                order: Order::Time,
                ..filter.clone()
            };
            let gone = if after.is_some() && !filter.states.is_empty() {
                let state_of = |row: &Row<'_>| Ok((id(row, 0)?, ProposalState::from_sql(row.get(1)?)));
                page(
                    conn,
                    &any_state,
                    after,
                    "SELECT p.id, p.state FROM proposals p",
                    state_of,
                )?
                .into_iter()
                .filter(|(_, state)| state.is_none_or(|state| !filter.states.contains(&state)))
                .map(|(id, _)| id)
                .collect()
            } else {
                Vec::new()
            };
            Ok(ListChanges {
                records,
                gone,
                whole: after.is_none(),
                tally: tally(conn, &any_state)?,
                version,
            })
        })
    }

    /// How many match, by kind; limit and offset do not count.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn count_by_kind(&self, filter: &Filter) -> Result<BTreeMap<Kind, u64>, CatalogError> {
        self.read(|conn| {
            let wanted = Wanted::of(filter)?;
            let sql = format!(
                "SELECT p.kind, count(*) FROM proposals p WHERE {} GROUP BY p.kind",
                wanted.condition
            );
            let counts = wanted.query(conn, &sql, |row| {
                Ok((Kind::from(row.get::<_, String>(0)?), uint(row, 1)?))
            })?;
            Ok(counts.into_iter().collect())
        })
    }

    /// Ids that begin with these hexadecimal digits; none when `prefix` is not hexadecimal.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn proposals_with_prefix(&self, prefix: &str) -> Result<Vec<ProposalId>, CatalogError> {
        let Some((low, high)) = id_bounds(prefix) else {
            return Ok(Vec::new());
        };
        self.read(|conn| {
            let mut select =
                conn.prepare_cached("SELECT id FROM proposals WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
            Ok(select
                .query_map([low, high], |row| id(row, 0))?
                .collect::<Result<_, _>>()?)
        })
    }

    /// The entries that stand for each of these, in the order asked for: what an author who decides now has seen and
    /// replaces.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn standing_entries(
        &self,
        ids: &[ProposalId],
    ) -> Result<Vec<(ProposalId, Vec<EntryId>)>, CatalogError> {
        self.read(|conn| {
            let mut select =
                conn.prepare_cached("SELECT entry FROM standing_entries WHERE proposal = ?1 ORDER BY entry")?;
            let mut all = Vec::with_capacity(ids.len());
            for proposal in ids {
                let entries = select
                    .query_map([proposal.bytes()], |row| id(row, 0))?
                    .collect::<Result<_, _>>()?;
                all.push((*proposal, entries));
            }
            Ok(all)
        })
    }

    /// All decisions that name `id`, oldest first.
    ///
    /// # Errors
    /// Trouble with the file, or an entry that does not read.
    pub fn history_of(&self, proposal: ProposalId) -> Result<Vec<VerdictRecord>, CatalogError> {
        self.read(|conn| {
            let state = load_state(conn, &[proposal])?;
            let standing: BTreeSet<EntryId> = state
                .standing_entries(proposal)
                .iter()
                .map(|(entry, _)| entry.id)
                .collect();
            let mut history = Vec::new();
            for (slim, _) in state.decisions_on(proposal) {
                if let Some(entry) = entry(conn, slim.id)? {
                    history.push(VerdictRecord {
                        standing: standing.contains(&entry.id),
                        void: state.is_void(entry.id),
                        entry,
                    });
                }
            }
            history.sort_by_key(|record| (record.entry.clock, record.entry.id));
            Ok(history)
        })
    }

    /// All proposals as the machines made them, some at a time, until `each` answers `false`.
    pub(crate) fn each_proposal(
        &self,
        mut each: impl FnMut(&[Proposal]) -> Result<bool, CatalogError>,
    ) -> Result<(), CatalogError> {
        let mut after = 0i64;
        loop {
            let batch: Vec<(i64, Proposal)> = self.read(|conn| {
                let mut select = conn.prepare_cached(&format!(
                    "SELECT p.rowid, {MADE} FROM proposals p WHERE p.rowid > ?1 ORDER BY p.rowid LIMIT {AT_ONCE}"
                ))?;
                let rows = select.query_map([after], |row| Ok((row.get(0)?, made_of(row, 1)?)))?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            })?;
            let Some((last, _)) = batch.last() else {
                return Ok(());
            };
            after = *last;
            let made: Vec<Proposal> = batch.into_iter().map(|(_, proposal)| proposal).collect();
            if !each(&made)? {
                return Ok(());
            }
        }
    }

    /// One entry.
    ///
    /// # Errors
    /// Trouble with the file, or an entry that does not read.
    pub fn entry(&self, id: EntryId) -> Result<Option<Entry>, CatalogError> {
        self.read(|conn| entry(conn, id))
    }
}

fn tally(conn: &Connection, filter: &Filter) -> Result<Tally, Trouble> {
    let wanted = Wanted::of(filter)?;
    let sql = format!(
        "SELECT p.state, count(*) FROM proposals p WHERE {} GROUP BY p.state",
        wanted.condition
    );
    let counts = wanted.query(conn, &sql, |row| Ok((row.get(0)?, uint(row, 1)?)))?;
    let mut tally = Tally::default();
    for (state, many) in counts {
        add_to(&mut tally, state, many);
    }
    Ok(tally)
}

/// The version of what is read now, and the revision since which lists of changes are whole.
fn version_of(conn: &Connection) -> Result<(ListVersion, i64), Trouble> {
    let mut select = conn.prepare_cached(
        "SELECT life.id, now.revision, whole.revision FROM life, revisions now, revisions whole
         WHERE now.subject = 'proposals' AND whole.subject = 'whole'",
    )?;
    let version = |row: &Row<'_>| {
        let version = ListVersion {
            life: row.get(0)?,
            revision: row.get(1)?,
        };
        Ok((version, row.get(2)?))
    };
    Ok(select.query_row([], version)?)
}

fn entry(conn: &Connection, id: EntryId) -> Result<Option<Entry>, Trouble> {
    let mut select = conn.prepare_cached("SELECT line FROM entries WHERE id = ?1")?;
    let line: Option<String> = select.query_row([id.bytes()], |row| row.get(0)).optional()?;
    Ok(line.as_deref().map(Entry::from_line).transpose()?)
}

const fn order(order: Order) -> &'static str {
    match order {
        Order::Time => "ORDER BY p.asset, p.start_frame, p.end_frame, p.kind, p.id",
        // A conflict waits for a person as much as an open one does.
        Order::Worth => "ORDER BY p.state IN (1, 2), p.worth DESC, p.asset, p.start_frame, p.id",
    }
}

fn page<T>(
    conn: &Connection,
    filter: &Filter,
    after: Option<i64>,
    select: &str,
    row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Trouble> {
    let mut wanted = Wanted::of(filter)?;
    if let Some(after) = after {
        wanted.and("p.changed > :after", ":after", after);
    }
    // To SQLite a negative limit is none.
    wanted
        .parameters
        .push((":limit", Box::new(filter.limit.map_or(-1, i64::from))));
    wanted.parameters.push((":offset", Box::new(filter.offset)));
    let (condition, order) = (&wanted.condition, order(filter.order));
    let page = format!("{condition} {order} LIMIT :limit OFFSET :offset");
    let sql = match filter.limit {
        // Sorts ids instead of whole rows; only the few that are shown are read whole.
        Some(_) => {
            format!("{select} WHERE p.id IN (SELECT p.id FROM proposals p WHERE {page}) {order}")
        }
        None => format!("{select} WHERE {page}"),
    };
    wanted.query(conn, &sql, row)
}

fn record_of(row: &Row<'_>) -> rusqlite::Result<ProposalRecord> {
    let standing = match ProposalState::from_sql(row.get(9)?) {
        Some(ProposalState::Circled) => Standing::Circled {
            edit: json_or_none(row, 10)?,
        },
        Some(ProposalState::Rejected) => Standing::Rejected,
        Some(ProposalState::Conflict) => Standing::Conflict(Vec::new()),
        Some(ProposalState::Open) | None => Standing::Open,
    };
    let words =
        |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.unwrap_or_default());
    let decided = match id_or_none::<EntryId>(row, 14)? {
        Some(entry) => Some(Decided {
            entry,
            clock: clock_of(row, 15)?,
            author: author_of(row, 17)?,
            verdict: verdict_of(row.get_ref(21)?.as_str()?),
            note: row.get(22)?,
        }),
        None => None,
    };
    Ok(ProposalRecord {
        proposal: made_of(row, 0)?,
        standing,
        worth: row.get(8)?,
        decided,
        engine: words(11)?,
        model: words(12)?,
        version: words(13)?,
    })
}

/// A proposal as the machine made it, from eight columns.
fn made_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Proposal> {
    Ok(Proposal {
        id: id(row, column)?,
        asset: id(row, column + 1)?,
        run: id(row, column + 2)?,
        kind: Kind::from(row.get::<_, String>(column + 3)?),
        range: FrameRange::new(uint(row, column + 4)?, uint(row, column + 5)?),
        confidence_permille: row.get(column + 6)?,
        payload: json(row, column + 7)?,
    })
}

/// Fills in which entries conflict, oldest first by clock, as the fold does. Conflicts are few, so they are asked for singly.
fn name_conflicts(conn: &Connection, records: &mut [ProposalRecord]) -> Result<(), Trouble> {
    let mut select = conn.prepare_cached(
        "SELECT e.id FROM standing_entries s JOIN entries e ON e.id = s.entry WHERE s.proposal = ?1
         ORDER BY e.millis, e.counter, e.id",
    )?;
    for record in records {
        if let Standing::Conflict(entries) = &mut record.standing {
            *entries = select
                .query_map([record.proposal.id.bytes()], |row| id(row, 0))?
                .collect::<Result<_, _>>()?;
        }
    }
    Ok(())
}
