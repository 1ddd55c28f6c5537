//! From frame numbers of one asset to its times and labels, and back.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use catalog::AssetRecord;
use fault::{Code, Fault};
use ledger::{AssetEntry, AssetId, Rendition};
use media::{FrameIndex, MediaInfo};
use serde::{Deserialize, Serialize};
use timebase::{Flicks, Rate, Timecode};

use crate::faults::{self, OrFault as _};
use crate::place;
use crate::workstation::Workstation;

/// Sound without picture has no frames of its own; it is counted at this rate.
pub const SOUND_RATE: Rate = Rate::PAL;
/// Frame indexes kept at hand; one of two hours at 60 frames per second takes 3.5 MB.
const KEPT: usize = 16;

/// What the ledger keeps of an ingest beside the probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AssetHead {
    /// The probe, corrected by what decoding showed.
    pub media: MediaInfo,
    /// Length of what was decoded.
    pub duration: Flicks,
    /// Frames, 0 without picture.
    pub frame_count: u64,
}

impl AssetHead {
    /// As the ledger holds it.
    pub fn of(record: &AssetRecord) -> Result<Self, Fault> {
        Self::of_entry(&record.entry)
    }

    /// The same of the entry alone.
    pub fn of_entry(entry: &AssetEntry) -> Result<Self, Fault> {
        serde_json::from_value(entry.media.clone())
            .map_err(|error| faults::from_json(&error, "The description of this asset"))
    }
}

/// Turns frame numbers of one asset into times and labels.
#[derive(Clone, Debug)]
pub struct FrameClock {
    index: Option<Arc<FrameIndex>>,
    rate: Option<Rate>,
    start: Option<Timecode>,
    stated_start: bool,
    frame_count: u64,
    duration: Flicks,
}

impl FrameClock {
    pub(crate) fn new(head: &AssetHead, index: Option<Arc<FrameIndex>>) -> Self {
        let video = head.media.video.as_ref();
        // The pass writes an index also for sound without picture: an empty one, which would put every frame at zero.
        let index = index.filter(|index| !index.is_empty());
        let rate = match video {
            Some(video) => video.rate,
            None => Some(SOUND_RATE),
        };
        let start = head.media.start_timecode.or(rate.map(Timecode::zero));
        let sound_frames = Flicks::to_frame_floor(head.duration, SOUND_RATE)
            .max(0)
            .unsigned_abs();
        Self {
            index,
            rate,
            start,
            stated_start: head.media.start_timecode.is_some(),
            frame_count: if video.is_some() {
                head.frame_count
            } else {
                sound_frames
            },
            duration: head.duration,
        }
    }

    /// Nominal rate; none for a still.
    pub fn rate(&self) -> Option<Rate> {
        self.rate
    }

    /// Frames that can be named; for sound without picture those of [`SOUND_RATE`].
    pub fn frame_count(&self) -> u64 {
        self.frame_count
    }

    /// When a frame begins.
    pub fn start_of(&self, frame: u64) -> Flicks {
        match (&self.index, self.rate) {
            (Some(index), _) if frame < index.len() => index.start_of(frame),
            (Some(index), _) => index.duration(),
            (None, Some(rate)) => Flicks::from_frame(i64::try_from(frame).unwrap_or(i64::MAX), rate),
            (None, None) => Flicks::ZERO,
        }
    }

    /// When the last frame of a half-open range ends.
    pub fn end_of_range(&self, end_frame: u64) -> Flicks {
        match end_frame.checked_sub(1) {
            Some(last) if self.index.as_ref().is_some_and(|index| last < index.len()) => self
                .index
                .as_ref()
                .map_or(Flicks::ZERO, |index| index.end_of(last)),
            Some(_) if self.index.is_some() => self.duration,
            Some(_) => self.start_of(end_frame),
            None => Flicks::ZERO,
        }
    }

    /// The frame shown at an instant.
    pub fn frame_at(&self, at: Flicks) -> u64 {
        match (&self.index, self.rate) {
            (Some(index), _) => index.frame_at(at),
            (None, Some(rate)) => at.to_frame_floor(rate).max(0).unsigned_abs(),
            (None, None) => 0,
        }
    }

    /// The label of a frame; nominal on variable rate, none without a rate.
    pub fn timecode(&self, frame: u64) -> Option<Timecode> {
        Some(self.start?.offset(i64::try_from(frame).unwrap_or(i64::MAX)))
    }

    /// Whether the file itself states the label of its first frame.
    pub fn states_timecode(&self) -> bool {
        self.stated_start
    }

    /// The label as text, empty without a rate.
    pub fn label(&self, frame: u64) -> String {
        self.timecode(frame)
            .map(|label| label.to_string())
            .unwrap_or_default()
    }

    /// The exact times of all frames, where there is a picture.
    pub fn index(&self) -> Option<&Arc<FrameIndex>> {
        self.index.as_ref()
    }
}

/// The clocks used last.
#[derive(Default)]
pub(crate) struct FrameClocks {
    kept: Mutex<VecDeque<(AssetId, FrameClock)>>,
}

impl FrameClocks {
    fn find(&self, asset: AssetId) -> Option<FrameClock> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(id, _)| *id == asset)?;
        let found = kept.remove(at)?;
        let clock = found.1.clone();
        kept.push_front(found);
        Some(clock)
    }

    fn keep(&self, asset: AssetId, clock: FrameClock) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(id, _)| *id != asset);
        kept.push_front((asset, clock));
        kept.truncate(KEPT);
    }

    /// Forgets one, because its files were made anew.
    pub fn forget(&self, asset: AssetId) {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(id, _)| *id != asset);
    }
}

impl Workstation {
    pub(crate) fn asset_record(&self, asset: AssetId) -> Result<AssetRecord, Fault> {
        let record = self.catalog.asset(asset).or_fault()?;
        record.ok_or_else(|| Fault::new(Code::NotFound, format!("There is no asset {asset}.")))
    }

    /// The times and labels of an asset's frames.
    ///
    /// # Errors
    /// No such asset, a frame index that does not read, and trouble with the store.
    pub fn frame_clock(&self, asset: AssetId) -> Result<FrameClock, Fault> {
        self.clock(asset, |_index| Ok(true))
    }

    /// The same for lists and labels, which wait for nothing: where the exact times are still in a lake elsewhere, they are asked for
    /// and the nominal rate serves meanwhile. Frame numbers and timecode are the same either way.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub(crate) fn label_clock(&self, asset: AssetId) -> Result<FrameClock, Fault> {
        self.clock(asset, |index| {
            Ok(!self.lake.is_far() || self.is_here_or_wished(index)?)
        })
    }

    /// A clock by the exact times where `exact` says so of the file that has them, else by the nominal rate.
    fn clock(
        &self,
        asset: AssetId,
        exact: impl FnOnce(&Rendition) -> Result<bool, Fault>,
    ) -> Result<FrameClock, Fault> {
        if let Some(clock) = self.clocks.find(asset) {
            return Ok(clock);
        }
        let record = self.asset_record(asset)?;
        let head = AssetHead::of(&record)?;
        let rendition = record
            .renditions
            .iter()
            .find(|rendition| rendition.name == "frames");
        let index = match rendition {
            Some(rendition) if !exact(rendition)? => return Ok(FrameClock::new(&head, None)),
            Some(rendition) => Some(Arc::new(
                FrameIndex::load(&self.rendition_file(rendition)?).or_fault()?,
            )),
            None => None,
        };
        let clock = FrameClock::new(&head, index);
        self.clocks.keep(asset, clock.clone());
        Ok(clock)
    }

    /// The exact times of an asset's frames.
    ///
    /// # Errors
    /// No such asset, an asset without picture, and trouble with the store.
    pub fn frame_index(&self, asset: AssetId) -> Result<Arc<FrameIndex>, Fault> {
        let clock = self.frame_clock(asset)?;
        clock
            .index()
            .cloned()
            .ok_or_else(|| Fault::new(Code::NotFound, "This asset has no picture."))
    }

    /// A file made from an asset, on this machine and to be read only: `proxy`, `frames`, `sprites` (their description),
    /// `sprites-000.jpg`, `waveform`, `report`.
    ///
    /// # Errors
    /// No such asset or rendition, [`fault::Code::Away`] for one that is on its way from a lake elsewhere, and trouble with the store.
    pub fn rendition_path(&self, asset: AssetId, name: &str) -> Result<PathBuf, Fault> {
        self.rendition_file(&self.rendition(asset, name)?)
    }

    /// The same for work in the background, which waits until the file is here.
    pub(crate) fn rendition_awaited(&self, asset: AssetId, name: &str) -> Result<PathBuf, Fault> {
        self.rendition_here(&self.rendition(asset, name)?, &mut self.until_closing())
    }

    pub(crate) fn rendition(&self, asset: AssetId, name: &str) -> Result<Rendition, Fault> {
        let record = self.asset_record(asset)?;
        let found = record
            .renditions
            .into_iter()
            .find(|rendition| rendition.name == name);
        found.ok_or_else(|| {
            Fault::new(Code::NotFound, format!("This asset has no {name}."))
                .hint("Ingest its file again to have it made.")
        })
    }

    /// The original, when it can be reached from here and is still as long as it was.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn source_path(&self, asset: AssetId) -> Result<Option<PathBuf>, Fault> {
        let record = self.asset_record(asset)?;
        for location in &record.locations {
            let place = &location.location.place;
            let path = match place::lake_key(place) {
                Some(key) => match lake::Key::new(key) {
                    Ok(key) if self.is_still(&key, asset)? => self.near_copy(&key).ok().flatten(),
                    _ => None,
                },
                None => place::from_uri(place),
            };
            let here = path.filter(|path| {
                std::fs::metadata(path)
                    .is_ok_and(|meta| meta.is_file() && meta.len() == record.entry.size_bytes)
            });
            if here.is_some() {
                return Ok(here);
            }
        }
        Ok(None)
    }

    /// The original to be played by the numbers of the asset's frames: as [`Self::source_path`], and not written to since it was
    /// last seen to be this asset.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn unchanged_original(&self, asset: AssetId) -> Result<Option<PathBuf>, Fault> {
        let Some(path) = self.source_path(asset)? else {
            return Ok(None);
        };
        // A copy of what lies in a lake elsewhere was checked when it came, and nobody writes to it; it may have come again since.
        if self.lake.is_far() && path.starts_with(self.lake_dir()) {
            return Ok(Some(path));
        }
        let seen = self.catalog.sighting(&place::to_uri(&path)).or_fault()?;
        let now = crate::intake::fingerprint(&path).ok();
        let changed = seen
            .is_some_and(|seen| seen.asset != asset || now != Some((seen.size_bytes, seen.modified_nanos)));
        Ok((!changed).then_some(path))
    }

    /// The frame reader's input for looking at pictures: the proxy with its own index.
    pub(crate) fn proxy_reader(&self, asset: AssetId) -> Result<media::FrameReader, Fault> {
        let index = self.frame_index(asset)?;
        let proxy = self.rendition_awaited(asset, "proxy")?;
        media::FrameReader::open(&proxy, index.of_proxy()).or_fault()
    }
}
