//! Making the film: two threads draw, one encodes, a fourth plays the sound.

use std::{
    fs, io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use media::{FilmSpec, FilmWriter};
use timebase::{Rate, Timecode};

use crate::{
    DemoError,
    paint::{HEIGHT, Picture, Print, Rgb, WIDTH},
    scenes::{self, Drawn},
    script::{self, FRAME_COUNT, SHOTS, Scene},
    sound,
};

/// Frames per second of the film.
pub const RATE: Rate = Rate::FILM_NTSC;
/// Frames since 00:00:00:00 of its first label, 01:00:00:00.
const START_LABEL: i64 = 24 * 3600;
/// Threads that draw. The encoder has the rest of the machine.
const PENS: u64 = 2;
/// Finished frames each drawing thread may be ahead.
const AHEAD: usize = 2;

/// Scenes that are built; one is kept only while somebody draws it, so that memory holds about two of ten.
struct Stock {
    shelves: Vec<(Scene, Mutex<Weak<dyn Drawn>>)>,
    print: Print,
}

/// Nobody's scene: what an empty shelf points to.
struct Nothing;

impl Drawn for Nothing {
    fn draw(&self, _picture: &mut Picture, _frame: u32) {}
}

impl Stock {
    fn new() -> Self {
        let shelf = |shot: &script::Shot| {
            let empty: Weak<dyn Drawn> = Weak::<Nothing>::new();
            (shot.scene, Mutex::new(empty))
        };
        Self {
            shelves: SHOTS.iter().map(shelf).collect(),
            print: Print::new(),
        }
    }

    fn take(&self, scene: Scene) -> Result<Arc<dyn Drawn>, DemoError> {
        let Some((_, shelf)) = self.shelves.iter().find(|(name, _)| *name == scene) else {
            return Ok(Arc::from(scenes::build(scene)?));
        };
        // Held while building: the other thread wants the same scene and would only build it twice.
        let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(built) = shelf.upgrade() {
            return Ok(built);
        }
        let built: Arc<dyn Drawn> = Arc::from(scenes::build(scene)?);
        *shelf = Arc::downgrade(&built);
        Ok(built)
    }
}

/// One drawing hand with the scenes it works on and a spare sheet for the dissolve.
pub(crate) struct Pen {
    stock: Arc<Stock>,
    holding: Vec<(Scene, Arc<dyn Drawn>)>,
    spare: Picture,
}

impl Pen {
    #[cfg(test)]
    pub(crate) fn new() -> Self {
        Self::with(Arc::new(Stock::new()))
    }

    fn with(stock: Arc<Stock>) -> Self {
        Self {
            stock,
            holding: Vec::new(),
            spare: Picture::black(),
        }
    }

    fn scene(&mut self, scene: Scene) -> Result<Arc<dyn Drawn>, DemoError> {
        if let Some((_, built)) = self.holding.iter().find(|(name, _)| *name == scene) {
            return Ok(Arc::clone(built));
        }
        let built = self.stock.take(scene)?;
        if self.holding.len() == 2 {
            self.holding.remove(0);
        }
        self.holding.push((scene, Arc::clone(&built)));
        Ok(built)
    }

    /// Draws one frame of the film.
    pub(crate) fn draw(&mut self, picture: &mut Picture, frame: u64) -> Result<(), DemoError> {
        let plan = script::plan(frame);
        let Some((scene, at)) = plan.main else {
            picture.wash(Rgb::hex(0), 1.0);
            return Ok(());
        };
        self.scene(scene)?.draw(picture, at);
        if let Some((over, at, part)) = plan.over {
            let over = self.scene(over)?;
            let mut spare = std::mem::replace(&mut self.spare, Picture { pixels: Vec::new() });
            if spare.pixels.is_empty() {
                spare = Picture::black();
            }
            over.draw(&mut spare, at);
            picture.dissolve(&spare, part);
            self.spare = spare;
        }
        if plan.light > 0.0 {
            self.stock.print.finish(picture, plan.grain);
        }
        if plan.light < 1.0 {
            picture.wash(Rgb::hex(0), 1.0 - plan.light);
        }
        Ok(())
    }
}

/// Makes the film at `path` (an .mp4), telling frames made and frames in all. Nothing is left behind when it fails or is stopped.
///
/// # Errors
/// [`DemoError::Cancelled`] when `progress` breaks; otherwise what the encoder or the disk said.
pub fn make(path: &Path, progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>) -> Result<(), DemoError> {
    let part = beside(path);
    let made = record(&part, progress).and_then(|()| {
        fs::rename(&part, path).map_err(|source| DemoError::Place {
            path: path.to_owned(),
            source,
        })
    });
    if made.is_err() {
        remove(&part);
    }
    made
}

/// A name next to `path` that the writer may use until the film is whole. Always the same one, so that what a killed make
/// left behind is written over by the next; the ending chooses the format.
fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_stem().unwrap_or_default());
    name.push(".part.mp4");
    path.with_file_name(name)
}

fn remove(part: &Path) {
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(part = %part.display(), %error, "an unfinished film stays");
        }
        _ => {}
    }
}

fn record(path: &Path, progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>) -> Result<(), DemoError> {
    let start = Timecode::from_frames(START_LABEL, RATE, false)?;
    let spec = FilmSpec {
        start_timecode: Some(start),
        // Grain is dear to an encoder: a little of it goes, and the film is a quarter the size.
        quality: 24,
        audio_rate: Some(sound::SAMPLE_RATE),
        ..FilmSpec::new(WIDTH as u32, HEIGHT as u32, RATE)
    };
    let writer = FilmWriter::create(path, spec)?;
    let stock = Arc::new(Stock::new());
    thread::scope(|scope| {
        let named = |name: String| thread::Builder::new().name(name);
        let track = named("demo-sound".to_owned())
            .spawn_scoped(scope, sound::compose)
            .map_err(DemoError::Thread)?;
        let mut desks = Vec::new();
        for first in 0..PENS {
            let (finished, frames) = sync_channel(AHEAD);
            let (back, used) = sync_channel(AHEAD + 2);
            let pen = Pen::with(Arc::clone(&stock));
            named(format!("demo-pen-{first}"))
                .spawn_scoped(scope, move || hand(pen, first, &finished, &used))
                .map_err(DemoError::Thread)?;
            desks.push((frames, back));
        }
        let track = track.join().map_err(|_panic| DemoError::Stopped)?;
        // The desks fall here when anything fails or stops, which ends the drawing threads.
        assemble(writer, desks, &track, progress)
    })
}

/// A drawing thread: every [`PENS`]-th frame from `first` on, until done or nobody wants more.
fn hand(
    mut pen: Pen,
    first: u64,
    finished: &SyncSender<Result<Picture, DemoError>>,
    used: &Receiver<Picture>,
) {
    for frame in (first..FRAME_COUNT).step_by(PENS as usize) {
        let mut picture = used.try_recv().unwrap_or_else(|_none_back_yet| Picture::black());
        let drawn = pen.draw(&mut picture, frame).map(|()| picture);
        let failed = drawn.is_err();
        if finished.send(drawn).is_err() || failed {
            return;
        }
    }
}

type Desk = (Receiver<Result<Picture, DemoError>>, SyncSender<Picture>);

fn assemble(
    mut writer: FilmWriter,
    desks: Vec<Desk>,
    track: &[f32],
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), DemoError> {
    for (frame, samples) in (0..FRAME_COUNT).zip(track.chunks(sound::SAMPLES_PER_FRAME * 2)) {
        let (frames, back) = &desks[(frame % PENS) as usize];
        let picture = frames.recv().map_err(|_ended| DemoError::Stopped)??;
        writer.push_rgba(&picture.pixels)?;
        writer.push_audio(samples)?;
        // A full or closed way back only means that this sheet is not used again.
        drop(back.try_send(picture));
        if progress(frame + 1, FRAME_COUNT).is_break() {
            return Err(DemoError::Cancelled);
        }
    }
    Ok(writer.finish()?)
}
