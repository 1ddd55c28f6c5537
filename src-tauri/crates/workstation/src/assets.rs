//! Assets as they are shown.

use catalog::{AssetRecord, ListedAsset};
use fault::{Code, Fault};
use ledger::{AssetId, ProposalId, Tally};
use media::{FieldOrder, IngestReport, MediaInfo, VideoInfo};

use crate::faults::OrFault as _;
use crate::frames::{AssetHead, FrameClock};
use crate::place;
use crate::views::{
    AssetDetail, AssetRow, AssetState, AudioTrack, LoudnessView, ProxyView, SpriteView, TallyView, VideoTrack,
};
use crate::workstation::Workstation;

/// Digits a shortened id needs at least.
const MIN_PREFIX: usize = 6;
/// What the id of an asset on its way in begins with; the number of its job follows.
pub(crate) const ON_ITS_WAY: &str = "job-";
/// Rows read at once where all are wanted.
const ROWS_AT_ONCE: u32 = 1000;

impl Workstation {
    /// Everything in the library, newest first, with the files that are on their way in: for the command line, which prints it
    /// all. A desk asks for windows of it ([`Workstation::library`]).
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn assets(&self) -> Result<Vec<AssetRow>, Fault> {
        let mut rows = self.assets_on_their_way()?;
        let mut query = catalog::LibraryQuery {
            limit: ROWS_AT_ONCE,
            ..catalog::LibraryQuery::default()
        };
        loop {
            let window = self.catalog.library(&query).or_fault()?;
            for asset in &window.assets {
                rows.push(self.row(asset)?);
            }
            query.offset += u64::from(ROWS_AT_ONCE);
            if query.offset >= window.count {
                return Ok(rows);
            }
        }
    }

    /// One asset with everything the inspector shows; of one on its way in what is known of it.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn asset(&self, id: &str) -> Result<AssetDetail, Fault> {
        if let Some(job) = self.on_its_way(id)? {
            return Ok(detail_on_its_way(job));
        }
        let record = self.asset_record(self.resolve_asset(id)?)?;
        let head = AssetHead::of(&record)?;
        // What was measured may still be in a lake that is away: the rest is shown.
        let report = match self.report(record.entry.asset) {
            Ok(report) => Some(report),
            Err(fault) if self.lake.is_far() => {
                tracing::info!("{}: what was measured is not here: {fault}", record.entry.title);
                None
            }
            Err(fault) => return Err(fault),
        };
        let row = self.row(&catalog::ListedAsset {
            entry: record.entry.clone(),
            added: record.added,
            tally: record.tally,
            open_threads: self.catalog.open_threads(record.entry.asset).or_fault()?,
            locations: record.locations.clone(),
        })?;
        let clock = self.label_clock(record.entry.asset)?;
        let proxy = record
            .renditions
            .iter()
            .find(|rendition| rendition.name == "proxy");
        let end_timecode = row
            .start_timecode
            .as_ref()
            .map(|_| clock.label(clock.frame_count()));
        Ok(AssetDetail {
            row,
            size_bytes: record.entry.size_bytes,
            container: head.media.container.clone(),
            video: head.media.video.as_ref().map(video_track),
            audio: audio_tracks(&head.media),
            sprites: report
                .as_ref()
                .and_then(|report| report.sprites.as_ref())
                .map(|sprites| SpriteView {
                    tile_width: sprites.tile_width,
                    tile_height: sprites.tile_height,
                    columns: sprites.columns,
                    rows: sprites.rows,
                    sheets: u32::try_from(sprites.sheets.len()).unwrap_or(u32::MAX),
                    frames: sprites.frames.clone(),
                }),
            proxy: proxy.zip(report.as_ref()).map(|(rendition, report)| ProxyView {
                width: report.proxy.width,
                height: report.proxy.height,
                size_bytes: rendition.size_bytes,
            }),
            loudness: report
                .as_ref()
                .and_then(|report| report.loudness.as_ref())
                .map(|loudness| LoudnessView {
                    integrated_lufs: loudness.integrated_lufs_milli.map(thousandths),
                    range_lu: loudness.range_lu_milli.map(thousandths),
                    true_peak_dbtp: loudness.true_peak_dbtp_milli.map(thousandths),
                }),
            notes: report.map(|report| report.notes).unwrap_or_default(),
            end_timecode,
            places: self.places_of(&record)?,
            kept: self.kept_of(&record)?,
        })
    }

    /// Where originals were found, and which of them others took away again.
    fn places_of(&self, record: &AssetRecord) -> Result<Vec<String>, Fault> {
        let mut places = Vec::new();
        for known in &record.locations {
            let place = known.location.place.as_str();
            let mut shown = shown_place(place);
            if let Some(Ok(key)) = place::lake_key(place).map(lake::Key::new)
                && self.is_gone(&key)?
            {
                shown.push_str(" (no longer in the lake)");
            }
            places.push(shown);
        }
        Ok(places)
    }

    /// An asset by its id, by the first digits of it, six at least, or by the job that took it in (`job-7`).
    ///
    /// # Errors
    /// Nothing or more than one begins so, one that is still on its way in, and trouble with the store.
    pub fn resolve_asset(&self, id: &str) -> Result<AssetId, Fault> {
        if let Some(number) = id.strip_prefix(ON_ITS_WAY) {
            let job = self.ingest_job(number)?;
            return match (self.asset_of(&job)?, job.state) {
                (Some(asset), _) => Ok(asset),
                (None, catalog::JobState::Queued | catalog::JobState::Running) => Err(Fault::new(
                    Code::Conflict,
                    format!("{} is still being taken in.", job.new.title),
                )
                .hint("It can be opened as soon as that is done; Activity shows how far it is.")),
                (None, _) => Err(
                    Fault::new(Code::NotFound, format!("{} was not taken in.", job.new.title))
                        .hint("Activity says why, and can try again."),
                ),
            };
        }
        if let Ok(asset) = id.parse::<AssetId>() {
            return Ok(asset);
        }
        check_prefix(id, "asset")?;
        one_of(
            self.catalog
                .assets_with_prefix(&id.to_ascii_lowercase())
                .or_fault()?,
            id,
            "asset",
        )
    }

    /// The ingest behind an id of the form `job-7`, until it has become an asset.
    pub(crate) fn on_its_way(&self, id: &str) -> Result<Option<catalog::Job>, Fault> {
        let Some(number) = id.strip_prefix(ON_ITS_WAY) else {
            return Ok(None);
        };
        let job = self.ingest_job(number)?;
        Ok(self.asset_of(&job)?.is_none().then_some(job))
    }

    fn ingest_job(&self, number: &str) -> Result<catalog::Job, Fault> {
        let job = self.catalog.job(crate::jobs::parse_id(number)?).or_fault()?;
        job.filter(|job| job.new.kind == "ingest")
            .ok_or_else(|| Fault::new(Code::NotFound, format!("There is no asset {ON_ITS_WAY}{number}.")))
    }

    /// What an ingest became, once it is whole.
    fn asset_of(&self, job: &catalog::Job) -> Result<Option<AssetId>, Fault> {
        match job.new.asset {
            Some(asset) => Ok(self.is_whole(asset)?.then_some(asset)),
            None => Ok(None),
        }
    }

    /// A proposal by its id or the first digits of it, six at least.
    ///
    /// # Errors
    /// Nothing or more than one begins so, and trouble with the store.
    pub fn resolve_proposal(&self, id: &str) -> Result<ProposalId, Fault> {
        if let Ok(proposal) = id.parse::<ProposalId>() {
            return Ok(proposal);
        }
        check_prefix(id, "proposal")?;
        one_of(
            self.catalog
                .proposals_with_prefix(&id.to_ascii_lowercase())
                .or_fault()?,
            id,
            "proposal",
        )
    }

    /// What the ingest of an asset learned.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn report(&self, asset: AssetId) -> Result<IngestReport, Fault> {
        IngestReport::load(&self.rendition_path(asset, "report")?).or_fault()
    }

    /// A row of the library.
    pub(crate) fn row(&self, record: &ListedAsset) -> Result<AssetRow, Fault> {
        let head = AssetHead::of_entry(&record.entry)?;
        let clock = FrameClock::new(&head, None);
        let video = head.media.video.as_ref();
        let own = self.author();
        let here = record
            .locations
            .iter()
            .find(|location| location.author.workstation == own.workstation);
        let location = here.or(record.locations.first());
        Ok(AssetRow {
            id: record.entry.asset.to_string(),
            title: record.entry.title.clone(),
            source: location
                .map(|location| shown_place(&location.location.place))
                .unwrap_or_default(),
            duration_secs: if head.media.still {
                0.0
            } else {
                head.duration.as_secs_f64()
            },
            frame_count: head.frame_count,
            frame_rate: video.and_then(|video| video.rate).map(|rate| rate.to_string()),
            vfr: video.is_some_and(|video| video.vfr),
            start_timecode: video
                .and_then(|_| clock.timecode(0))
                .map(|label| label.to_string()),
            drop_frame: clock.timecode(0).is_some_and(timebase::Timecode::is_drop_frame),
            width: video.map_or(0, |video| video.display_width),
            height: video.map_or(0, |video| video.display_height),
            video_codec: video.map(|video| video.codec.clone()).unwrap_or_default(),
            audio_channels: head
                .media
                .audio
                .iter()
                .find(|track| track.main)
                .map_or(0, |track| track.channels),
            state: AssetState::Ready,
            job: None,
            progress: None,
            tally: tally_view(record.tally),
            open_threads: record.open_threads,
            added_millis: record.added.millis,
            hdr: video.and_then(|video| video.hdr).map(hdr_word),
            still: head.media.still,
            interlaced: video.is_some_and(|video| video.field_order != FieldOrder::Progressive),
        })
    }

    /// Ingest jobs that have not become an asset yet, as rows: of several for one file the latest, and of failed ones only
    /// those whose file was not taken in since.
    pub(crate) fn assets_on_their_way(&self) -> Result<Vec<AssetRow>, Fault> {
        let mut latest = std::collections::BTreeMap::new();
        for job in self
            .catalog
            .jobs(500)
            .or_fault()?
            .into_iter()
            .filter(|job| job.new.kind == "ingest")
        {
            let place = job
                .new
                .request
                .get("place")
                .and_then(|place| place.as_str())
                .unwrap_or_default()
                .to_owned();
            let newer = latest
                .get(&place)
                .is_none_or(|other: &catalog::Job| other.id < job.id);
            if newer {
                latest.insert(place, job);
            }
        }
        let mut rows = Vec::new();
        for (place, job) in latest {
            match job.state {
                // A kill between the last entry and the end of its job leaves one whose asset is whole.
                catalog::JobState::Queued | catalog::JobState::Running if self.asset_of(&job)?.is_none() => {
                    rows.push(row_on_its_way(job));
                }
                catalog::JobState::Failed if !self.is_in(&place)? => rows.push(row_on_its_way(job)),
                _ => {}
            }
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.added_millis));
        Ok(rows)
    }

    fn is_in(&self, place: &str) -> Result<bool, Fault> {
        match place::from_uri(place) {
            Some(path) => Ok(self.finished_before(&path)?.is_some()),
            None => Ok(false),
        }
    }
}

pub(crate) fn row_on_its_way(job: catalog::Job) -> AssetRow {
    let place = job.new.request.get("place").and_then(|place| place.as_str());
    let source = place.map(shown_place).unwrap_or_default();
    let state = match job.state {
        catalog::JobState::Queued => AssetState::Queued,
        // Done is one whose asset is not whole yet, for another instant.
        catalog::JobState::Running | catalog::JobState::Done => AssetState::Ingesting,
        catalog::JobState::Failed | catalog::JobState::Cancelled => AssetState::Failed,
    };
    let added_millis = job.queued_millis;
    let shown = crate::jobs::view(job);
    AssetRow {
        id: format!("{ON_ITS_WAY}{}", shown.id),
        title: shown.title,
        source,
        duration_secs: 0.0,
        frame_count: 0,
        frame_rate: None,
        vfr: false,
        start_timecode: None,
        drop_frame: false,
        width: 0,
        height: 0,
        video_codec: String::new(),
        audio_channels: 0,
        state,
        job: Some(shown.id),
        progress: shown.progress,
        tally: TallyView::default(),
        open_threads: 0,
        added_millis,
        hdr: None,
        still: false,
        interlaced: false,
    }
}

fn detail_on_its_way(job: catalog::Job) -> AssetDetail {
    let size_bytes = job.new.request.get("size_bytes").and_then(|size| size.as_u64());
    let row = row_on_its_way(job);
    AssetDetail {
        size_bytes: size_bytes.unwrap_or(0),
        container: String::new(),
        video: None,
        audio: Vec::new(),
        sprites: None,
        proxy: None,
        loudness: None,
        notes: Vec::new(),
        end_timecode: None,
        places: vec![row.source.clone()],
        kept: None,
        row,
    }
}

pub(crate) fn check_prefix(id: &str, what: &str) -> Result<(), Fault> {
    let digits = id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits && (MIN_PREFIX..32).contains(&id.len()) {
        return Ok(());
    }
    Err(Fault::new(
        Code::BadRequest,
        format!("Not the id of {} {what}: {id}", article(what)),
    )
    .hint(format!(
        "An id has 32 hexadecimal digits; its first {MIN_PREFIX} or more will do."
    )))
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

pub(crate) fn one_of<T: Copy>(found: Vec<T>, id: &str, what: &str) -> Result<T, Fault> {
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Fault::new(
            Code::NotFound,
            format!("There is no {what} whose id begins with {id}."),
        )),
        more => Err(Fault::new(
            Code::BadRequest,
            format!("{} {what}s have ids that begin with {id}.", more.len()),
        )
        .hint("Give more digits.")),
    }
}

/// A place for people: a path, or a key of the lake.
pub(crate) fn shown_place(text: &str) -> String {
    match place::from_uri(text) {
        Some(path) => place::shown(&path),
        None => text.to_owned(),
    }
}

pub(crate) fn tally_view(tally: Tally) -> TallyView {
    TallyView {
        open: tally.open,
        circled: tally.circled,
        rejected: tally.rejected,
        conflict: tally.conflict,
    }
}

fn thousandths(value: i32) -> f64 {
    f64::from(value) / 1000.0
}

fn hdr_word(hdr: media::Hdr) -> String {
    match hdr {
        media::Hdr::Pq => "pq".to_owned(),
        media::Hdr::Hlg => "hlg".to_owned(),
    }
}

fn video_track(video: &VideoInfo) -> VideoTrack {
    let field_order = match video.field_order {
        FieldOrder::Progressive => "progressive",
        FieldOrder::TopFirst => "top first",
        FieldOrder::BottomFirst => "bottom first",
    };
    VideoTrack {
        codec: video.codec.clone(),
        profile: video.profile.clone().unwrap_or_default(),
        coded_width: video.width,
        coded_height: video.height,
        pixel_aspect: format!("{}:{}", video.sample_aspect.0, video.sample_aspect.1),
        rotation_degrees: i32::from(video.rotation_degrees),
        pixel_format: video.pixel_format.clone(),
        bit_depth: u32::from(video.bit_depth),
        primaries: video.primaries.clone().unwrap_or_default(),
        transfer: video.transfer.clone().unwrap_or_default(),
        matrix: video.matrix.clone().unwrap_or_default(),
        full_range: video.full_range,
        field_order: field_order.to_owned(),
    }
}

fn audio_tracks(media: &MediaInfo) -> Vec<AudioTrack> {
    let track = |audio: &media::AudioInfo| AudioTrack {
        codec: audio.codec.clone(),
        channels: audio.channels,
        sample_rate: audio.sample_rate,
        language: audio.language.clone().unwrap_or_default(),
        title: audio.title.clone().unwrap_or_default(),
    };
    media.audio.iter().map(track).collect()
}
