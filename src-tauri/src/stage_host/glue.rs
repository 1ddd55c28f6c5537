//! From the page's words to the player's.

use api::wire::FrameRange;
use playback::{Act, Player};

/// Lets playing stay within these frames, or run to the end again.
pub(crate) fn set_loop(player: &Player, range: Option<FrameRange>) {
    player.act(Act::MarkIn(range.map(|range| range.start)));
    player.act(Act::MarkOut(range.map(|range| range.end.saturating_sub(1))));
    player.act(Act::Loop(range.is_some()));
}
