//! What the viewer plays: an asset's files, opened by the person's settings.

use std::sync::Arc;

use fault::{Code, Fault};
use media::Hardware;
use playback::{Player, PlayerFiles, PlayerOptions, SoundOut};
use workstation::Workstation;

use crate::stage_host::Reel;

/// What there is to play of an asset, standing on a frame: its original where that is wanted and can be had, else its proxy.
pub(crate) fn open(
    workstation: &Workstation,
    asset: &str,
    original: bool,
    at: u64,
) -> Result<Option<Reel>, Fault> {
    let id = workstation.resolve_asset(asset)?;
    let detail = workstation.asset(&id.to_string())?;
    if detail.proxy.is_none() {
        return Ok(None);
    }
    let proxy = workstation.rendition_path(id, "proxy")?;
    // A proxy has mixed more than two channels to two: they are heard from the original where it can be reached.
    let many = detail.audio.iter().any(|track| track.channels > 2);
    let here = if original || many {
        workstation.unchanged_original(id)?
    } else {
        None
    };
    let sound = here.clone().filter(|_| many);
    let unchanged = here.filter(|_| original);
    let notice = if original && unchanged.is_none() {
        "The original is away or has changed; its proxy is shown."
    } else {
        ""
    };
    let mut options = playing(&workstation.settings().desk);
    options.at = at;
    let opened = if detail.video.is_none() {
        let frames = workstation.frame_clock(id)?.frame_count();
        let clock = media::FrameIndex::steady(workstation::SOUND_RATE, frames);
        match unchanged.or(sound) {
            Some(path) => Player::open_sound(&path, Some(proxy), clock, options),
            None => Player::open_sound(&proxy, None, clock, options),
        }
    } else {
        let index = workstation.frame_index(id)?;
        let has_sound = !detail.audio.is_empty();
        let hardware = if workstation.settings().desk.hardware_decoding {
            Hardware::Auto
        } else {
            Hardware::Off
        };
        let files = match unchanged {
            Some(path) => PlayerFiles {
                path,
                sound: None,
                proxy: Some(proxy),
                index: (*index).clone(),
                has_sound,
                hardware,
            },
            None => PlayerFiles {
                path: proxy,
                sound,
                proxy: None,
                index: index.of_proxy(),
                has_sound,
                hardware,
            },
        };
        Player::open(files, options)
    };
    let player = opened.map_err(|error| {
        Fault::new(Code::DamagedMedia, "The proxy of this asset cannot be played.")
            .hint("Ingest its file again to have it made.")
            .because(&error)
    })?;
    Ok(Some(Reel {
        asset: asset.to_owned(),
        player: Arc::new(player),
        original,
        notice,
    }))
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
