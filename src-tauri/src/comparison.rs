//! Opening a film that is compared with the one in the viewer.

use std::sync::Arc;

use api::{Desk, wire::ComparedFilm};
use fault::{Code, Fault};

use crate::{
    opener::Opener,
    reels,
    stage_host::{Beside, StageHost, Tie},
};

/// Has this film follow the one in the viewer, or none any more. What is open already is only tied anew.
pub(crate) fn set(
    desk: &Arc<Desk>,
    host: &Arc<StageHost>,
    opener: &Arc<Opener>,
    film: Option<ComparedFilm>,
) -> Result<(), Fault> {
    let Some(film) = film else {
        opener.forget();
        host.set_beside(None);
        return Ok(());
    };
    let tie = Tie {
        viewed: film.viewed,
        viewed_frame: film.viewed_frame,
        frame: film.frame,
    };
    // An original that comes between the two would go with the tie before it.
    let mut held = opener.hold();
    let before = host.beside().filter(|beside| beside.asset == film.asset);
    if let Some(before) = before.filter(|beside| beside.original == film.original) {
        host.set_beside(Some(Beside { tie, ..before }));
        return Ok(());
    }
    held.forget();
    drop(held);
    let player = reels::silent(&desk.workstation(), &film.asset, false, film.frame)?.ok_or_else(|| {
        Fault::new(Code::Unsupported, "This film has no pictures to compare with.")
            .hint("Choose one that is ready and has a picture.")
    })?;
    host.set_beside(Some(Beside {
        over: desk.over(&film.asset)?,
        player: Arc::new(player),
        original: film.original,
        notice: "",
        tie,
        asset: film.asset.clone(),
    }));
    if film.original {
        ask_original(desk, host, opener, (film.asset, film.frame));
    }
    Ok(())
}

/// Has the original opened where nothing waits for it.
fn ask_original(desk: &Arc<Desk>, host: &Arc<StageHost>, opener: &Arc<Opener>, (asset, at): (String, u64)) {
    let (desk, place, waiting) = (Arc::clone(desk), Arc::clone(host), Arc::clone(host));
    let say = |host: &StageHost, notice| {
        if let Some(now) = host.beside() {
            host.set_beside(Some(Beside { notice, ..now }));
        }
    };
    let slow = move || say(&waiting, reels::OPENING);
    let open = move || reels::silent(&desk.workstation(), &asset, true, at);
    let show = move |opened| match opened {
        Ok(Some(player)) => {
            if let Some(now) = place.beside() {
                place.set_beside(Some(Beside {
                    player: Arc::new(player),
                    notice: "",
                    ..now
                }));
            }
        }
        Ok(None) => say(&place, reels::AWAY),
        Err(Fault { message, detail, .. }) => {
            tracing::warn!(message, detail, "an original is not compared with");
            say(&place, reels::REFUSED);
        }
    };
    if let Err(reason) = opener.begin(open, slow, show) {
        say(host, reels::why(reason));
    }
}
