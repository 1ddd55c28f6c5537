//! Making pictures: exact frames, and timelines.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use fault::{Code, Fault};
use image::{
    ExtendedColorType, ImageEncoder as _,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use media::{
    Footage, FrameIndex, FrameReader, Hardware, MediaError, Patience, ScreenQuality, ScreenScaler, VideoFrame,
};
use stage::{
    Easel, Gpu, Picture, ScopeSet, StageError, TimelineCursor, TimelineScene, TimelineView, Typefaces,
    ViewerScene, Want,
};

/// Files a thread keeps open, so that going back and forth between two assets opens nothing.
const READERS_KEPT: usize = 3;

/// The graphics device of this desk, opened when the first picture is asked for. Opening takes a moment and may fail, once.
#[derive(Clone, Default)]
pub(crate) struct Graphics(Arc<OnceLock<Result<Gpu, StageError>>>);

impl Graphics {
    pub(crate) fn gpu(&self) -> Result<&Gpu, Fault> {
        self.0
            .get_or_init(|| Gpu::new(Want::Best))
            .as_ref()
            .map_err(|error| {
                Fault::new(Code::Missing, "This machine cannot draw the stage's pictures.")
                    .hint("Install a Vulkan or OpenGL driver; Mesa's lavapipe draws without a graphics card.")
                    .because(error)
            })
    }
}

/// One frame to show.
pub(crate) struct FrameWork {
    /// The proxy or the original.
    pub(crate) film: Footage,
    pub(crate) index: Arc<FrameIndex>,
    pub(crate) frame: u64,
    /// Largest width and height in pixels.
    pub(crate) within: (u32, u32),
    /// Its measurements in a panel of that size instead, at this many device pixels to a pixel of the page.
    pub(crate) scopes: Option<(ScopeSet, f64)>,
}

/// An easel that is set up when it is first needed, and anew after it failed.
struct Drawing {
    graphics: Graphics,
    easel: Option<Easel>,
}

impl Drawing {
    fn with(
        &mut self,
        draw: impl FnOnce(&mut Easel) -> Result<Picture, StageError>,
    ) -> Result<Picture, Fault> {
        let mut easel = match self.easel.take() {
            Some(easel) => easel,
            None => {
                let gpu = self.graphics.gpu()?.clone();
                Easel::new(gpu, Typefaces::WithSystem).map_err(|error| stage_fault(&error))?
            }
        };
        let picture = draw(&mut easel).map_err(|error| stage_fault(&error))?;
        self.easel = Some(easel);
        Ok(picture)
    }
}

/// A film that is open, and how long its frames are waited for where they are on their way here.
struct Opened {
    path: PathBuf,
    patience: Patience,
    reader: FrameReader,
}

/// Whoever looks asks again; the threads that show frames are few.
const FRAME_AWAITED: Duration = Duration::from_secs(8);

/// What a thread that shows frames works with.
pub(crate) struct FrameMaker {
    drawing: Drawing,
    readers: VecDeque<Opened>,
    scaler: ScreenScaler,
}

impl FrameMaker {
    pub(crate) fn new(graphics: Graphics) -> Self {
        Self {
            drawing: Drawing {
                graphics,
                easel: None,
            },
            readers: VecDeque::new(),
            scaler: ScreenScaler::default(),
        }
    }

    pub(crate) fn make(&mut self, work: &FrameWork) -> Result<Vec<u8>, Fault> {
        let frame = self.read(work).map_err(|error| match error {
            MediaError::Cancelled => Fault::new(Code::Away, "This frame is still on its way from the lake."),
            error => media_fault(&error),
        })?;
        if let Some((set, scale)) = work.scopes {
            let picture = crate::picture::stage_picture(&frame);
            let drawn = self
                .drawing
                .with(|easel| easel.scopes(&picture, set, work.within, scale))?;
            return png(&drawn.rgba, drawn.width, drawn.height, ExtendedColorType::Rgba8);
        }
        let (width, height) = fit(upright_size(&frame), work.within);
        // A processor converts exactly, and faster than it can pretend to be a graphics card.
        if self.drawing.graphics.gpu().is_ok_and(|gpu| !gpu.is_software()) {
            let (picture, scene) = (crate::picture::stage_picture(&frame), ViewerScene::default());
            let drawn = self
                .drawing
                .with(|easel| easel.viewer(Some(&picture), &scene, (width, height), 1.0))?;
            return png(&drawn.rgba, width, height, ExtendedColorType::Rgba8);
        }
        let line = width as usize * 4;
        let mut rows = vec![0; line * height as usize];
        self.scaler
            .to_bgrx(&frame, ScreenQuality::Exact, (width, height), &mut rows, line)
            .map_err(|error| media_fault(&error))?;
        let rgb: Vec<u8> = rows
            .chunks_exact(4)
            .flat_map(|bgrx| [bgrx[2], bgrx[1], bgrx[0]])
            .collect();
        png(&rgb, width, height, ExtendedColorType::Rgb8)
    }

    fn read(&mut self, work: &FrameWork) -> Result<VideoFrame, MediaError> {
        // By the file, not by the asset: a proxy that was made anew has another name.
        let path = work.film.path();
        let known = self.readers.iter().position(|opened| opened.path == path);
        let until = Instant::now() + FRAME_AWAITED;
        let lasts = move || Instant::now() < until;
        let mut opened = match known.and_then(|at| self.readers.remove(at)) {
            Some(opened) => {
                opened.patience.change(lasts);
                opened
            }
            None => {
                let patience = Patience::while_it(lasts);
                let film = work.film.clone().for_as_long_as(patience.clone());
                let reader = FrameReader::open_to_show(film, (*work.index).clone(), Hardware::Off)?;
                Opened {
                    path: path.to_owned(),
                    patience,
                    reader,
                }
            }
        };
        let frame = opened.reader.frame(work.frame);
        // A reader that failed is not kept: the file may have been made anew. One that did not wait longer has not failed.
        if matches!(frame, Ok(_) | Err(MediaError::Cancelled)) {
            self.readers.push_front(opened);
            self.readers.truncate(READERS_KEPT);
        }
        frame
    }
}

/// One timeline to draw.
pub(crate) struct TimelineWork {
    pub(crate) scene: Arc<TimelineScene>,
    pub(crate) view: TimelineView,
}

/// What the thread that draws timelines works with.
pub(crate) struct TimelineMaker(Drawing);

impl TimelineMaker {
    pub(crate) fn new(graphics: Graphics) -> Self {
        Self(Drawing {
            graphics,
            easel: None,
        })
    }

    pub(crate) fn make(&mut self, work: &TimelineWork) -> Result<Vec<u8>, Fault> {
        // The page draws its own playhead over the picture, which therefore stays the same while a film runs.
        let cursor = TimelineCursor::default();
        let picture = self
            .0
            .with(|easel| easel.timeline(&work.scene, &work.view, &cursor))?;
        png(
            &picture.rgba,
            picture.width,
            picture.height,
            ExtendedColorType::Rgba8,
        )
    }
}

/// The size of a picture as shown, upright and squared, no smaller than it is stored.
fn upright_size(frame: &VideoFrame) -> (u32, u32) {
    let (width, height) = if frame.turn.swaps() {
        (frame.height, frame.width)
    } else {
        (frame.width, frame.height)
    };
    let squared = |side: f64| (side.round() as u32).max(1);
    let aspect = frame.display_aspect();
    if f64::from(width) / f64::from(height.max(1)) <= aspect {
        (squared(f64::from(height) * aspect), height)
    } else {
        (width, squared(f64::from(width) / aspect))
    }
}

/// What lies over one frame.
pub(crate) struct OverWork {
    pub(crate) scene: ViewerScene,
    /// Device pixels: width, height.
    pub(crate) size: (u32, u32),
    pub(crate) scale: f64,
}

/// What the thread that draws what lies over pictures works with.
pub(crate) struct OverMaker(Drawing);

impl OverMaker {
    pub(crate) fn new(graphics: Graphics) -> Self {
        Self(Drawing {
            graphics,
            easel: None,
        })
    }

    pub(crate) fn make(&mut self, work: &OverWork) -> Result<Vec<u8>, Fault> {
        if work.scene.is_empty() {
            return png(&[0; 4], 1, 1, ExtendedColorType::Rgba8);
        }
        let picture = self
            .0
            .with(|easel| easel.over(&work.scene, work.size, work.scale))?;
        png(
            &picture.rgba,
            picture.width,
            picture.height,
            ExtendedColorType::Rgba8,
        )
    }
}

/// `picture` made to fit into `within` without growing, at least one pixel.
fn fit(picture: (u32, u32), within: (u32, u32)) -> (u32, u32) {
    let (width, height) = (u64::from(picture.0.max(1)), u64::from(picture.1.max(1)));
    let (most_width, most_height) = (u64::from(within.0.max(1)), u64::from(within.1.max(1)));
    let side = |value: u64| u32::try_from(value.max(1)).unwrap_or(u32::MAX);
    if width <= most_width && height <= most_height {
        return (side(width), side(height));
    }
    // Whichever side is the tighter one rules; the other is rounded to the nearest.
    if width * most_height >= height * most_width {
        (side(most_width), side((height * most_width + width / 2) / width))
    } else {
        (
            side((width * most_height + height / 2) / height),
            side(most_height),
        )
    }
}

pub(crate) fn png(
    bytes: &[u8],
    width: u32,
    height: u32,
    colour: ExtendedColorType,
) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(bytes.len() / 3);
    // These pictures live for a moment on one machine: time counts, not size.
    PngEncoder::new_with_quality(&mut out, CompressionType::Fast, FilterType::Sub)
        .write_image(bytes, width, height, colour)
        .map_err(|error| {
            Fault::new(Code::Internal, "A picture could not be written down.").because(&error)
        })?;
    Ok(out)
}

/// Points across and down that are left of a small picture that is covered.
const COVERED: (u32, u32) = (6, 4);

/// A small picture cut out of a sheet, `[left, top, width, height]`, as JPEG; covered, only its light is left.
pub(crate) fn tile(
    sheet: &[u8],
    [left, top, width, height]: [u32; 4],
    is_covered: bool,
) -> Result<Vec<u8>, Fault> {
    let unreadable = |error: image::ImageError| {
        Fault::new(Code::Lake, "The thumbnails of this asset cannot be read.")
            .hint("Ingest its file again to have them made.")
            .because(&error)
    };
    let sheet = image::load_from_memory(sheet).map_err(unreadable)?;
    let mut tile = sheet.crop_imm(left, top, width, height).to_rgb8();
    if is_covered {
        tile = covered(&tile);
    }
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 82)
        .encode(&tile, tile.width(), tile.height(), ExtendedColorType::Rgb8)
        .map_err(|error| {
            Fault::new(Code::Internal, "A picture could not be written down.").because(&error)
        })?;
    Ok(out)
}

fn covered(tile: &image::RgbImage) -> image::RgbImage {
    use image::imageops::{FilterType, resize};
    let few = resize(tile, COVERED.0, COVERED.1, FilterType::Triangle);
    let mut out = resize(&few, tile.width(), tile.height(), FilterType::Triangle);
    for pixel in out.pixels_mut() {
        let [red, green, blue] = pixel.0.map(u32::from);
        let grey = (red * 54 + green * 183 + blue * 19) * 6 / 2560;
        pixel.0 = [u8::try_from(grey).unwrap_or(u8::MAX); 3];
    }
    out
}

fn media_fault(error: &MediaError) -> Fault {
    Fault::new(error.code(), "This frame cannot be shown.").because(error)
}

fn stage_fault(error: &StageError) -> Fault {
    let code = match error {
        StageError::Size { .. } => Code::BeyondLimits,
        StageError::NoAdapter { .. } | StageError::NoDevice { .. } => Code::Missing,
        _ => Code::Internal,
    };
    Fault::new(code, "The stage could not draw this picture.").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_shrink_to_fit_and_never_grow() {
        assert_eq!(fit((1280, 720), (640, 640)), (640, 360));
        assert_eq!(fit((1280, 720), (4000, 4000)), (1280, 720));
        assert_eq!(fit((720, 1280), (400, 400)), (225, 400));
        assert_eq!(fit((1280, 536), (1000, 419)), (1000, 419));
        assert_eq!(fit((1280, 720), (0, 0)), (1, 1));
    }

    #[test]
    fn a_tile_is_cut_where_it_lies() {
        let mut sheet = image::RgbImage::new(32, 32);
        for (x, y, pixel) in sheet.enumerate_pixels_mut() {
            *pixel = image::Rgb(if x >= 16 && y >= 16 {
                [200, 30, 30]
            } else {
                [10, 10, 10]
            });
        }
        let sheet = png(&sheet, 32, 32, ExtendedColorType::Rgb8).unwrap();
        let tile = image::load_from_memory(&tile(&sheet, [16, 16, 16, 16], false).unwrap())
            .unwrap()
            .to_rgb8();
        assert_eq!(tile.dimensions(), (16, 16));
        assert!(tile.get_pixel(8, 8).0[0] > 150);
    }

    #[test]
    fn a_covered_tile_shows_its_light_and_nothing_else() {
        let stripes = image::RgbImage::from_fn(152, 86, |x, _| {
            image::Rgb(if x % 20 < 10 { [250, 40, 40] } else { [20, 20, 90] })
        });
        let sheet = png(&stripes, 152, 86, ExtendedColorType::Rgb8).unwrap();
        let shown = tile(&sheet, [0, 0, 152, 86], true).unwrap();
        let shown = image::load_from_memory(&shown).unwrap().to_rgb8();
        assert_eq!(shown.dimensions(), (152, 86));
        let greys: Vec<u8> = shown.pixels().map(|pixel| pixel.0[0]).collect();
        let (least, most) = (greys.iter().min().unwrap(), greys.iter().max().unwrap());
        assert!(most - least < 20, "stripes of {least} to {most}");
        assert!((15..80).contains(most), "{most}");
        for pixel in shown.pixels() {
            let [red, green, blue] = pixel.0;
            assert!(red.abs_diff(green) < 4 && red.abs_diff(blue) < 4, "{pixel:?}");
        }
    }
}
