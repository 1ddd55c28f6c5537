//! From the page's words to the player's.

use api::wire::{ChannelSetting, ChannelSide, FrameRange};
use media::{ChannelMix, ChannelPlace};
use playback::{Act, Player};

/// Lets playing stay within these frames, or run to the end again.
pub(crate) fn set_loop(player: &Player, range: Option<FrameRange>) {
    player.act(Act::MarkIn(range.map(|range| range.start)));
    player.act(Act::MarkOut(range.map(|range| range.end.saturating_sub(1))));
    player.act(Act::Loop(range.is_some()));
}

/// Channels as the player mixes them.
pub(crate) fn channel_mix(channels: &[ChannelSetting]) -> Vec<ChannelMix> {
    let of = |channel: &ChannelSetting| ChannelMix {
        mute: channel.mute,
        solo: channel.solo,
        place: match channel.side {
            ChannelSide::Laid => ChannelPlace::Laid,
            ChannelSide::Left => ChannelPlace::Left,
            ChannelSide::Right => ChannelPlace::Right,
            ChannelSide::Both => ChannelPlace::Both,
        },
    };
    channels.iter().take(media::MIX_CHANNELS_MAX).map(of).collect()
}
