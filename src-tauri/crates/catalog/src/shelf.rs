//! The library in the order in which it is shown, however long it is: windows of it, its counts, and titles by what they
//! contain. Everything here is derived from `assets` and `proposals` and never walks through all of them.

use ledger::{AssetEntry, AssetId, Hlc, Tally};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    Catalog, CatalogError, Library, LibraryFilter, LibraryQuery, ListedAsset, LocationRecord,
    apply::{author_of, clock_of},
    comments::open_threads,
    sql::{Id, Step, Trouble, id, int, json, uint},
};

pub const SHELF: Step = Step {
    why: "a library of a million assets is shown by windows, filtered by where its proposals stand, and searched by any part
          of a title: its order is a row's number, its counts stand in rows, and its titles in an index of three letters each",
    sql: "
        CREATE TABLE shelf (
            number   INTEGER PRIMARY KEY,
            asset    BLOB NOT NULL,
            title    TEXT NOT NULL,
            open     INTEGER NOT NULL DEFAULT 0,
            circled  INTEGER NOT NULL DEFAULT 0,
            rejected INTEGER NOT NULL DEFAULT 0,
            conflict INTEGER NOT NULL DEFAULT 0
        );
        CREATE UNIQUE INDEX shelf_by_asset ON shelf (asset);
        CREATE INDEX shelf_open ON shelf (number) WHERE open + conflict > 0;
        CREATE INDEX shelf_circled ON shelf (number) WHERE circled > 0;
        CREATE INDEX shelf_flagged ON shelf (number) WHERE conflict > 0;
        CREATE VIRTUAL TABLE shelf_titles USING fts5 (
            title, content = 'shelf', content_rowid = 'number', tokenize = 'trigram', columnsize = 0
        );
        CREATE TABLE shelf_counts (
            one          INTEGER PRIMARY KEY CHECK (one = 1),
            assets       INTEGER NOT NULL,
            with_open    INTEGER NOT NULL,
            with_circled INTEGER NOT NULL,
            with_flagged INTEGER NOT NULL,
            open         INTEGER NOT NULL,
            circled      INTEGER NOT NULL,
            rejected     INTEGER NOT NULL,
            conflict     INTEGER NOT NULL
        );
        INSERT INTO shelf_counts VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0);
        CREATE TRIGGER shelf_put AFTER INSERT ON shelf BEGIN
            UPDATE shelf_counts SET
                assets = assets + 1,
                with_open = with_open + (new.open + new.conflict > 0),
                with_circled = with_circled + (new.circled > 0),
                with_flagged = with_flagged + (new.conflict > 0),
                open = open + new.open,
                circled = circled + new.circled,
                rejected = rejected + new.rejected,
                conflict = conflict + new.conflict;
        END;
        CREATE TRIGGER shelf_counted AFTER UPDATE OF open, circled, rejected, conflict ON shelf BEGIN
            UPDATE shelf_counts SET
                with_open = with_open + (new.open + new.conflict > 0) - (old.open + old.conflict > 0),
                with_circled = with_circled + (new.circled > 0) - (old.circled > 0),
                with_flagged = with_flagged + (new.conflict > 0) - (old.conflict > 0),
                open = open + new.open - old.open,
                circled = circled + new.circled - old.circled,
                rejected = rejected + new.rejected - old.rejected,
                conflict = conflict + new.conflict - old.conflict;
        END;
        CREATE TRIGGER proposal_put AFTER INSERT ON proposals BEGIN
            UPDATE shelf SET
                open = open + (new.state = 0),
                circled = circled + (new.state = 1),
                rejected = rejected + (new.state = 2),
                conflict = conflict + (new.state = 3)
            WHERE asset = new.asset;
        END;
        CREATE TRIGGER proposal_decided AFTER UPDATE OF state ON proposals WHEN old.state <> new.state BEGIN
            UPDATE shelf SET
                open = open + (new.state = 0) - (old.state = 0),
                circled = circled + (new.state = 1) - (old.state = 1),
                rejected = rejected + (new.state = 2) - (old.state = 2),
                conflict = conflict + (new.state = 3) - (old.state = 3)
            WHERE asset = new.asset;
        END;
        INSERT INTO shelf (number, asset, title, open, circled, rejected, conflict)
            SELECT
                (min(a.added_millis, 8796093022207) << 20)
                    + row_number() OVER (PARTITION BY min(a.added_millis, 8796093022207) ORDER BY a.added_counter, a.id DESC) - 1,
                a.id, a.title,
                coalesce(t.open, 0), coalesce(t.circled, 0), coalesce(t.rejected, 0), coalesce(t.conflict, 0)
            FROM assets a LEFT JOIN (
                SELECT asset, sum(state = 0) AS open, sum(state = 1) AS circled, sum(state = 2) AS rejected, sum(state = 3) AS conflict
                FROM proposals GROUP BY asset
            ) t ON t.asset = a.id;
        INSERT INTO shelf_titles (shelf_titles) VALUES ('rebuild');
    ",
};

/// Assets that came in the same millisecond have as many numbers among them.
const SAME_MILLIS_BITS: u32 = 20;
/// The latest time that still has numbers: in the year 2248.
const LAST_MILLIS: u64 = (1 << (63 - SAME_MILLIS_BITS)) - 1;
/// A search counts no further; whoever finds more types another letter.
const MOST_COUNTED: u64 = 10_000;
/// As many of the newest titles are read through for one or two letters, of which there is no index.
const MOST_READ: u64 = 100_000;
/// Up to as many assets under a filter have their titles read rather than looked up in the index.
const FEW: u64 = 20_000;
/// Letters of an entry of the index of titles.
const LETTERS: usize = 3;

/// Puts an asset into its place in the library, or moves or renames the one that is there.
pub fn put(conn: &Connection, asset: AssetId, title: &str, added: Hlc) -> Result<(), Trouble> {
    let known = conn
        .prepare_cached("SELECT number, title FROM shelf WHERE asset = ?1")?
        .query_row([asset.bytes()], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    let base = int(added.millis.min(LAST_MILLIS)) << SAME_MILLIS_BITS;
    let Some((number, before)) = known else {
        let number = free_number(conn, base)?;
        // Proposals may have come before their asset.
        conn.prepare_cached(
            "INSERT INTO shelf (number, asset, title, open, circled, rejected, conflict)
             SELECT ?1, ?2, ?3, count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1),
                count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 3)
             FROM proposals WHERE asset = ?2",
        )?
        .execute(params![number, asset.bytes(), title])?;
        return word(conn, number, title);
    };
    let stays = number >> SAME_MILLIS_BITS == base >> SAME_MILLIS_BITS;
    if stays && before == title {
        return Ok(());
    }
    conn.prepare_cached("INSERT INTO shelf_titles (shelf_titles, rowid, title) VALUES ('delete', ?1, ?2)")?
        .execute(params![number, before])?;
    let moved = if stays { number } else { free_number(conn, base)? };
    conn.prepare_cached("UPDATE shelf SET number = ?2, title = ?3 WHERE number = ?1")?
        .execute(params![number, moved, title])?;
    word(conn, moved, title)
}

fn word(conn: &Connection, number: i64, title: &str) -> Result<(), Trouble> {
    conn.prepare_cached("INSERT INTO shelf_titles (rowid, title) VALUES (?1, ?2)")?
        .execute(params![number, title])?;
    Ok(())
}

/// The next number of a millisecond.
fn free_number(conn: &Connection, base: i64) -> Result<i64, Trouble> {
    let last = base | ((1 << SAME_MILLIS_BITS) - 1);
    let used: Option<i64> = conn
        .prepare_cached("SELECT max(number) FROM shelf WHERE number BETWEEN ?1 AND ?2")?
        .query_row([base, last], |row| row.get(0))?;
    match used {
        None => Ok(base),
        Some(used) if used < last => Ok(used + 1),
        // A million in one millisecond, by a clock that stands still: any number that is free nearby.
        Some(_) => Ok(conn
            .prepare_cached(
                "SELECT number - 1 FROM shelf WHERE number <= ?1
                 AND NOT EXISTS (SELECT 1 FROM shelf below WHERE below.number = shelf.number - 1)
                 ORDER BY number DESC LIMIT 1",
            )?
            .query_row([last], |row| row.get(0))?),
    }
}

/// Forgets everything, for a rebuild.
pub fn clear(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(
        "INSERT INTO shelf_titles (shelf_titles) VALUES ('delete-all');
         DELETE FROM shelf;
         UPDATE shelf_counts SET assets = 0, with_open = 0, with_circled = 0, with_flagged = 0,
            open = 0, circled = 0, rejected = 0, conflict = 0;",
    )
}

/// Numbers of the library, newest first, and how many there are.
struct Numbers {
    window: Vec<i64>,
    count: u64,
    more: bool,
}

/// What the library holds altogether.
struct Counts {
    assets: u64,
    with_open: u64,
    with_circled: u64,
    with_flagged: u64,
    tally: Tally,
}

impl Counts {
    fn read(conn: &Connection) -> Result<Self, Trouble> {
        let mut select = conn.prepare_cached(
            "SELECT assets, with_open, with_circled, with_flagged, open, circled, rejected, conflict FROM shelf_counts",
        )?;
        Ok(select.query_row([], |row| {
            Ok(Self {
                assets: uint(row, 0)?,
                with_open: uint(row, 1)?,
                with_circled: uint(row, 2)?,
                with_flagged: uint(row, 3)?,
                tally: tally_of(row, 4)?,
            })
        })?)
    }

    const fn under(&self, filter: LibraryFilter) -> u64 {
        match filter {
            LibraryFilter::All => self.assets,
            LibraryFilter::Open => self.with_open,
            LibraryFilter::Circled => self.with_circled,
            LibraryFilter::Flagged => self.with_flagged,
        }
    }
}

/// A tally from four columns.
pub fn tally_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Tally> {
    Ok(Tally {
        open: uint(row, column)?,
        circled: uint(row, column + 1)?,
        rejected: uint(row, column + 2)?,
        conflict: uint(row, column + 3)?,
    })
}

/// The condition of a filter in the words of its index, so that the index serves it.
const fn condition(filter: LibraryFilter) -> &'static str {
    match filter {
        LibraryFilter::All => "TRUE",
        LibraryFilter::Open => "open + conflict > 0",
        LibraryFilter::Circled => "circled > 0",
        LibraryFilter::Flagged => "conflict > 0",
    }
}

impl Catalog {
    /// A window of the library, the latest added first, and how many there are.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn library(&self, query: &LibraryQuery) -> Result<Library, CatalogError> {
        self.read(|conn| {
            let counts = Counts::read(conn)?;
            let words: Vec<String> = query.words.split_whitespace().map(str::to_lowercase).collect();
            let numbers = if words.is_empty() {
                window(conn, query, &counts)?
            } else if few(query.filter, &counts) || !words.iter().any(|word| is_indexed(word)) {
                read_through(conn, query, &words)?
            } else {
                look_up(conn, query, &words)?
            };
            Ok(Library {
                assets: listed(conn, &numbers.window)?,
                count: numbers.count,
                more: numbers.more,
                total: counts.assets,
                tally: counts.tally,
            })
        })
    }

    /// These assets as the library lists them, in the order asked for; what is not known is left out.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn listed(&self, assets: &[AssetId]) -> Result<Vec<ListedAsset>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached("SELECT number FROM shelf WHERE asset = ?1")?;
            let mut numbers = Vec::with_capacity(assets.len());
            for asset in assets {
                numbers.extend(
                    select
                        .query_row([asset.bytes()], |row| row.get::<_, i64>(0))
                        .optional()?,
                );
            }
            listed(conn, &numbers)
        })
    }

    /// How many stand before this asset in what [`Catalog::library`] lists under `filter`; none when it is not among them.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn place_in_library(
        &self,
        asset: AssetId,
        filter: LibraryFilter,
    ) -> Result<Option<u64>, CatalogError> {
        self.read(|conn| {
            let among = condition(filter);
            let number: Option<i64> = conn
                .prepare_cached(&format!("SELECT number FROM shelf WHERE asset = ?1 AND {among}"))?
                .query_row([asset.bytes()], |row| row.get(0))
                .optional()?;
            let Some(number) = number else { return Ok(None) };
            let before = conn
                .prepare_cached(&format!(
                    "SELECT count(*) FROM shelf WHERE number > ?1 AND {among}"
                ))?
                .query_row([number], |row| uint(row, 0))?;
            Ok(Some(before))
        })
    }
}

/// Whether so few are under this filter that reading their titles is quicker than looking words up among all.
const fn few(filter: LibraryFilter, counts: &Counts) -> bool {
    !matches!(filter, LibraryFilter::All) && counts.under(filter) <= FEW
}

/// Without words: from whichever end is nearer, because an offset is walked.
fn window(conn: &Connection, query: &LibraryQuery, counts: &Counts) -> Result<Numbers, Trouble> {
    let count = counts.under(query.filter);
    let (offset, limit) = (query.offset.min(count), u64::from(query.limit));
    let behind = count.saturating_sub(offset + limit);
    let among = condition(query.filter);
    let walk = |order: &str, offset: u64, limit: u64| -> Result<Vec<i64>, Trouble> {
        let mut select = conn.prepare_cached(&format!(
            "SELECT number FROM shelf WHERE {among} ORDER BY number {order} LIMIT ?1 OFFSET ?2"
        ))?;
        Ok(select
            .query_map([int(limit), int(offset)], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    };
    let window = if offset <= behind {
        walk("DESC", offset, limit)?
    } else {
        let mut window = walk("ASC", behind, limit.min(count - offset))?;
        window.reverse();
        window
    };
    Ok(Numbers {
        window,
        count,
        more: false,
    })
}

/// Whether the index knows a word.
fn is_indexed(word: &str) -> bool {
    word.chars().count() >= LETTERS
}

fn holds(title: &str, words: &[String]) -> bool {
    let title = title.to_lowercase();
    words.iter().all(|word| title.contains(word))
}

/// Titles that hold all these words, by the index of three letters.
fn look_up(conn: &Connection, query: &LibraryQuery, words: &[String]) -> Result<Numbers, Trouble> {
    let (known, short): (Vec<String>, Vec<String>) = words.iter().cloned().partition(|word| is_indexed(word));
    let phrases: Vec<String> = known
        .iter()
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    let (title, from, among) = match (short.is_empty(), query.filter) {
        (true, LibraryFilter::All) => ("NULL", "", String::new()),
        (_, filter) => (
            "shelf.title",
            "CROSS JOIN shelf ON shelf.number = shelf_titles.rowid",
            format!("AND {}", condition(filter)),
        ),
    };
    let mut select = conn.prepare_cached(&format!(
        "SELECT shelf_titles.rowid, {title} FROM shelf_titles {from} WHERE shelf_titles MATCH ?1 {among}
         ORDER BY shelf_titles.rowid DESC"
    ))?;
    let mut rows = select.query([phrases.join(" AND ")])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if !short.is_empty() && !holds(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?, &short) {
            continue;
        }
        found.push(row.get(0)?);
        if found.len() as u64 > MOST_COUNTED {
            break;
        }
    }
    Ok(cut(found, query))
}

/// Titles that hold all these words, by reading them.
fn read_through(conn: &Connection, query: &LibraryQuery, words: &[String]) -> Result<Numbers, Trouble> {
    let mut select = conn.prepare_cached(&format!(
        "SELECT number, title FROM shelf WHERE {} ORDER BY number DESC LIMIT ?1",
        condition(query.filter)
    ))?;
    let mut rows = select.query([int(MOST_READ + 1)])?;
    let (mut found, mut read) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        read += 1;
        if read > MOST_READ {
            break;
        }
        let title = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        if holds(title, words) {
            found.push(row.get(0)?);
        }
    }
    let mut numbers = cut(found, query);
    numbers.more |= read > MOST_READ;
    Ok(numbers)
}

fn cut(found: Vec<i64>, query: &LibraryQuery) -> Numbers {
    let count = (found.len() as u64).min(MOST_COUNTED);
    let place = |at: u64| usize::try_from(at.min(count)).unwrap_or(usize::MAX);
    let window = place(query.offset)..place(query.offset.saturating_add(u64::from(query.limit)));
    Numbers {
        more: found.len() as u64 > count,
        window: found.get(window).unwrap_or_default().to_vec(),
        count,
    }
}

/// What is listed under these numbers, in their order.
fn listed(conn: &Connection, numbers: &[i64]) -> Result<Vec<ListedAsset>, Trouble> {
    let mut select = conn.prepare_cached(
        "SELECT a.id, a.title, a.size_bytes, a.media, a.added_millis, a.added_counter,
            s.open, s.circled, s.rejected, s.conflict
         FROM shelf s JOIN assets a ON a.id = s.asset WHERE s.number = ?1",
    )?;
    let mut places = conn.prepare_cached(
        "SELECT place, principal, workstation, person, role, millis, counter FROM locations WHERE asset = ?1
         ORDER BY millis DESC, counter DESC, place",
    )?;
    let mut all = Vec::with_capacity(numbers.len());
    for number in numbers {
        let found = select
            .query_row([number], |row| {
                Ok(ListedAsset {
                    entry: AssetEntry {
                        asset: id(row, 0)?,
                        title: row.get(1)?,
                        size_bytes: uint(row, 2)?,
                        media: json(row, 3)?,
                    },
                    added: clock_of(row, 4)?,
                    tally: tally_of(row, 6)?,
                    open_threads: 0,
                    locations: Vec::new(),
                })
            })
            .optional()?;
        let Some(mut one) = found else { continue };
        let asset = one.entry.asset;
        one.open_threads = open_threads(conn, asset)?;
        one.locations = places
            .query_map([asset.bytes()], |row| {
                Ok(LocationRecord {
                    location: ledger::Location {
                        asset,
                        place: row.get(0)?,
                    },
                    author: author_of(row, 1)?,
                    clock: clock_of(row, 5)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        all.push(one);
    }
    Ok(all)
}
