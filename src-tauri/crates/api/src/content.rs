//! What a page loads by address rather than by command: files of an asset, exact frames, the timeline's picture. The browser
//! gets them over HTTP, the window through its own scheme; the addresses are the same.

use std::{collections::BTreeSet, path::PathBuf, sync::OnceLock};

use fault::{Code, Fault};
use ledger::AssetId;
use media::Footage;
use serde::de::{DeserializeOwned, IntoDeserializer as _, value::StrDeserializer};
use stage::{ScopeSet, TimelineView};

use crate::{
    bench::Bench,
    desk::Desk,
    over,
    pictures::{FrameMaker, FrameWork, Graphics, OverMaker, OverWork, TimelineMaker, TimelineWork, tile},
    scene::read_file,
    wire::{self, ShieldShow, StageGuides},
};

/// Threads that show frames. Two keep two processors busy; more would only decode what is out of sight again.
const FRAME_THREADS: usize = 2;
/// No picture is asked for larger than this, in pixels.
const SIDE_MAX: u32 = 4096;

/// What an address holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file to be served whole or in parts. What it holds does not change.
    File {
        /// Where it lies on this machine; never told to the page.
        path: PathBuf,
        /// MIME type.
        content_type: &'static str,
    },
    /// A film to be served whole or in parts, which may be on its way to this machine.
    Film {
        /// Its file.
        film: Footage,
        /// MIME type.
        content_type: &'static str,
        /// Quoted entity tag: the same tag means the same bytes.
        etag: String,
    },
    /// Bytes made for this request.
    Bytes {
        /// The bytes.
        bytes: Vec<u8>,
        /// MIME type.
        content_type: &'static str,
        /// Quoted entity tag: the same tag means the same bytes.
        etag: String,
        /// Whether the same address will always hold the same.
        immutable: bool,
    },
    /// What the page has is still right.
    Unchanged {
        /// Quoted entity tag of what it has.
        etag: String,
    },
}

/// The threads and the device behind the pictures.
pub(crate) struct Contents {
    graphics: Graphics,
    overs: Bench<OverWork>,
    /// Scripts and whether they can be set, looked up when somebody first asks.
    scripts: OnceLock<Vec<(&'static str, bool)>>,
    frames: Bench<FrameWork>,
    timelines: Bench<TimelineWork>,
}

impl Contents {
    pub(crate) fn new() -> Result<Self, Fault> {
        let graphics = Graphics::default();
        let frames = {
            let graphics = graphics.clone();
            Bench::new("frame picture", FRAME_THREADS, move || {
                let mut maker = FrameMaker::new(graphics.clone());
                move |work: FrameWork| maker.make(&work)
            })?
        };
        let timelines = {
            let graphics = graphics.clone();
            Bench::new("timeline picture", 1, move || {
                let mut maker = TimelineMaker::new(graphics.clone());
                move |work: TimelineWork| maker.make(&work)
            })?
        };
        let overs = {
            let graphics = graphics.clone();
            Bench::new("overlay picture", 1, move || {
                let mut maker = OverMaker::new(graphics.clone());
                move |work: OverWork| maker.make(&work)
            })?
        };
        Ok(Self {
            graphics,
            overs,
            scripts: OnceLock::new(),
            frames,
            timelines,
        })
    }

    fn scripts(&self) -> &[(&'static str, bool)] {
        self.scripts.get_or_init(stage::scripts_at_hand)
    }

    /// Which of these scripts this machine cannot set.
    pub(crate) fn missing_scripts(&self, written: &BTreeSet<&'static str>) -> Vec<String> {
        // The bundled faces have these: nobody waits for the system's to be looked through.
        let bundled = ["Latin", "Greek", "Cyrillic"];
        if written.iter().all(|name| bundled.contains(name)) {
            return Vec::new();
        }
        let at_hand = self.scripts();
        let has = |name: &str| at_hand.iter().any(|(known, has)| *known == name && *has);
        written
            .iter()
            .filter(|name| !has(name))
            .map(|name| (*name).to_owned())
            .collect()
    }

    /// In which scripts subtitles can be set, for `doctor`.
    pub(crate) fn check_letters(&self) -> workstation::Check {
        workstation::letters_check(self.scripts())
    }

    /// What draws, for `doctor`.
    pub(crate) fn check(&self) -> workstation::Check {
        let (state, words, hint) = match self.graphics.gpu() {
            Ok(gpu) if gpu.is_software() => (
                workstation::CheckState::Warn,
                gpu.words(),
                "Pictures are drawn by the processor. A graphics driver makes playing and scrubbing lighter."
                    .to_owned(),
            ),
            Ok(gpu) => (workstation::CheckState::Ok, gpu.words(), String::new()),
            Err(fault) => (workstation::CheckState::Missing, fault.message, fault.hint),
        };
        workstation::Check {
            area: "stage".to_owned(),
            title: "Graphics".to_owned(),
            state,
            words,
            hint,
        }
    }
}

/// The parts of a query, `a=b&c=d`, percent-decoded.
struct Query(Vec<(String, String)>);

impl Query {
    fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter(|part| !part.is_empty()).map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(key), decoded(value))
        });
        Self(pairs.collect())
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// What a word of the wire stands for; the usual one without it. `refused` says what is wrong with any other.
    fn word<T: Default + DeserializeOwned>(
        &self,
        key: &str,
        refused: impl Fn(&str) -> String,
    ) -> Result<T, Fault> {
        let Some(text) = self.text(key) else {
            return Ok(T::default());
        };
        let word: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
        T::deserialize(word).map_err(|_other_word| Fault::new(Code::BadRequest, refused(text)))
    }

    fn number<T: std::str::FromStr>(&self, key: &str) -> Result<Option<T>, Fault> {
        let Some(text) = self.text(key) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_not_a_number| {
            Fault::new(
                Code::BadRequest,
                format!("{key} is not a number in this address."),
            )
        })
    }

    fn needed<T: std::str::FromStr>(&self, key: &str) -> Result<T, Fault> {
        self.number(key)?
            .ok_or_else(|| Fault::new(Code::BadRequest, format!("This address needs {key}.")))
    }
}

/// A part of a query with `%41` and `+` undone; what is not UTF-8 becomes U+FFFD.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => char::from(*high).to_digit(16).zip(char::from(*low).to_digit(16)),
            _ => None,
        };
        match escaped.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Desk {
    /// What an address under `/media/` or `/stage/` holds. `query` is what stands behind the `?`, `known` the entity tag of
    /// what the page has. It may block on the disk and on decoding: call it off the event loop.
    ///
    /// # Errors
    /// [`Code::NotFound`] for an address that holds nothing, [`Code::Cancelled`] when the same `client` asked for a newer
    /// picture meanwhile, and whatever reading or drawing gives.
    pub fn content(&self, path: &str, query: &str, known: Option<&str>) -> Result<Content, Fault> {
        let query = Query::parse(query);
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["media", asset, "frame", file] => {
                let frame = file.strip_suffix(".png").and_then(|frame| frame.parse().ok());
                let frame = frame.ok_or_else(nothing_here)?;
                self.frame_picture(self.asset(asset)?, frame, &query, known)
            }
            ["media", asset, "poster.jpg"] => self.poster(self.asset(asset)?, shield_of(&query)?, known),
            ["media", asset, file] => self.media_file(self.asset(asset)?, file, known),
            ["stage", "timeline.png"] => self.timeline_picture(&query, known),
            ["stage", "over.png"] => self.over_picture(&query, known),
            _ => Err(nothing_here()),
        }
    }

    /// An address names an asset by its whole id and by nothing else.
    fn asset(&self, id: &str) -> Result<AssetId, Fault> {
        id.parse().map_err(|_not_an_id| nothing_here())
    }

    fn media_file(&self, asset: AssetId, file: &str, known: Option<&str>) -> Result<Content, Fault> {
        let file_of = |name: &str, content_type| {
            let path = self.workstation().rendition_path(asset, name)?;
            Ok(Content::File { path, content_type })
        };
        match file {
            "proxy.mp4" => Ok(Content::Film {
                etag: tag(&[&self.workstation().rendition_hash(asset, "proxy")?]),
                film: self.workstation().rendition_footage(asset, "proxy")?,
                content_type: "video/mp4",
            }),
            "waveform.bin" => file_of("waveform", "application/octet-stream"),
            "frames" => self.frame_times(asset, known),
            sheet if is_sheet(sheet) => file_of(sheet, "image/jpeg"),
            _ => Err(nothing_here()),
        }
    }

    /// Times of the proxy's frames: u32 numerator, u32 denominator of the time base in seconds, then an i64 for each frame,
    /// all little endian, counted from frame 0.
    fn frame_times(&self, asset: AssetId, known: Option<&str>) -> Result<Content, Fault> {
        let index = self.workstation().frame_index(asset)?.of_proxy();
        let mut bytes = Vec::with_capacity(8 + index.pts().len() * 8);
        bytes.extend_from_slice(&index.time_base().num().to_le_bytes());
        bytes.extend_from_slice(&index.time_base().den().to_le_bytes());
        for time in index.pts() {
            bytes.extend_from_slice(&time.to_le_bytes());
        }
        Ok(made(bytes, "application/octet-stream", known))
    }

    /// A small picture from a third into the asset, where films have begun; covered when the shield covers that moment.
    fn poster(&self, asset: AssetId, shield: ShieldShow, known: Option<&str>) -> Result<Content, Fault> {
        let detail = self.workstation().asset(&asset.to_string())?;
        let sprites = detail.sprites.ok_or_else(nothing_here)?;
        let tile_number = u32::try_from(sprites.frames.len() / 3).unwrap_or(0);
        let per_sheet = (sprites.columns * sprites.rows).max(1);
        let sheet = self
            .workstation()
            .rendition_path(asset, &format!("sprites-{:03}.jpg", tile_number / per_sheet))?;
        let (column, row) = (
            tile_number % per_sheet % sprites.columns.max(1),
            tile_number % per_sheet / sprites.columns.max(1),
        );
        let (width, height) = (sprites.tile_width, sprites.tile_height);
        let is_covered = match shield {
            ShieldShow::Off => false,
            ShieldShow::All => true,
            ShieldShow::Flagged => {
                let frame = sprites.frames.get(tile_number as usize).copied().unwrap_or(0);
                let rows = self.workstation().proposals_of_kinds(asset, over::may_flag)?;
                over::is_flagged_at(&rows, frame)
            }
        };
        let place = [column * width, row * height, width, height];
        let picture = tile(&read_file(&sheet)?, place, is_covered)?;
        Ok(match made(picture, "image/jpeg", known) {
            // What is flagged changes with every verdict.
            Content::Bytes {
                bytes,
                content_type,
                etag,
                ..
            } if shield != ShieldShow::Off => Content::Bytes {
                bytes,
                content_type,
                etag,
                immutable: false,
            },
            other => other,
        })
    }

    fn frame_picture(
        &self,
        asset: AssetId,
        frame: u64,
        query: &Query,
        known: Option<&str>,
    ) -> Result<Content, Fault> {
        let side =
            |key: &str| Ok::<_, Fault>(query.number::<u32>(key)?.unwrap_or(SIDE_MAX).clamp(1, SIDE_MAX));
        let within = (side("w")?, side("h")?);
        let film = if query.text("original").is_some() {
            let original = self.workstation().unchanged_original(asset)?.ok_or_else(|| {
                Fault::new(Code::NotFound, "The original is away or has changed.")
                    .hint("The proxy shows the same frame.")
            })?;
            Footage::from(original)
        } else {
            self.workstation().rendition_footage(asset, "proxy")?
        };
        let scopes = scopes_of(query)?;
        // A proxy that was made anew may look different; its file is another one then.
        let etag = tag(&[
            &film.path().to_string_lossy(),
            &frame.to_string(),
            &format!("{within:?} {scopes:?}"),
        ]);
        if known == Some(etag.as_str()) {
            return Ok(Content::Unchanged { etag });
        }
        let index = self.workstation().frame_index(asset)?;
        if frame >= index.len() {
            return Err(Fault::new(
                Code::NotFound,
                format!("This asset has no frame {frame}."),
            ));
        }
        let work = FrameWork {
            film,
            index,
            frame,
            within,
            scopes,
        };
        let bytes = self
            .contents
            .frames
            .ask(query.text("client").unwrap_or_default(), work)?;
        Ok(Content::Bytes {
            bytes,
            content_type: "image/png",
            etag,
            immutable: true,
        })
    }

    /// What lies over one frame, on nothing: `w` by `h` device pixels of it, `scale` of them to a pixel of the page.
    fn over_picture(&self, query: &Query, known: Option<&str>) -> Result<Content, Fault> {
        let refused = |other: &str| format!("Nothing that lies over a picture is called {other:?}.");
        let guides = StageGuides {
            boxes: query.word("boxes", refused)?,
            subtitles: query.word("subtitles", refused)?,
            ..StageGuides::default()
        };
        let side = |key: &str| Ok::<_, Fault>(query.needed::<u32>(key)?.clamp(1, SIDE_MAX));
        let size = (side("w")?, side("h")?);
        let scale: f64 = query.number("scale")?.unwrap_or(1.0);
        let over = self.over(query.text("asset").unwrap_or_default())?;
        let mut scene = over.scene(
            query.needed("frame")?,
            query.text("selected"),
            guides,
            theme(query)?,
        );
        // Timecode runs with the film: the page writes it itself.
        scene.room_for_corners = query.text("corners") == Some("true");
        // Frames between two changes have the same over them, and so the same picture.
        let etag = tag(&[&format!("{scene:?}"), &format!("{size:?} {scale}")]);
        if known == Some(etag.as_str()) {
            return Ok(Content::Unchanged { etag });
        }
        let work = OverWork { scene, size, scale };
        let bytes = self
            .contents
            .overs
            .ask(query.text("client").unwrap_or_default(), work)?;
        Ok(Content::Bytes {
            bytes,
            content_type: "image/png",
            etag,
            immutable: false,
        })
    }

    fn timeline_picture(&self, query: &Query, known: Option<&str>) -> Result<Content, Fault> {
        let view = timeline_view(query)?;
        let drawn = self.drawn(&view.asset)?;
        let etag = tag(&[&drawn.revision, &format!("{view:?}")]);
        if known == Some(etag.as_str()) {
            return Ok(Content::Unchanged { etag });
        }
        let work = TimelineWork {
            scene: drawn.scene,
            view,
        };
        let bytes = self
            .contents
            .timelines
            .ask(query.text("client").unwrap_or_default(), work)?;
        Ok(Content::Bytes {
            bytes,
            content_type: "image/png",
            etag,
            immutable: false,
        })
    }
}

/// Bytes that depend on the asset alone.
fn made(bytes: Vec<u8>, content_type: &'static str, known: Option<&str>) -> Content {
    let etag = format!("\"{}\"", &blake3::hash(&bytes).to_hex()[..32]);
    if known == Some(etag.as_str()) {
        return Content::Unchanged { etag };
    }
    Content::Bytes {
        bytes,
        content_type,
        etag,
        immutable: true,
    }
}

fn tag(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    format!("\"{}\"", &hasher.finalize().to_hex()[..32])
}

fn is_sheet(file: &str) -> bool {
    let digits = file
        .strip_prefix("sprites-")
        .and_then(|rest| rest.strip_suffix(".jpg"));
    digits.is_some_and(|digits| (3..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn theme(query: &Query) -> Result<stage::Theme, Fault> {
    let theme: wire::Theme = query.word("theme", |other| format!("There is no theme called {other:?}."))?;
    Ok(theme.into())
}

fn timeline_view(query: &Query) -> Result<TimelineView, Fault> {
    let theme = theme(query)?;
    let ruler: wire::RulerUnit = query.word("ruler", |other| format!("No ruler counts {other:?}."))?;
    let view = TimelineView {
        asset: query.text("asset").unwrap_or_default().to_owned(),
        start_secs: query.needed("start_secs")?,
        px_per_sec: query.needed("px_per_sec")?,
        width_px: query.needed("width_px")?,
        height_px: query.needed("height_px")?,
        scale: query.number("scale")?.unwrap_or(1.0),
        scroll_px: query.number("scroll_px")?.unwrap_or(0.0),
        selected: query.text("selected").map(str::to_owned),
        // A page draws these over the picture itself, and keeps the picture it has.
        selection: Vec::new(),
        hand: None,
        lane_zoom: query.number("lane_zoom")?.unwrap_or(1.0),
        focus: query.text("focus").map(str::to_owned),
        mark_in_secs: query.number("mark_in_secs")?,
        mark_out_secs: query.number("mark_out_secs")?,
        ruler: ruler.into(),
        shield: shield_of(query)?.into(),
        theme,
    };
    Ok(view.sane())
}

/// What is covered of what the address names.
fn shield_of(query: &Query) -> Result<ShieldShow, Fault> {
    query.word("shield", |other| format!("There is no shield called {other:?}."))
}

fn nothing_here() -> Fault {
    Fault::new(Code::NotFound, "There is nothing at this address.")
}

/// Which scopes of a frame are asked for instead of the frame, if any, and the scale of their lines and words.
fn scopes_of(query: &Query) -> Result<Option<(ScopeSet, f64)>, Fault> {
    let shown: wire::ScopesShow =
        query.word("scopes", |other| format!("There is no scope called {other:?}."))?;
    let set = ScopeSet::from(shown);
    let scale = query.number("scale")?.unwrap_or(1.0);
    Ok((set != ScopeSet::Off).then_some((set, scale)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_with_care() {
        let query = Query::parse("asset=ab%20c&w=10&empty=&x&client=a+b%zz");
        assert_eq!(query.text("asset"), Some("ab c"));
        assert_eq!(query.number::<u32>("w").unwrap(), Some(10));
        assert_eq!(
            (query.text("empty"), query.text("x"), query.text("y")),
            (None, None, None)
        );
        assert_eq!(query.text("client"), Some("a b%zz"));
        assert_eq!(query.number::<u32>("asset").unwrap_err().code, Code::BadRequest);
        assert_eq!(query.needed::<u32>("h").unwrap_err().code, Code::BadRequest);
    }

    #[test]
    fn views_from_an_address_are_made_sane() {
        let view = timeline_view(&Query::parse(
            "asset=x&start_secs=NaN&px_per_sec=1e99&width_px=-4&height_px=99999&scale=100&theme=light",
        ));
        let view = view.unwrap();
        let (width, height) = view.size();
        assert!(width >= 1 && height <= 4 * 4096, "{width} x {height}");
        assert!(view.start_secs.is_finite() && view.px_per_sec.is_finite());
        assert!(
            timeline_view(&Query::parse(
                "asset=x&start_secs=0&px_per_sec=1&width_px=1&height_px=1&theme=mauve"
            ))
            .is_err()
        );
        let counting = |unit: &str| {
            let size = "asset=x&start_secs=0&px_per_sec=1&width_px=1&height_px=1&ruler=";
            timeline_view(&Query::parse(&format!("{size}{unit}")))
        };
        assert_eq!(counting("frames").unwrap().ruler, stage::RulerUnit::Frames);
        assert!(counting("feet").is_err());
    }

    #[test]
    fn only_sheets_are_sheets() {
        assert!(is_sheet("sprites-000.jpg") && is_sheet("sprites-1234.jpg"));
        for not in [
            "sprites-.jpg",
            "sprites-00.jpg",
            "sprites-0a0.jpg",
            "sprites-000.jpg.x",
            "../sprites-000.jpg",
        ] {
            assert!(!is_sheet(not), "{not}");
        }
    }
}
