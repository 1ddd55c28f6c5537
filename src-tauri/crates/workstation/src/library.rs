//! The library by windows: as much of it as somebody looks at.

use fault::Fault;
use ledger::AssetId;

use crate::assets::{ON_ITS_WAY, tally_view};
use crate::faults::OrFault as _;
use crate::views::{AssetRow, AssetState, LibraryFilter, LibraryList, LibraryQuery};
use crate::workstation::Workstation;

/// No answer has more rows, whatever was asked for.
const MOST_ROWS: u32 = 1000;
/// Rows of an answer to somebody who does not say how many.
const USUAL_ROWS: u32 = 200;

impl Workstation {
    /// A window of the library, newest first: files that are on their way in, then what came in.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn library(&self, query: &LibraryQuery) -> Result<LibraryList, Fault> {
        let on_their_way = self.assets_on_their_way()?;
        let words: Vec<String> = query.words.split_whitespace().map(str::to_lowercase).collect();
        let before: Vec<&AssetRow> = on_their_way
            .iter()
            .filter(|row| is_among(row, query.filter) && holds(&row.title, &words))
            .collect();
        let first = before.len() as u64;
        let limit = query.limit.unwrap_or(USUAL_ROWS).min(MOST_ROWS);
        let mut assets: Vec<AssetRow> = match &query.ids {
            Some(ids) => self.rows_of(ids, &on_their_way)?,
            None => before
                .iter()
                .skip(usize::try_from(query.offset).unwrap_or(usize::MAX))
                .take(limit as usize)
                .map(|row| (*row).clone())
                .collect(),
        };
        let taken = u32::try_from(assets.len()).unwrap_or(u32::MAX);
        let found = self
            .catalog
            .library(&catalog::LibraryQuery {
                filter: to_catalog(query.filter),
                words: query.words.clone(),
                offset: query.offset.saturating_sub(first),
                limit: if query.ids.is_some() {
                    0
                } else {
                    limit - taken.min(limit)
                },
            })
            .or_fault()?;
        for asset in &found.assets {
            assets.push(self.row(asset)?);
        }
        let place = match &query.place_of {
            Some(id) => self.place_of(id, query.filter, &before)?,
            None => None,
        };
        Ok(LibraryList {
            assets,
            count: first + found.count,
            more: found.more,
            total: on_their_way.len() as u64 + found.total,
            tally: tally_view(found.tally),
            place,
        })
    }

    /// How many assets are in.
    pub(crate) fn asset_count(&self) -> Result<u64, Fault> {
        let none = catalog::LibraryQuery::default();
        Ok(self.catalog.library(&none).or_fault()?.total)
    }

    /// The rows of these, in their order; what is not known is left out.
    fn rows_of(&self, ids: &[String], on_their_way: &[AssetRow]) -> Result<Vec<AssetRow>, Fault> {
        let mut rows = Vec::new();
        for id in ids.iter().take(MOST_ROWS as usize) {
            if id.starts_with(ON_ITS_WAY) {
                rows.extend(on_their_way.iter().find(|row| row.id == *id).cloned());
            } else if let Ok(asset) = id.parse::<AssetId>() {
                for listed in self.catalog.listed(&[asset]).or_fault()? {
                    rows.push(self.row(&listed)?);
                }
            }
        }
        Ok(rows)
    }

    fn place_of(&self, id: &str, filter: LibraryFilter, before: &[&AssetRow]) -> Result<Option<u64>, Fault> {
        if let Some(place) = before.iter().position(|row| row.id == id) {
            return Ok(Some(place as u64));
        }
        let Ok(asset) = id.parse::<AssetId>() else {
            return Ok(None);
        };
        let place = self
            .catalog
            .place_in_library(asset, to_catalog(filter))
            .or_fault()?;
        Ok(place.map(|place| before.len() as u64 + place))
    }
}

fn holds(title: &str, words: &[String]) -> bool {
    let title = title.to_lowercase();
    words.iter().all(|word| title.contains(word))
}

/// Whether a file on its way in is shown under this filter.
fn is_among(row: &AssetRow, filter: LibraryFilter) -> bool {
    match filter {
        LibraryFilter::All => true,
        LibraryFilter::Flagged => row.state == AssetState::Failed,
        LibraryFilter::Open | LibraryFilter::Circled | LibraryFilter::Ready => false,
    }
}

const fn to_catalog(filter: LibraryFilter) -> catalog::LibraryFilter {
    match filter {
        LibraryFilter::All | LibraryFilter::Ready => catalog::LibraryFilter::All,
        LibraryFilter::Open => catalog::LibraryFilter::Open,
        LibraryFilter::Circled => catalog::LibraryFilter::Circled,
        LibraryFilter::Flagged => catalog::LibraryFilter::Flagged,
    }
}
