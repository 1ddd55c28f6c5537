//! A player: the conductor with a clock, a decoding thread and sound.

use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use media::{ChannelMix, Footage, FrameIndex, Hardware, MediaError, OnWay, Patience, VideoFrame};
use timebase::Flicks;

use crate::conductor::Conductor;
use crate::error::PlaybackError;
use crate::facts::{Cue, Facts};
use crate::film::{Film, FilmSound, FrameWay};
use crate::job::Counts;
use crate::listening::Metering;
use crate::no_picture::NoPicture;
use crate::sound::{Sound, SoundOut, SoundSource};
use crate::transport::Act;
use crate::wish::{SoundState, SoundWish};

/// What is said behind the source while a picture waits for bytes that are on their way to this machine.
const COMING: &str = ", still coming";

/// Where frames come from.
pub trait FrameSource: Send {
    /// A decoded frame; cheap to clone.
    type Picture: Clone + Send + 'static;

    /// Frame `n`, exactly. `on_way` is asked before each piece of work whether to go on, and given the frames from `whole_from`
    /// to `n` that are decoded on the way.
    ///
    /// # Errors
    /// When it cannot be decoded; [`MediaError::Cancelled`] when `on_way` says so.
    fn find(
        &mut self,
        n: u64,
        whole_from: u64,
        on_way: &mut dyn FnMut(OnWay<Self::Picture>) -> ControlFlow<()>,
    ) -> Result<Self::Picture, PlaybackError>;

    /// Bytes a picture holds.
    fn size_bytes(picture: &Self::Picture) -> usize;

    /// How its pictures are come by. Asked after each of them.
    fn way(&self) -> FrameWay {
        FrameWay::default()
    }

    /// How long it waits for what is on its way to this machine, for those that may have to.
    fn patience(&self) -> Option<Patience> {
        None
    }
}

/// What to play.
#[derive(Clone, Debug)]
pub struct PlayerFiles {
    /// The proxy or the original.
    pub film: Footage,
    /// Where sound is read that the proxy has mixed already: the original, when it can be reached. Else it is that of `film`.
    pub sound: Option<Footage>,
    /// With an original: its proxy, which is played where the original fails.
    pub proxy: Option<Footage>,
    /// The index of the asset's frames.
    pub index: FrameIndex,
    /// Whether the asset has sound.
    pub has_sound: bool,
    /// Whether devices may help to decode an original.
    pub hardware: Hardware,
}

/// How a player plays, whatever it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayerOptions {
    /// Where sound goes.
    pub out: SoundOut,
    /// Bytes of decoded frames that are kept at most.
    pub cache_bytes: usize,
    /// The frame it stands on at first.
    pub at: u64,
}

impl Default for PlayerOptions {
    /// The system's sound, and a cache by [`crate::cache_budget_bytes`] of the machine's memory.
    fn default() -> Self {
        Self {
            out: SoundOut::default(),
            cache_bytes: crate::cache_budget_bytes(None),
            at: 0,
        }
    }
}

struct State<P> {
    conductor: Conductor<FrameIndex, P>,
    /// It follows another one: that one's looks draw it.
    led: bool,
    decode_millis: f64,
    way: FrameWay,
    fault: Option<String>,
    stop: bool,
}

struct Desk<P> {
    state: Mutex<State<P>>,
    /// For the decoder: something may be wanted.
    work: Condvar,
    /// For whoever draws: there is a picture, or time runs.
    news: Condvar,
    zero: Instant,
}

impl<P> Desk<P> {
    fn lock(&self) -> MutexGuard<'_, State<P>> {
        // A panic elsewhere leaves plain values here that are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what is being decoded is still wanted.
    fn waits(&self) -> bool
    where
        P: Clone,
    {
        let now = self.now();
        let mut state = self.lock();
        !state.stop && state.conductor.is_wanted(now)
    }

    fn now(&self) -> Flicks {
        let micros = i64::try_from(self.zero.elapsed().as_micros()).unwrap_or(i64::MAX);
        // 705.6 flicks to a microsecond.
        Flicks(micros.saturating_mul(7_056) / 10)
    }
}

/// Plays one asset. Any thread may act on it, one draws with it; dropping it ends its threads.
pub struct Player<P = Arc<VideoFrame>> {
    desk: Arc<Desk<P>>,
    /// How long pictures that are on their way are waited for.
    patience: Option<Patience>,
    sound: Option<Sound>,
    decoder: Option<JoinHandle<()>>,
}

impl Player {
    /// Opens an asset's files, standing on frame 0.
    ///
    /// # Errors
    /// [`PlaybackError::Media`] when the picture cannot be read. Sound that cannot be read is left out and said in the facts.
    pub fn open(files: PlayerFiles, options: PlayerOptions) -> Result<Self, PlaybackError> {
        let PlayerFiles {
            film,
            sound,
            proxy,
            index,
            has_sound,
            hardware,
        } = files;
        let sound = if has_sound {
            let (heard, left) = match sound {
                Some(sound) => (sound, proxy.clone().or_else(|| Some(film.clone()))),
                None => (film.clone(), proxy.clone()),
            };
            match FilmSound::open(heard, left) {
                Ok(sound) => Some(sound),
                Err(MediaError::Cancelled) => return Err(MediaError::Cancelled.into()),
                Err(error) => {
                    tracing::warn!(%error, "playing without sound");
                    None
                }
            }
        } else {
            None
        };
        let frames = Film::open(film, proxy, index.clone(), hardware)?;
        let group = frames.group();
        Self::start(frames, index, sound, group, options)
    }

    /// Opens sound that has no picture, standing at its beginning; with a proxy besides it is an original, and the proxy is what is
    /// left where that fails. Its frames are those of `clock`, an even one (see
    /// [`FrameIndex::steady`]); what there is to draw is black.
    ///
    /// # Errors
    /// [`PlaybackError::Media`] when the sound cannot be read, [`PlaybackError::NoFrames`] when the clock has none.
    pub fn open_sound(
        film: Footage,
        proxy: Option<Footage>,
        clock: FrameIndex,
        options: PlayerOptions,
    ) -> Result<Self, PlaybackError> {
        let original = proxy.is_some();
        let sound = FilmSound::open(film, proxy)?;
        Self::start(NoPicture::new(original), clock, Some(sound), 1, options)
    }
}

impl<P: Clone + Send + 'static> Player<P> {
    /// Starts a player on any source of frames and sound; `group` is how many frames decode together.
    ///
    /// # Errors
    /// [`PlaybackError::NoFrames`] for an empty index, [`PlaybackError::Thread`] when the system gives no thread.
    pub fn start<F, S>(
        frames: F,
        index: FrameIndex,
        sound: Option<S>,
        group: u64,
        options: PlayerOptions,
    ) -> Result<Self, PlaybackError>
    where
        F: FrameSource<Picture = P> + 'static,
        S: SoundSource + 'static,
    {
        if index.is_empty() {
            return Err(PlaybackError::NoFrames);
        }
        let mut conductor = Conductor::new(index, group, options.cache_bytes);
        if options.at > 0 {
            conductor.act(Flicks::ZERO, Act::Seek(options.at));
        }
        let desk = Arc::new(Desk {
            state: Mutex::new(State {
                conductor,
                led: false,
                decode_millis: 0.0,
                way: frames.way(),
                fault: None,
                stop: false,
            }),
            work: Condvar::new(),
            news: Condvar::new(),
            zero: Instant::now(),
        });
        let sound = sound
            .map(|source| Sound::start(source, options.out))
            .transpose()?;
        let patience = frames.patience();
        if let Some(patience) = &patience {
            let desk = Arc::downgrade(&desk);
            patience.change(move || desk.upgrade().is_some_and(|desk| desk.waits()));
        }
        let own = Arc::clone(&desk);
        let decoder = std::thread::Builder::new()
            .name("playback-frames".to_owned())
            .spawn(move || decode(&own, frames))?;
        Ok(Self {
            desk,
            patience,
            sound,
            decoder: Some(decoder),
        })
    }

    /// Acts on the transport.
    pub fn act(&self, act: Act) {
        let now = self.desk.now();
        let wish = {
            let mut state = self.desk.lock();
            if matches!(act, Act::Seek(_) | Act::Scrub(_) | Act::Step(_) | Act::Stop) {
                state.fault = None;
            }
            state.conductor.act(now, act);
            state.conductor.wish()
        };
        self.wish_sound(wish);
        self.desk.work.notify_all();
        self.desk.news.notify_all();
    }

    /// Names of the sound's channels, in their order; none without sound.
    pub fn channels(&self) -> Vec<String> {
        self.sound
            .as_ref()
            .map(|sound| sound.channels().to_vec())
            .unwrap_or_default()
    }

    /// Which channels of the sound are heard from now on, and where. Those that are not named are heard as they are laid.
    pub fn set_mix(&self, mix: Vec<ChannelMix>) {
        if let Some(sound) = &self.sound {
            sound.set_mix(mix);
        }
    }

    /// Measures what is heard from now on, or no longer.
    pub fn meter(&self, on: bool) {
        if let Some(sound) = &self.sound {
            sound.meter(on);
        }
    }

    /// Begins to measure loudness anew.
    pub fn reset_meter(&self) {
        if let Some(sound) = &self.sound {
            sound.reset_meter();
        }
    }

    /// What was measured of the sound so far; nothing without sound, and before anything was heard.
    pub fn metering(&self) -> Option<Metering> {
        self.sound.as_ref().and_then(Sound::metering)
    }

    /// Goes on where another player of the same asset is, as it plays, with its marks, and pauses that one.
    pub fn take_over<Q: Clone + Send + 'static>(&self, other: &Player<Q>) {
        let facts = other.facts();
        other.act(Act::Pause);
        self.act(Act::MarkIn(facts.mark_in));
        self.act(Act::MarkOut(facts.mark_out));
        self.act(Act::Loop(facts.looping));
        if facts.frame != self.facts().frame {
            self.act(Act::Seek(facts.frame));
        }
        if facts.playing {
            self.act(Act::Speed(facts.speed));
        }
    }

    fn wish_sound(&self, wish: SoundWish) {
        if let Some(sound) = &self.sound {
            sound.wish(wish);
        }
    }

    /// Lets time pass up to now. Whoever draws calls this at each tick through [`Self::newest`]; someone must while playing.
    fn tick(&self) {
        let before = self.desk.lock().conductor.wish();
        let sound = match &self.sound {
            Some(sound) if before.speed() != 0 => sound.state(before.epoch),
            _no_sound => SoundState::Absent,
        };
        let after = {
            let mut state = self.desk.lock();
            // A jump in between made the sound's answer stale.
            let sound = if state.conductor.wish() == before {
                sound
            } else {
                SoundState::Starting
            };
            state.conductor.tick(self.desk.now(), sound);
            state.conductor.wish()
        };
        if after != before {
            self.wish_sound(after);
        }
        self.desk.work.notify_all();
    }

    /// The picture to draw now, once: nothing when the last one still holds. Frame number and picture.
    pub fn newest(&self) -> Option<(u64, P)> {
        self.tick();
        self.desk.lock().conductor.take_picture()
    }

    /// Where it stands.
    pub fn cue(&self) -> Cue {
        let state = self.desk.lock();
        let c = &state.conductor;
        let start = c.material.start_of(c.due());
        Cue {
            frame: c.due(),
            start,
            length: c.material.start_of(c.due() + 1) - start,
            speed: c.transport.speed(),
        }
    }

    /// When a frame begins, media time; the one past the last is the end.
    pub fn start_of(&self, frame: u64) -> Flicks {
        self.desk.lock().conductor.material.start_of(frame)
    }

    /// Stands, or runs at `speed`, where another film does, `at` in this one's media time; its own sound is not for that. The picture
    /// to draw now, once, as [`Self::newest`]. Beyond its ends it stands on its first and last picture.
    pub fn follow(&self, at: Flicks, speed: i8) -> Option<(u64, P)> {
        let mut state = self.desk.lock();
        state.led = true;
        state.conductor.lead(self.desk.now(), at, speed);
        let picture = state.conductor.take_picture();
        drop(state);
        self.desk.work.notify_all();
        picture
    }

    /// Keeps frames in one of `shares` equal shares of the memory it was given: 2 while another film is seen beside it, 1 else.
    pub fn share_cache(&self, shares: usize) {
        self.desk.lock().conductor.share_cache(shares);
    }

    /// Waits until there may be something to draw: a picture is there or time runs. False when the time is over first. At rest
    /// nothing wakes up, so nothing is painted.
    pub fn wait(&self, at_most: Duration) -> bool {
        let state = self.desk.lock();
        let idle = |s: &mut State<P>| {
            let runs = s.conductor.transport.speed() != 0 && !s.led;
            !s.stop && !s.conductor.has_picture() && !runs
        };
        let (mut state, _timeout) = self
            .desk
            .news
            .wait_timeout_while(state, at_most, idle)
            .unwrap_or_else(PoisonError::into_inner);
        !idle(&mut state)
    }

    /// The playhead's media time: the start of the frame under it at rest, exact time when running.
    pub fn position(&self) -> Flicks {
        let now = self.desk.now();
        self.desk.lock().conductor.transport.position(now)
    }

    /// What is heard at this moment, media time, by the sound device's own word; nothing while no sound runs.
    pub fn heard(&self) -> Option<Flicks> {
        let wish = self.desk.lock().conductor.wish();
        match self
            .sound
            .as_ref()
            .filter(|_| wish.speed() != 0)?
            .state(wish.epoch)
        {
            SoundState::At(heard) => Some(heard),
            SoundState::Absent | SoundState::Starting => None,
        }
    }

    /// How pictures are come by, and whether one is waited for that is on its way here.
    fn way_now(&self, way: &FrameWay) -> FrameWay {
        let mut way = way.clone();
        if self.patience.as_ref().is_some_and(Patience::is_waiting) {
            way.source.push_str(COMING);
        }
        way
    }

    /// What is going on.
    pub fn facts(&self) -> Facts {
        let audio = self
            .sound
            .as_ref()
            .map_or_else(|| "no sound".to_owned(), Sound::words);
        let state = self.desk.lock();
        let c = &state.conductor;
        let Counts {
            dropped, repeated, ..
        } = c.counts;
        Facts {
            frame: c.due(),
            shown: c.shown(),
            playing: c.transport.speed() != 0,
            speed: c.transport.speed(),
            mark_in: c.transport.mark_in,
            mark_out: c.transport.mark_out,
            looping: c.transport.looping,
            around: c.transport.is_around(),
            dropped,
            repeated,
            decode_millis: state.decode_millis,
            sound_lead_millis: c.sound_lead().map(Flicks::to_millis_round),
            audio,
            cache_bytes: c.cache().held_bytes(),
            cache_limit_bytes: c.cache().limit_bytes(),
            way: self.way_now(&state.way),
            fault: state.fault.clone(),
        }
    }
}

impl<P> Drop for Player<P> {
    /// Ends its threads. Whoever drops it does not wait for them: one may be reading a file on a share that does not answer.
    fn drop(&mut self) {
        self.desk.lock().stop = true;
        self.desk.work.notify_all();
        self.desk.news.notify_all();
        let (sound, decoder) = (self.sound.take(), self.decoder.take());
        if let Some(sound) = &sound {
            sound.stop();
        }
        let end = move || {
            drop(sound);
            if let Some(decoder) = decoder
                && decoder.join().is_err()
            {
                tracing::error!("the decoding thread panicked");
            }
        };
        // Nobody owns this thread, alone of all: a read on a share that is gone can be neither waited for nor ended from outside, so
        // whoever owned it would hang with it. It holds nothing that anybody else waits for, and goes with the read or the program.
        let ending = std::thread::Builder::new().name("playback-end".to_owned());
        // It is gone when the two are. Without a thread the decoder ends by itself, and the sound is waited for here.
        if let Err(error) = ending.spawn(end) {
            tracing::warn!(%error, "nobody waits for a player's threads");
        }
    }
}

/// The decoding thread: takes jobs, decodes without the lock, delivers.
fn decode<F: FrameSource>(desk: &Arc<Desk<F::Picture>>, mut frames: F) {
    let mut state = desk.lock();
    loop {
        if state.stop {
            return;
        }
        let now = desk.now();
        let Some(job) = state.conductor.next_job(now) else {
            state = rest(desk, state, now);
            continue;
        };
        drop(state);
        let begin = Instant::now();
        let picture = frames.find(job.frame, job.whole_from, &mut |way| on_way::<F>(desk, way));
        let millis = begin.elapsed().as_secs_f64() * 1000.0;
        let way = frames.way();
        state = desk.lock();
        state.way = way;
        // A first value, then a tenth of each new one.
        state.decode_millis +=
            (millis - state.decode_millis) * if state.decode_millis == 0.0 { 1.0 } else { 0.1 };
        let picture = match picture {
            Ok(picture) => {
                let size_bytes = F::size_bytes(&picture);
                Some((picture, size_bytes))
            }
            Err(PlaybackError::Media(MediaError::Cancelled)) => {
                state.conductor.give_up();
                continue;
            }
            Err(error) => {
                tracing::warn!(frame = job.frame, %error, "a frame cannot be shown");
                state.fault = Some(error.to_string());
                None
            }
        };
        state.conductor.deliver(job, picture);
        desk.news.notify_all();
    }
}

/// What the decoding thread does on its way to a frame: it gives up what nobody waits for any more, and hands over what it
/// decodes in passing.
fn on_way<F: FrameSource>(desk: &Desk<F::Picture>, way: OnWay<F::Picture>) -> ControlFlow<()> {
    let mut state = desk.lock();
    if let OnWay::Frame(frame, picture) = way {
        let size_bytes = F::size_bytes(&picture);
        state.conductor.pass(frame, picture, size_bytes);
        desk.news.notify_all();
    }
    if state.stop || !state.conductor.is_wanted(desk.now()) {
        return ControlFlow::Break(());
    }
    ControlFlow::Continue(())
}

/// Waits until something is wanted; a resting playhead asks for its surroundings after a while by itself.
fn rest<'a, P: Clone>(
    desk: &'a Desk<P>,
    state: MutexGuard<'a, State<P>>,
    now: Flicks,
) -> MutexGuard<'a, State<P>> {
    let quiet = state.conductor.quiet_for(now).filter(|q| *q > Flicks::ZERO);
    let Some(quiet) = quiet else {
        return desk.work.wait(state).unwrap_or_else(PoisonError::into_inner);
    };
    let millis = u64::try_from(quiet.to_millis_round()).unwrap_or(0) + 1;
    let waited = desk.work.wait_timeout(state, Duration::from_millis(millis));
    let (mut state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
    if timeout.timed_out() {
        state.conductor.tick(desk.now(), SoundState::Absent);
    }
    state
}
