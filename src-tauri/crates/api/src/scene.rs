//! What a timeline shows, built from what the workstation knows. The browser's picture, the window's surface and the list
//! for screen readers all come from the same scene.

use std::{
    collections::{BTreeMap, VecDeque},
    io::BufWriter,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use fault::{Code, Fault};
use ledger::{AssetId, Kind};
use stage::{
    Item, LaneParts, RulerBase, SceneChange, SceneComment, SceneMarker, Sheet, SpriteTrack, TimelineParts,
    TimelineScene, WaveBucket, WaveLevel, Waveform,
};
use timebase::FlickRange;
use workstation::{Change, Changes, FrameClock, ProposalQuery, ProposalRow, Workstation};

use crate::over::Over;

/// So much at a time goes into the hash of a scene.
const HASHED_BYTES: usize = 1 << 16;
/// Scenes kept at hand.
const KEPT: usize = 4;

/// A scene and a hash of what it shows: the same hash, the same picture.
#[derive(Clone)]
pub(crate) struct Drawn {
    pub(crate) scene: Arc<TimelineScene>,
    pub(crate) revision: String,
    /// What lies over the picture, from the same rows.
    pub(crate) over: Arc<Over>,
}

/// The part of a scene that no verdict changes.
struct Still {
    sprites: Option<SpriteTrack>,
    waveform: Option<Waveform>,
    /// Which files these are.
    identity: String,
}

struct Kept {
    asset: AssetId,
    drawn: Drawn,
    still: Arc<Still>,
    /// The version of the rows it was built from.
    version: String,
    /// A verdict, a run, a marker or a comment came since.
    stale: bool,
}

/// A scene that something has changed in.
struct Before {
    drawn: Drawn,
    still: Arc<Still>,
    version: String,
}

/// What changed since somebody began to build a scene, the worse the later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Since {
    #[default]
    Nothing,
    /// A verdict, a run, a marker or a comment came: its rows are old.
    Rows,
    /// The asset itself: what was read of its files is old too.
    Asset,
}

#[derive(Default)]
struct State {
    kept: VecDeque<Kept>,
    /// Scenes that somebody is building, and what changed since they began: who wants one too waits for it.
    building: BTreeMap<AssetId, Since>,
}

impl State {
    /// Takes what changed.
    fn forget(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Proposals | Change::Markers | Change::Comments => {
                    self.kept.iter_mut().for_each(|kept| kept.stale = true);
                    for since in self.building.values_mut() {
                        *since = (*since).max(Since::Rows);
                    }
                }
                Change::Asset(id) => {
                    self.kept.retain(|kept| kept.asset.to_string() != *id);
                    for (asset, since) in &mut self.building {
                        if asset.to_string() == *id {
                            *since = Since::Asset;
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Keeps what was built, as far as it still holds.
    fn keep(&mut self, asset: AssetId, (drawn, version): (Drawn, String), still: Arc<Still>) {
        let since = self.building.get(&asset).copied().unwrap_or_default();
        self.kept.retain(|kept| kept.asset != asset);
        if since == Since::Asset {
            return;
        }
        self.kept.push_front(Kept {
            asset,
            drawn,
            still,
            version,
            stale: since == Since::Rows,
        });
        self.kept.truncate(KEPT);
    }
}

/// Scenes of the assets looked at last, kept until something in them changes.
pub(crate) struct Scenes {
    changes: Changes,
    state: Mutex<State>,
    built: Condvar,
}

/// That a scene is being built, until this is dropped.
struct Building<'a> {
    scenes: &'a Scenes,
    asset: AssetId,
}

impl Drop for Building<'_> {
    fn drop(&mut self) {
        self.scenes.lock().building.remove(&self.asset);
        self.scenes.built.notify_all();
    }
}

impl Scenes {
    pub(crate) fn new(workstation: &Workstation) -> Self {
        Self {
            changes: workstation.subscribe(),
            state: Mutex::default(),
            built: Condvar::new(),
        }
    }

    /// The scene of an asset as it stands now.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub(crate) fn of(&self, workstation: &Workstation, asset: &str) -> Result<Drawn, Fault> {
        let asset = workstation.resolve_asset(asset)?;
        let (before, _building) = match self.found_or_begun(asset) {
            Ok(drawn) => return Ok(drawn),
            Err(begun) => begun,
        };
        let clock = workstation.frame_clock(asset)?;
        let changed = match &before {
            Some(before) => change(workstation, asset, &clock, before)?,
            None => None,
        };
        let still = match before {
            Some(before) => before.still,
            None => Arc::new(read_still(workstation, asset, &clock)?),
        };
        let (drawn, version) = match changed {
            Some(changed) => changed,
            None => build(workstation, asset, &clock, &still)?,
        };
        self.lock().keep(asset, (drawn.clone(), version), still);
        Ok(drawn)
    }

    /// The scene as it is kept, after waiting for who builds it; or nobody does and the caller has begun to, with what it was
    /// before.
    fn found_or_begun(&self, asset: AssetId) -> Result<Drawn, (Option<Before>, Building<'_>)> {
        let mut state = self.lock();
        loop {
            // Notices are taken before the rows are read, so what changes while a scene is built makes it stale again.
            let changes = self.changes.next(Duration::ZERO).unwrap_or_default();
            state.forget(&changes);
            if !state.building.contains_key(&asset) {
                break;
            }
            state = self.built.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let found = state.kept.iter().find(|kept| kept.asset == asset);
        let before = match found {
            Some(found) if !found.stale => return Ok(found.drawn.clone()),
            found => found.map(|found| Before {
                drawn: found.drawn.clone(),
                still: Arc::clone(&found.still),
                version: found.version.clone(),
            }),
        };
        state.building.insert(asset, Since::Nothing);
        Err((before, Building { scenes: self, asset }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn build(
    workstation: &Workstation,
    asset: AssetId,
    clock: &FrameClock,
    still: &Still,
) -> Result<(Drawn, String), Fault> {
    let list = workstation.proposals(&rows_of(asset, None))?;
    let rows = list.proposals;
    let shown = workstation.asset(&asset.to_string())?;
    let over = Arc::new(Over::of_asset(&rows, shown, clock));
    let vfr = clock.index().is_some_and(|index| !index.is_constant_rate());
    let ruler = match clock.timecode(0) {
        Some(start) if !vfr => RulerBase::Timecode(start),
        _ => RulerBase::Time,
    };
    let shot = Kind::Shots.as_str();
    let mut shots: Vec<_> = rows
        .iter()
        .filter(|row| row.kind == shot)
        .map(|row| clock.start_of(row.start_frame))
        .collect();
    shots.sort_unstable();
    let parts = TimelineParts {
        asset: asset.to_string(),
        duration: clock.end_of_range(clock.frame_count()),
        ruler,
        lanes: lanes(rows, clock),
        shots,
        markers: markers(workstation, asset, clock)?,
        comments: comments(workstation, asset, clock)?,
        flagged: flagged(&over, clock),
        sprites: still.sprites.clone(),
        waveform: still.waveform.clone(),
    };
    let revision = revision(&parts, still);
    let drawn = Drawn {
        scene: Arc::new(TimelineScene::new(parts)),
        revision,
        over,
    };
    Ok((drawn, list.version))
}

/// The rows of a scene, or those that changed since.
fn rows_of(asset: AssetId, since: Option<String>) -> ProposalQuery {
    ProposalQuery {
        asset: Some(asset.to_string()),
        // Kept in that order: of a hundred thousand the sorting by worth would be felt.
        order: Some(workstation::Order::Time),
        since,
        ..ProposalQuery::default()
    }
}

/// A scene with what changed in it since, and its version; nothing when only building it anew says where everything stands.
fn change(
    workstation: &Workstation,
    asset: AssetId,
    clock: &FrameClock,
    before: &Before,
) -> Result<Option<(Drawn, String)>, Fault> {
    let list = workstation.proposals(&rows_of(asset, Some(before.version.clone())))?;
    let markers = markers(workstation, asset, clock)?;
    let comments = comments(workstation, asset, clock)?;
    if list.whole || !list.gone.is_empty() {
        return Ok(None);
    }
    let scene = &before.drawn.scene;
    let said = |scene: &TimelineScene| (scene.markers().to_vec(), scene.comments().to_vec());
    let (mut before_these, mut these) = (said(scene), (markers.clone(), comments.clone()));
    for (markers, comments) in [&mut before_these, &mut these] {
        markers.sort_by(|a, b| a.id.cmp(&b.id));
        comments.sort_by(|a, b| a.id.cmp(&b.id));
    }
    if list.proposals.is_empty() && before_these == these {
        // Notices come more often than changes that show, and a page that has the right picture already shall keep it.
        return Ok(Some((before.drawn.clone(), list.version)));
    }
    let over = Arc::new(before.drawn.over.with(&list.proposals));
    let shot = Kind::Shots.as_str();
    let are_shots_touched = list.proposals.iter().any(|row| row.kind == shot);
    let change = SceneChange {
        items: list.proposals.iter().map(|row| item(row, clock)).collect(),
        markers,
        comments,
        flagged: flagged(&over, clock),
    };
    let said = (
        &before.drawn.revision,
        &change.items,
        &change.markers,
        &change.comments,
        &change.flagged,
    );
    let revision = hashed(&said);
    let Some(mut scene) = scene.with(change) else {
        return Ok(None);
    };
    if are_shots_touched {
        scene.set_shots(scene.starts(shot));
    }
    let drawn = Drawn {
        scene: Arc::new(scene),
        revision,
        over,
    };
    Ok(Some((drawn, list.version)))
}

fn flagged(over: &Over, clock: &FrameClock) -> Vec<FlickRange> {
    over.flagged()
        .map(|frames| FlickRange::new(clock.start_of(frames.start), clock.end_of_range(frames.end)))
        .collect()
}

/// Names what is shown: the same name, the same picture.
fn revision(parts: &TimelineParts, still: &Still) -> String {
    let shown = (
        &parts.asset,
        parts.duration,
        parts.ruler,
        &parts.lanes,
        &parts.shots,
        &parts.markers,
        &parts.comments,
        &parts.flagged,
        &still.identity,
    );
    hashed(&shown)
}

fn hashed(shown: &impl serde::Serialize) -> String {
    // Plain data with text keys always serialises, and a hash takes everything.
    let mut hasher = BufWriter::with_capacity(HASHED_BYTES, blake3::Hasher::new());
    let _always_written = serde_json::to_writer(&mut hasher, shown);
    hasher
        .into_inner()
        .map(|hasher| hasher.finalize().to_hex()[..32].to_owned())
        .unwrap_or_default()
}

fn markers(workstation: &Workstation, asset: AssetId, clock: &FrameClock) -> Result<Vec<SceneMarker>, Fault> {
    let marker = |marker: workstation::MarkerView| SceneMarker {
        start: clock.start_of(marker.start_frame),
        end: clock.end_of_range(marker.end_frame),
        label: one_line(&marker.note),
        id: marker.id,
    };
    let markers = workstation.markers(&asset.to_string())?;
    Ok(markers.into_iter().map(marker).collect())
}

fn comments(
    workstation: &Workstation,
    asset: AssetId,
    clock: &FrameClock,
) -> Result<Vec<SceneComment>, Fault> {
    let comment = |thread: workstation::ThreadView| SceneComment {
        start: clock.start_of(thread.start_frame),
        end: clock.end_of_range(thread.end_frame),
        resolved: thread.resolved,
        id: thread.id,
    };
    let list = workstation.comments(&asset.to_string())?;
    Ok(list.threads.into_iter().map(comment).collect())
}

/// One lane for each kind that is there, in the order of the desk; kinds of later versions below, by name.
fn lanes(rows: Vec<ProposalRow>, clock: &FrameClock) -> Vec<LaneParts> {
    let known: Vec<Kind> = Kind::ALL.to_vec();
    let mut lanes: Vec<LaneParts> = Vec::new();
    for row in rows {
        let item = item(&row, clock);
        match lanes.iter_mut().find(|lane| lane.id == row.kind) {
            Some(lane) => lane.items.push(item),
            None => lanes.push(LaneParts {
                label: lane_label(&row.kind),
                id: row.kind,
                items: vec![item],
            }),
        }
    }
    let place = |lane: &LaneParts| {
        known
            .iter()
            .position(|kind| kind.as_str() == lane.id)
            .unwrap_or(known.len())
    };
    lanes.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.id.cmp(&b.id)));
    lanes
}

fn item(row: &ProposalRow, clock: &FrameClock) -> Item {
    Item {
        proposal: row.id.clone(),
        kind: row.kind.clone(),
        start: clock.start_of(row.start_frame),
        end: clock.end_of_range(row.end_frame),
        state: crate::wire::StateWord::from(row.state).into(),
        label: label(row),
    }
}

fn lane_label(kind: &str) -> String {
    if kind == Kind::Qc.as_str() {
        return "QC".to_owned();
    }
    let mut letters = kind.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    first + letters.as_str()
}

/// What fits into an item: shots are known by their number, highlights by their score, the rest by their title.
fn label(row: &ProposalRow) -> String {
    let number = |key: &str| row.payload.get(key).and_then(serde_json::Value::as_u64);
    let short = if row.kind == Kind::Shots.as_str() {
        number("number").map(|number| number.to_string())
    } else if row.kind == Kind::Highlights.as_str() {
        number("score_permille").map(|score| format!("{}.{:02}", score / 1000, score % 1000 / 10))
    } else if row.kind == Kind::Cues.as_str() || row.kind == Kind::Text.as_str() {
        row.payload
            .get("text")
            .and_then(|text| text.as_str())
            .filter(|text| !text.is_empty())
            .map(one_line)
    } else {
        None
    };
    short.unwrap_or_else(|| row.title.clone())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn read_still(workstation: &Workstation, asset: AssetId, clock: &FrameClock) -> Result<Still, Fault> {
    let detail = workstation.asset(&asset.to_string())?;
    let mut identity = String::new();
    let mut note = |path: &Path| {
        let length = std::fs::metadata(path).map_or(0, |meta| meta.len());
        identity.push_str(&format!("{} {length};", path.display()));
    };
    let sprites = match detail.sprites {
        Some(view) => {
            let mut sheets = Vec::new();
            for sheet in 0..view.sheets {
                let path = workstation.rendition_path(asset, &format!("sprites-{sheet:03}.jpg"))?;
                note(&path);
                sheets.push(Arc::new(Sheet::File(path)));
            }
            Some(SpriteTrack {
                tile_width: view.tile_width,
                tile_height: view.tile_height,
                columns: view.columns,
                rows: view.rows,
                times: view.frames.iter().map(|frame| clock.start_of(*frame)).collect(),
                sheets,
            })
        }
        None => None,
    };
    let waveform = match workstation.rendition_path(asset, "waveform") {
        Ok(path) => {
            note(&path);
            Some(read_waveform(&path)?)
        }
        // No sound, or not made yet.
        Err(fault) if fault.code == Code::NotFound => None,
        Err(fault) => return Err(fault),
    };
    Ok(Still {
        sprites,
        waveform,
        identity,
    })
}

pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Fault> {
    std::fs::read(path)
        .map_err(|error| Fault::new(Code::Lake, "A file of this asset could not be read.").because(&error))
}

fn read_waveform(path: &Path) -> Result<Waveform, Fault> {
    let read = media::Waveform::load(path).map_err(|error| {
        Fault::new(Code::Lake, "The waveform of this asset could not be read.")
            .hint("Ingest its file again to have it made.")
            .because(&error)
    })?;
    let channels = usize::from(read.channels.max(1));
    let level = |level: media::WaveformLevel| {
        let channel = |channel: usize| {
            let peaks = level.peaks.iter().skip(channel).step_by(channels);
            peaks
                .map(|peak| WaveBucket {
                    min: peak.min,
                    max: peak.max,
                    rms: peak.rms,
                })
                .collect()
        };
        WaveLevel {
            samples_per_bucket: level.samples_per_bucket,
            channels: (0..channels).map(channel).collect(),
        }
    };
    Ok(Waveform {
        sample_rate: read.sample_rate,
        offset: read.origin,
        levels: read.levels.into_iter().map(level).collect(),
    })
}

#[cfg(test)]
mod tests;
