//! What the viewer plays: an asset's files, opened by the person's settings.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use api::{
    Desk,
    wire::{ChannelSetting, TransportAct},
};
use fault::{Code, Fault};
use media::{Footage, Hardware, Patience};
use playback::{Act, Player, PlayerFiles, PlayerOptions, SoundOut};
use workstation::{AssetDetail, Workstation};

use crate::{
    opener::{self, NotBegun, Opener},
    stage_host::{Reel, StageHost, channel_mix},
};

/// The original is away or has changed.
pub(crate) const AWAY: &str = "The original is away or has changed; its proxy is shown.";
/// The original does not come at once.
pub(crate) const OPENING: &str = "The original is being opened; its proxy is shown until then.";
/// The original was opened, and cannot be played.
pub(crate) const REFUSED: &str = "The original cannot be opened; its proxy is shown.";
/// The original was not tried: too many others hang.
const OTHERS_HANG: &str = "Other originals do not answer, so this one was not opened; its proxy is shown. Look at the shares they lie on.";
/// The original was not tried: the system gives no thread.
const NO_THREAD: &str = "The system is too busy to open the original; its proxy is shown.";

impl Reel {
    /// The same proxy, now shown only until the original is there.
    pub(crate) fn asked_for_original(self) -> Self {
        Self {
            original: true,
            notice: "",
            ..self
        }
    }

    /// The same; where the original was asked for, with why it is not there.
    pub(crate) fn without_original(self, notice: &'static str) -> Self {
        let notice = if self.original { notice } else { "" };
        Self { notice, ..self }
    }
}

/// What of an asset's files a reel is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// What lies in the lake.
    Near,
    /// Its original for the sound, and for the picture too where that is wanted.
    Far { picture: bool },
}

/// What there is to play of an asset at once, standing on a frame: its proxy. And whether the original has to be asked for more:
/// the picture where that is wanted, or channels that a proxy has mixed.
pub(crate) fn near(
    workstation: &Workstation,
    asset: &str,
    original: bool,
    at: u64,
    patience: Patience,
) -> Result<Option<(Reel, bool)>, Fault> {
    let id = workstation.resolve_asset(asset)?;
    let detail = workstation.asset(&id.to_string())?;
    if detail.proxy.is_none() {
        return Ok(None);
    }
    let proxy = workstation
        .rendition_footage(id, "proxy")?
        .for_as_long_as(patience);
    let player = player(workstation, proxy, &detail, Place::Near, (at, true))?;
    let more = original || has_many(&detail);
    let reel = player.map(|player| Reel {
        asset: asset.to_owned(),
        player: Arc::new(player),
        original,
        notice: "",
    });
    Ok(reel.map(|reel| (reel, more)))
}

/// What there is to play of an asset: its proxy, and its original where that is wanted and can be reached. It may take as long as the
/// proxy's way here.
fn whole(
    workstation: &Workstation,
    asset: &str,
    original: bool,
    patience: Patience,
) -> Result<Option<Reel>, Fault> {
    let Some((reel, more)) = near(workstation, asset, original, 0, patience)? else {
        return Ok(None);
    };
    if !more {
        return Ok(Some(reel));
    }
    Ok(Some(match far(workstation, asset, original, 0) {
        Ok(Some(player)) => Reel {
            player: Arc::new(player),
            ..reel
        },
        Ok(None) => reel.without_original(AWAY),
        Err(fault) => {
            tracing::warn!(%fault, "an original is not played");
            reel.without_original(REFUSED)
        }
    }))
}

/// A player of an asset's original, its picture or only its sound; none when it is away or has changed. It may take as long as the
/// share the file lies on.
fn far(workstation: &Workstation, asset: &str, picture: bool, at: u64) -> Result<Option<Player>, Fault> {
    let id = workstation.resolve_asset(asset)?;
    let detail = workstation.asset(&id.to_string())?;
    let proxy = workstation.rendition_footage(id, "proxy")?;
    player(workstation, proxy, &detail, Place::Far { picture }, (at, true))
}

/// A player of an asset's pictures alone, of the proxy or the original, to be seen beside another; none without a proxy, and of an
/// original that is away or has changed.
pub(crate) fn silent(
    workstation: &Workstation,
    asset: &str,
    original: bool,
    at: u64,
) -> Result<Option<Player>, Fault> {
    let id = workstation.resolve_asset(asset)?;
    let detail = workstation.asset(&id.to_string())?;
    if detail.proxy.is_none() || detail.video.is_none() {
        return Ok(None);
    }
    let from = if original {
        Place::Far { picture: true }
    } else {
        Place::Near
    };
    let proxy = workstation.rendition_path(id, "proxy")?.into();
    player(workstation, proxy, &detail, from, (at, false))
}

/// A proxy has mixed more than two channels to two: they are heard from the original where it can be reached.
fn has_many(detail: &AssetDetail) -> bool {
    detail.audio.iter().any(|track| track.channels > 2)
}

fn player(
    workstation: &Workstation,
    proxy: Footage,
    detail: &AssetDetail,
    from: Place,
    (at, heard): (u64, bool),
) -> Result<Option<Player>, Fault> {
    let id = workstation.resolve_asset(&detail.row.id)?;
    let here = match from {
        Place::Near => None,
        Place::Far { .. } => match workstation.unchanged_original(id)? {
            None => return Ok(None),
            here => here.map(Footage::from),
        },
    };
    let sound = here.clone().filter(|_| has_many(detail));
    let unchanged = here.filter(|_| from == Place::Far { picture: true });
    let mut options = playing(&workstation.settings().desk);
    options.at = at;
    let opened = if detail.video.is_none() {
        let frames = workstation.frame_clock(id)?.frame_count();
        let clock = media::FrameIndex::steady(workstation::SOUND_RATE, frames);
        match unchanged.or(sound) {
            Some(path) => Player::open_sound(path, Some(proxy), clock, options),
            None => Player::open_sound(proxy, None, clock, options),
        }
    } else {
        let index = workstation.frame_index(id)?;
        let has_sound = heard && !detail.audio.is_empty();
        let hardware = if workstation.settings().desk.hardware_decoding {
            Hardware::Auto
        } else {
            Hardware::Off
        };
        let files = match unchanged {
            Some(film) => PlayerFiles {
                film,
                sound: None,
                proxy: Some(proxy),
                index: (*index).clone(),
                has_sound,
                hardware,
            },
            None => PlayerFiles {
                film: proxy,
                sound,
                proxy: None,
                index: index.of_proxy(),
                has_sound,
                hardware,
            },
        };
        Player::open(files, options)
    };
    opened.map(Some).map_err(|error| {
        Fault::new(Code::DamagedMedia, "The proxy of this asset cannot be played.")
            .hint("Ingest its file again to have it made.")
            .because(&error)
    })
}

/// How the channels of an asset are heard, if anybody said so.
type Mix = Mutex<Option<(String, Vec<ChannelSetting>)>>;

/// Originals on their way into the viewer.
#[derive(Default)]
pub(crate) struct Originals {
    opener: Arc<Opener>,
    mix: Arc<Mix>,
    awaited: Arc<Mutex<Awaited>>,
}

/// A film whose proxy is on its way here, and what it is to do once its beginning is here.
#[derive(Debug, Default)]
struct Awaited {
    /// Which asset, and whether its original is wanted.
    film: Option<(String, bool)>,
    frame: u64,
    plays: bool,
    /// Why the last one did not open, until somebody asks for it again.
    fault: Option<(String, Fault)>,
}

fn awaited(awaited: &Mutex<Awaited>) -> MutexGuard<'_, Awaited> {
    // A panic elsewhere leaves plain values here that are still whole.
    awaited.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Awaited {
    fn take_fault(&mut self, asset: &str) -> Option<Fault> {
        let fault = self.fault.take_if(|(of, _)| of == asset)?;
        Some(fault.1)
    }

    fn act(&mut self, act: TransportAct, value: f64) -> bool {
        match act {
            TransportAct::Play => self.plays = true,
            TransportAct::Toggle => self.plays = !self.plays,
            TransportAct::Pause | TransportAct::Stop => self.plays = false,
            TransportAct::Seek | TransportAct::Scrub => self.frame = value.round().max(0.0) as u64,
            TransportAct::Step => self.frame = self.frame.saturating_add_signed(value.round() as i64),
            // What needs a film that runs waits for it.
            TransportAct::Loop | TransportAct::Around | TransportAct::Shuttle => {}
        }
        self.film.is_some()
    }

    fn take_up(&self, player: &Player) {
        if self.frame > 0 {
            player.act(Act::Seek(self.frame));
        }
        if self.plays {
            player.act(Act::Play);
        }
    }
}

impl Originals {
    /// Says that no original that is being opened is wanted any more.
    pub(crate) fn forget(&self) {
        self.opener.forget();
        self.await_none();
    }

    /// Keeps a player from being exchanged for its original's, for as long as the answer is held.
    pub(crate) fn hold(&self) -> MutexGuard<'_, opener::State> {
        self.opener.hold()
    }

    /// Says how the channels are heard, of this player and of those of the same asset and as many channels that come later. What was
    /// said of another number of channels was said of another player, which has just gone: it is left alone.
    pub(crate) fn set_mix(&self, reel: &Reel, channels: Vec<ChannelSetting>) {
        if !is_of(&channels, &reel.player.channels()) {
            return;
        }
        reel.player.set_mix(channel_mix(&channels));
        *self.mix.lock().unwrap_or_else(PoisonError::into_inner) = Some((reel.asset.clone(), channels));
    }

    /// Has a player sound as the one of the same asset before it.
    pub(crate) fn mix(&self, reel: &Reel) {
        mix(&self.mix, reel);
    }

    /// Has an asset opened whose proxy is on its way here, and shown once its beginning is here.
    ///
    /// # Errors
    /// Why it did not open when it was last tried; when too many others do not answer, or there is no thread for it.
    pub(crate) fn await_near(
        &self,
        desk: &Arc<Desk>,
        host: &Arc<StageHost>,
        (asset, original): (String, bool),
    ) -> Result<(), Fault> {
        {
            let mut awaited = awaited(&self.awaited);
            if let Some(fault) = awaited.take_fault(&asset) {
                return Err(fault);
            }
            *awaited = Awaited {
                film: Some((asset.clone(), original)),
                ..Awaited::default()
            };
        }
        let (own, id) = (Arc::clone(desk), asset.clone());
        let open = move |patience| whole(&own.workstation(), &asset, original, patience);
        let (desk, host) = (Arc::clone(desk), Arc::clone(host));
        let (sounds, waiting) = (Arc::clone(&self.mix), Arc::clone(&self.awaited));
        let show = move |opened: Result<Option<Reel>, Fault>| {
            let stand = std::mem::take(&mut *awaited(&waiting));
            match opened {
                Ok(Some(reel)) => {
                    mix(&sounds, &reel);
                    stand.take_up(&reel.player);
                    host.play(Some(reel));
                }
                Ok(None) => {}
                Err(fault) => {
                    tracing::warn!(%fault, "a film on its way from the lake does not open");
                    awaited(&waiting).fault = Some((id.clone(), fault));
                    // Whoever looks at it asks again, and is told why.
                    desk.workstation().look_again_at(&id);
                }
            }
        };
        self.opener
            .begin_patiently(open, || (), show)
            .map_err(|reason| Fault::new(Code::Away, why(reason)))
    }

    /// Waits for no film any more.
    pub(crate) fn await_none(&self) {
        let mut awaited = awaited(&self.awaited);
        let fault = awaited.fault.take();
        *awaited = Awaited {
            fault,
            ..Awaited::default()
        };
    }

    /// Whether this film is being waited for.
    pub(crate) fn is_awaited(&self, asset: &str, original: bool) -> bool {
        let awaited = awaited(&self.awaited);
        awaited
            .film
            .as_ref()
            .is_some_and(|film| (film.0.as_str(), film.1) == (asset, original))
    }

    /// Has the film that is waited for do this once it is there. False when none is waited for.
    pub(crate) fn act_then(&self, act: TransportAct, value: f64) -> bool {
        awaited(&self.awaited).act(act, value)
    }

    /// Has an asset's original opened where nothing waits for it, its picture or only its sound, standing on a frame; it is played
    /// from where its proxy is by then.
    pub(crate) fn ask(
        &self,
        desk: &Arc<Desk>,
        host: &Arc<StageHost>,
        (asset, picture, at): (String, bool, u64),
    ) {
        let (desk, place, sounds) = (Arc::clone(desk), Arc::clone(host), Arc::clone(&self.mix));
        let waiting = Arc::clone(host);
        let slow = move || {
            if let Some(now) = waiting.reel() {
                waiting.play(Some(now.without_original(OPENING)));
            }
        };
        let open = move || far(&desk.workstation(), &asset, picture, at);
        let show = move |opened: Result<Option<Player>, Fault>| {
            let Some(now) = place.reel() else { return };
            let reel = match opened {
                Ok(Some(player)) => {
                    player.take_over(&now.player);
                    Reel {
                        player: Arc::new(player),
                        notice: "",
                        ..now
                    }
                }
                Ok(None) => now.without_original(AWAY),
                Err(fault) => {
                    let Fault { message, detail, .. } = fault;
                    tracing::warn!(message, detail, "an original is not played");
                    now.without_original(REFUSED)
                }
            };
            mix(&sounds, &reel);
            place.play(Some(reel));
        };
        if let Err(reason) = self.opener.begin(open, slow, show)
            && let Some(now) = host.reel()
        {
            host.play(Some(now.without_original(why(reason))));
        }
    }
}

/// Why an original was not opened.
pub(crate) const fn why(reason: NotBegun) -> &'static str {
    match reason {
        NotBegun::OthersHang => OTHERS_HANG,
        NotBegun::NoThread => NO_THREAD,
    }
}

fn mix(mix: &Mix, reel: &Reel) {
    let mix = mix.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, channels)) = mix.as_ref().filter(|(asset, _)| *asset == reel.asset)
        && is_of(channels, &reel.player.channels())
    {
        reel.player.set_mix(channel_mix(channels));
    }
}

/// Whether this was said of as many channels as there are: the first of a proxy's two is not the first of its original's six.
fn is_of(channels: &[ChannelSetting], names: &[String]) -> bool {
    channels.len() == names.len().min(media::MIX_CHANNELS_MAX)
}

/// How films are played here.
fn playing(settings: &workstation::DeskSettings) -> PlayerOptions {
    let set_bytes = match settings.frame_cache_mebibytes {
        0 => None,
        mebibytes => Some(mebibytes as usize * 1024 * 1024),
    };
    PlayerOptions {
        out: SoundOut::default(),
        cache_bytes: playback::cache_budget_bytes(set_bytes),
        at: 0,
    }
}

#[cfg(test)]
mod tests {
    use api::wire::ChannelSide;

    use super::*;

    #[test]
    fn what_was_said_of_two_channels_is_not_said_of_six() {
        let said = |count: usize| {
            let usual = ChannelSetting {
                mute: false,
                solo: false,
                side: ChannelSide::Laid,
            };
            vec![usual; count]
        };
        let names = |count: usize| vec![String::new(); count];
        assert!(is_of(&said(2), &names(2)));
        assert!(!is_of(&said(2), &names(6)));
        assert!(!is_of(&said(6), &names(2)));
        assert!(is_of(&said(16), &names(24)), "only sixteen can be told apart");
    }
}
