//! One file, read once: proxy, index, pictures, peaks and findings are made in a staging folder, then put into the lake,
//! then written in the journal. Only the last step makes them count, and every step can be repeated.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use catalog::{NewJob, Progress, Sighting, Urgency};
use fault::{Code, Fault};
use lake::{Key, layout};
use ledger::{AssetEntry, AssetId, Body, Location, Rendition, RunEntry};
use media::{FrameIndex, IngestOptions, IngestProgress, IngestReport};
use serde_json::json;

use crate::apart::Reading;
use crate::faults::{self, OrFault as _};
use crate::frames::{AssetHead, FrameClock};
use crate::home::now_millis;
use crate::intake::fingerprint;
use crate::jobs::{Ending, Reporter};
use crate::lakeside::{Stored, hash_of};
use crate::settings::{IngestSettings, Originals};
use crate::staging::Stage;
use crate::workstation::Workstation;
use crate::{place, words};

/// Rate and time left are said once so much time has passed; before, they jump.
const RATE_AFTER_SECS: f64 = 0.5;

impl Workstation {
    /// The work of one `ingest` job.
    pub(crate) fn run_ingest(
        self: &Arc<Self>,
        job: &catalog::Job,
        report: &mut Reporter,
    ) -> Result<Ending, Fault> {
        let key = job.new.request.get("place").and_then(|place| place.as_str());
        if let Some(key) = key.and_then(place::lake_key) {
            return self.ingest_foreign(key, job, report);
        }
        match self.ingest_file(job, report) {
            Err(fault) if fault.code == Code::Cancelled => report.broken_off(),
            ended => ended,
        }
    }

    fn ingest_file(self: &Arc<Self>, job: &catalog::Job, report: &mut Reporter) -> Result<Ending, Fault> {
        let request = job.new.request.get("place").and_then(|place| place.as_str());
        let source = request
            .and_then(place::from_uri)
            .ok_or_else(|| Fault::new(Code::BadRequest, "This job names no file."))?;
        let origin = Origin {
            path: &source,
            key: None,
        };
        let (_, words, looks) = self.read_in(&origin, report)?;
        Ok(Ending::DoneThen(words, looks))
    }

    /// Reads a file in, if it was not before. Answers its asset, a closing word and what follows.
    pub(crate) fn read_in(
        self: &Arc<Self>,
        origin: &Origin<'_>,
        report: &mut Reporter,
    ) -> Result<(AssetId, String, Vec<NewJob>), Fault> {
        let source = origin.path;
        let before = fingerprint(source).map_err(|error| {
            faults::from_io(
                &error,
                Code::Unreadable,
                format!("Cannot read {}", place::shown(source)),
            )
            .hint("Check that the disk is mounted and that you may read the file.")
        })?;
        if let Some(asset) = self.finished_before(source)? {
            report.about(asset)?;
            if origin.key.is_some() {
                self.note_location(asset, origin, before)?;
            }
            let looks = self.missing_looks(asset)?;
            return Ok((asset, format!("Was taken in before as {asset}."), looks));
        }
        if let Some(asset) = self.known_by_content(source, before.0, report)? {
            report.about(asset)?;
            self.note_location(asset, origin, before)?;
            let looks = self.missing_looks(asset)?;
            let words = "The same bytes are in the lake already; this place was noted.".to_owned();
            return Ok((asset, words, looks));
        }
        let stage = Stage::make(&self.home.staging(), report.id())?;
        // As they are now: a change in the middle must not give the files a key that names other settings.
        let wished = self.settings().ingest;
        let options = IngestOptions {
            proxy_height_max: wished.proxy_height_max,
            ..IngestOptions::default()
        };
        let pace = Pace::start();
        let mut say = |progress: &IngestProgress| {
            // A copy that is in use is not taken away to make room.
            if let Some(key) = origin.key
                && let Err(fault) = self.near_copy(key)
            {
                tracing::debug!("{key}: {fault}");
            }
            report.say(pace.progress(progress))
        };
        let reading = Reading::with(self.reader.as_deref(), self.home.root());
        let learned = reading.ingest(source, stage.dir(), &options, &mut say)?;
        if fingerprint(source).ok() != Some(before) {
            return Err(Fault::new(
                Code::Conflict,
                format!("The file changed while it was read: {}", place::shown(source)),
            )
            .hint("Wait until it is written, then try again."));
        }
        let made = Made {
            origin,
            found: before,
            stage,
            learned,
            wished,
        };
        let asset = self.settle(&made, report)?;
        let looks = if made.wished.second_looks {
            vec![self.look_job(asset, &[])?]
        } else {
            Vec::new()
        };
        Ok((asset, self.closing_word(asset, &made.learned)?, looks))
    }

    /// Puts everything into the lake and, last, the entries into the journal.
    fn settle(self: &Arc<Self>, made: &Made<'_>, report: &mut Reporter) -> Result<AssetId, Fault> {
        let Made { origin, learned, .. } = made;
        let hash = blake3::Hash::from_hex(&learned.blake3)
            .map_err(|error| Fault::new(Code::Internal, "The ingest gave no hash.").because(&error))?;
        let asset = AssetId::from_hash(hash);
        report.about(asset)?;
        let place = self.settle_original(made, asset, report)?;
        let mut bodies = vec![
            Body::Asset(asset_entry(origin, asset, learned)?),
            Body::Location(Location { asset, place }),
        ];
        bodies.extend(
            self.settle_renditions(made, asset, report)?
                .into_iter()
                .map(Body::Rendition),
        );
        let runs = self.first_runs(&made.stage, asset, learned)?;
        self.clocks.forget(asset);
        self.record_runs(bodies, &runs)?;
        self.remember(asset, origin.path, made.found)?;
        Ok(asset)
    }

    /// Where the original is from now on: where it was, or, when the settings ask for a copy, under `raw/`.
    fn settle_original(
        &self,
        made: &Made<'_>,
        asset: AssetId,
        report: &mut Reporter,
    ) -> Result<String, Fault> {
        match made.wished.originals {
            // What somebody else put into the lake lies there already.
            Originals::Copy if made.origin.key.is_none() => {
                let name = lake_name(made.origin.path);
                let key = layout::raw(&asset.to_string(), &name).or_fault()?;
                let mut go_on = || report.still("Copying the original");
                self.lake
                    .put_known_file(&key, made.origin.path, &made.learned.blake3, &mut go_on)?;
                let stored = Stored {
                    size_bytes: made.learned.media.size_bytes,
                    blake3: made.learned.blake3.clone(),
                };
                self.owe(&key, &stored, Urgency::Original)?;
                Ok(place::in_lake(key.as_str()))
            }
            Originals::Copy | Originals::Reference => Ok(made.origin.place()),
        }
    }

    fn settle_renditions(
        &self,
        made: &Made<'_>,
        asset: AssetId,
        report: &mut Reporter,
    ) -> Result<Vec<Rendition>, Fault> {
        let id = asset.to_string();
        let made_with = settings_hash(made.wished.proxy_height_max, made.learned.version);
        let mut renditions = Vec::new();
        // The report last: where it is, everything else is.
        for (name, file) in made.stage.files()? {
            let (key, urgency) = if name == "proxy" {
                (layout::proxy(&id, &made_with), Urgency::Proxy)
            } else {
                let key = layout::thumbnails(&id, &format!("{made_with}-{file}"));
                (key, Urgency::Looks)
            };
            let key: Key = key.or_fault()?;
            let stored = self
                .lake
                .put_file_once(&key, &made.stage.dir().join(&file), &mut || {
                    report.still("Storing what was made")
                })?;
            self.owe(&key, &stored, urgency)?;
            let key = key.as_str().to_owned();
            renditions.push(Rendition {
                asset,
                name,
                key,
                size_bytes: stored.size_bytes,
                blake3: stored.blake3,
            });
        }
        Ok(renditions)
    }

    /// The runs whose findings come out of the pass itself: shots and technical faults.
    fn first_runs(
        &self,
        stage: &Stage,
        asset: AssetId,
        learned: &IngestReport,
    ) -> Result<Vec<SettledRun>, Fault> {
        let index = match learned.media.video {
            Some(_) => Some(Arc::new(
                FrameIndex::load(&stage.dir().join(media::FRAMES_FILE)).or_fault()?,
            )),
            None => None,
        };
        let clock = FrameClock::new(&head_of(learned), index);
        crate::looks::first(asset, learned, &clock)
            .into_iter()
            .map(|(run, drafts)| self.store_drafts(run, drafts))
            .collect()
    }

    /// A run's proposals into the lake. Nobody sees them before [`Self::record_runs`].
    pub(crate) fn store_drafts(
        &self,
        run: ledger::Run,
        drafts: Vec<ledger::ProposalDraft>,
    ) -> Result<SettledRun, Fault> {
        let proposals: Vec<_> = drafts
            .into_iter()
            .map(|draft| ledger::Proposal::new(&run, draft))
            .collect();
        let (key, stored) = self.store_run(&run, &proposals)?;
        // Equal drafts are one proposal.
        let distinct: BTreeSet<_> = proposals.iter().map(|proposal| proposal.id).collect();
        let entry = RunEntry {
            run,
            key: key.as_str().to_owned(),
            proposals: distinct.len() as u64,
            blake3: stored.blake3,
        };
        Ok(SettledRun { entry, proposals })
    }

    /// Writes the bodies and the runs into the journal, then shows what the runs propose: what a person can decide on has
    /// its run on disk. Killed in between, the next opening of the home fetches them from the lake.
    pub(crate) fn record_runs(&self, mut bodies: Vec<Body>, runs: &[SettledRun]) -> Result<(), Fault> {
        bodies.extend(runs.iter().map(|settled| Body::Run(settled.entry.clone())));
        self.record(bodies)?;
        self.show_runs(runs)
    }

    /// Shows what runs propose that the journal knows.
    pub(crate) fn show_runs(&self, runs: &[SettledRun]) -> Result<(), Fault> {
        self.catalog.catch_up(&self.journal).or_fault()?;
        for settled in runs {
            self.catalog
                .apply_proposals(settled.entry.run.id, &settled.proposals)
                .or_fault()?;
        }
        Ok(())
    }

    /// For an asset that is whole already: the second looks that a kill between the journal and the end of its job left
    /// undone.
    fn missing_looks(&self, asset: AssetId) -> Result<Vec<NewJob>, Fault> {
        self.fetch_missing_proposals()?;
        if !self.settings().ingest.second_looks {
            return Ok(Vec::new());
        }
        let record = self.asset_record(asset)?;
        let looked = record
            .runs
            .iter()
            .any(|entry| crate::looks::is_second(&entry.run.engine));
        let jobs = self.catalog.jobs(u32::MAX).or_fault()?;
        // Also one that failed or was cancelled: that was seen, or wanted.
        let queued = jobs
            .iter()
            .any(|job| job.new.kind == "look" && job.new.asset == Some(asset));
        if looked || queued {
            return Ok(Vec::new());
        }
        Ok(vec![self.look_job(asset, &[])?])
    }

    /// An asset with these bytes that is whole already; hashing is far cheaper than reading a film's pictures again.
    fn known_by_content(
        &self,
        source: &Path,
        size_bytes: u64,
        report: &mut Reporter,
    ) -> Result<Option<AssetId>, Fault> {
        let candidates = self.catalog.assets_of_size(size_bytes).or_fault()?;
        if size_bytes == 0 || candidates.is_empty() {
            return Ok(None);
        }
        let hash = blake3::Hash::from_hex(hash_of(source, &mut || report.still("Comparing"))?)
            .map_err(|error| Fault::new(Code::Internal, "Not a hash.").because(&error))?;
        let asset = AssetId::from_hash(hash);
        Ok((candidates.contains(&asset) && self.is_whole(asset)?).then_some(asset))
    }

    fn note_location(&self, asset: AssetId, origin: &Origin<'_>, found: (u64, i64)) -> Result<(), Fault> {
        let place = origin.place();
        if !self
            .catalog
            .locations_of_place(&place)
            .or_fault()?
            .contains(&asset)
        {
            self.record(vec![Body::Location(Location { asset, place })])?;
        }
        self.remember(asset, origin.path, found)
    }

    fn remember(
        &self,
        asset: AssetId,
        source: &Path,
        (size_bytes, modified_nanos): (u64, i64),
    ) -> Result<(), Fault> {
        let sighting = Sighting {
            place: place::to_uri(source),
            size_bytes,
            modified_nanos,
            asset,
        };
        self.catalog.remember_sighting(&sighting).or_fault()
    }

    /// Queues the second looks at an asset; all kinds when none are named. Answers the job.
    pub(crate) fn queue_looks(&self, asset: AssetId, kinds: &[String]) -> Result<String, Fault> {
        let job = self.look_job(asset, kinds)?;
        let id = self.catalog.enqueue(&job, now_millis()).or_fault()?;
        self.hub.tell([crate::changes::Subject::Jobs]);
        self.bell.ring();
        Ok(id.0.to_string())
    }

    fn look_job(&self, asset: AssetId, kinds: &[String]) -> Result<NewJob, Fault> {
        let record = self.asset_record(asset)?;
        Ok(NewJob {
            kind: "look".to_owned(),
            title: record.entry.title,
            asset: Some(asset),
            priority: 0,
            request: json!({ "kinds": kinds }),
            key: Some(format!("{asset} {}", kinds.join(","))),
        })
    }

    fn closing_word(&self, asset: AssetId, learned: &IngestReport) -> Result<String, Fault> {
        let filter = catalog::Filter {
            asset: Some(asset),
            ..catalog::Filter::default()
        };
        let proposals = self.catalog.proposal_ids(&filter).or_fault()?.len();
        let length = if learned.media.still {
            "still".to_owned()
        } else {
            words::secs(learned.duration.as_secs_f64())
        };
        Ok(format!(
            "{length}, {} frames, {proposals} proposals so far.",
            learned.frame_count
        ))
    }
}

fn asset_entry(origin: &Origin<'_>, asset: AssetId, learned: &IngestReport) -> Result<AssetEntry, Fault> {
    let media = serde_json::to_value(head_of(learned))
        .map_err(|error| faults::from_json(&error, "The description of an asset"))?;
    Ok(AssetEntry {
        asset,
        title: origin.title(),
        size_bytes: learned.media.size_bytes,
        media,
    })
}

fn head_of(learned: &IngestReport) -> AssetHead {
    AssetHead {
        media: learned.media.clone(),
        duration: learned.duration,
        frame_count: learned.frame_count,
    }
}

/// What the proxy and the findings were made with, as it stands in keys.
fn settings_hash(proxy_height_max: u32, version: u32) -> String {
    let text = format!("{{\"proxy_height_max\":{proxy_height_max},\"version\":{version}}}");
    blake3::hash(text.as_bytes()).to_hex().chars().take(16).collect()
}

/// A file name that may stand in a key: what is not plain becomes `_`, the ending stays.
fn lake_name(source: &Path) -> String {
    let name = place::shown(Path::new(source.file_name().unwrap_or_default()));
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(plain).collect();
    let name = name.trim_start_matches('.');
    let cut = name.len().saturating_sub(120);
    let name = name.get(cut..).unwrap_or(name).trim_start_matches('.');
    if name.is_empty() {
        "original".to_owned()
    } else {
        name.to_owned()
    }
}

/// A file to be read in.
pub(crate) struct Origin<'a> {
    /// Where it is read.
    pub path: &'a Path,
    /// Where it lies in the lake, when somebody else put it there.
    pub key: Option<&'a Key>,
}

impl Origin<'_> {
    fn place(&self) -> String {
        match self.key {
            Some(key) => place::in_lake(key.as_str()),
            None => place::to_uri(self.path),
        }
    }

    fn title(&self) -> String {
        match self.key {
            Some(key) => place::title(Path::new(key.as_str())),
            None => place::title(self.path),
        }
    }
}

/// What one ingest made, before it counts.
struct Made<'a> {
    origin: &'a Origin<'a>,
    /// Size and time of the source when it was read.
    found: (u64, i64),
    stage: Stage,
    learned: IngestReport,
    /// The settings it was made with.
    wished: IngestSettings,
}

/// A run whose proposals lie in the lake.
pub(crate) struct SettledRun {
    /// What the journal must say.
    pub entry: RunEntry,
    pub proposals: Vec<ledger::Proposal>,
}

/// How fast a file is read.
struct Pace {
    started: Instant,
}

impl Pace {
    fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    fn progress(&self, at: &IngestProgress) -> Progress {
        let spent_secs = self.started.elapsed().as_secs_f64();
        let position_secs = at.position.as_secs_f64();
        let share = match at.duration.map(timebase::Flicks::as_secs_f64) {
            Some(duration_secs) if duration_secs > 0.0 => {
                Some((position_secs / duration_secs).clamp(0.0, 1.0))
            }
            _ if at.bytes_total > 0 => Some((at.bytes_read as f64 / at.bytes_total as f64).clamp(0.0, 1.0)),
            _ => None,
        };
        let settled = spent_secs >= RATE_AFTER_SECS;
        let left = share
            .filter(|share| settled && *share > 0.01)
            .map(|share| spent_secs * (1.0 - share) / share);
        Progress {
            permille: share.map(|share| (share * 1000.0) as u16),
            message: format!("{} frames", at.frames),
            rate: if settled {
                format!("{:.1}× real time", position_secs / spent_secs)
            } else {
                String::new()
            },
            left_secs: left.map(|secs| secs.ceil() as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_lake_are_plain_and_keep_their_ending() {
        assert_eq!(lake_name(Path::new("/a/A001 C002.mov")), "A001_C002.mov");
        assert_eq!(lake_name(Path::new("/a/..")), "original");
        assert_eq!(lake_name(Path::new("/a/…x\n.mp4")), "_x_n.mp4");
        let long = format!("/a/{}.mxf", "é".repeat(120));
        assert!(lake_name(Path::new(&long)).ends_with("_.mxf") && lake_name(Path::new(&long)).len() <= 120);
    }

    #[test]
    fn progress_says_rate_and_time_left_only_when_they_have_settled() {
        let pace = Pace {
            started: Instant::now() - std::time::Duration::from_secs(10),
        };
        let at = IngestProgress {
            position: timebase::Flicks::from_millis(25_000),
            duration: Some(timebase::Flicks::from_millis(100_000)),
            frames: 625,
            bytes_read: 1,
            bytes_total: 4,
        };
        let progress = pace.progress(&at);
        assert_eq!((progress.permille, progress.left_secs), (Some(250), Some(31)));
        assert!(progress.rate.starts_with("2.5×"), "{}", progress.rate);
        assert_eq!(Pace::start().progress(&at).rate, "");
    }
}
