//! Which channels of a sound are heard, and on which side.

use serde::{Deserialize, Serialize};

/// Channels that can be told apart; those after them are heard as the layout has them.
pub const MIX_CHANNELS_MAX: usize = 16;

/// Where a channel is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelPlace {
    /// Where its layout has it.
    #[default]
    Laid,
    /// On the left.
    Left,
    /// On the right.
    Right,
    /// On both sides, each at -3 dB.
    Both,
}

/// One channel of a mix. The usual one is heard where its layout has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelMix {
    /// Not heard.
    pub mute: bool,
    /// With any of these, only these are heard, and not those of them that are muted.
    pub solo: bool,
    /// Where.
    pub place: ChannelPlace,
}

/// Whether a mix changes anything.
pub(crate) fn is_usual(mix: &[ChannelMix]) -> bool {
    mix.iter().all(|channel| *channel == ChannelMix::default())
}

/// The gains of a mix: `laid` is what the layout would have, left and right for each channel. Levels stay as they are whatever else is
/// muted, so that a mute is not heard in the others.
pub(crate) fn gains(laid: &[[f64; 2]], mix: &[ChannelMix]) -> Vec<[f64; 2]> {
    let heard = heard_of(mix, laid.len());
    let each = laid.iter().zip(heard).enumerate().map(|(at, (laid, heard))| {
        if !heard {
            return [0.0; 2];
        }
        match mix.get(at).copied().unwrap_or_default().place {
            ChannelPlace::Laid => *laid,
            ChannelPlace::Left => [1.0, 0.0],
            ChannelPlace::Right => [0.0, 1.0],
            ChannelPlace::Both => [std::f64::consts::FRAC_1_SQRT_2; 2],
        }
    });
    each.collect()
}

/// Which of so many channels a mix lets be heard.
pub fn heard_of(mix: &[ChannelMix], channels: usize) -> Vec<bool> {
    let solo = mix.iter().take(channels).any(|channel| channel.solo);
    let heard = |at: usize| {
        let channel = mix.get(at).copied().unwrap_or_default();
        !channel.mute && (channel.solo || !solo)
    };
    (0..channels).map(heard).collect()
}

/// Where channels lie that nothing is said about: in turn left and right.
pub(crate) fn in_turn(channels: usize) -> Vec<[f64; 2]> {
    if channels == 1 {
        return vec![[std::f64::consts::FRAC_1_SQRT_2; 2]];
    }
    (0..channels)
        .map(|at| if at % 2 == 0 { [1.0, 0.0] } else { [0.0, 1.0] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAID: [[f64; 2]; 3] = [[1.0, 0.0], [0.0, 1.0], [0.7, 0.7]];

    fn mix(change: impl Fn(&mut [ChannelMix; 3])) -> Vec<[f64; 2]> {
        let mut mix = [ChannelMix::default(); 3];
        change(&mut mix);
        gains(&LAID, &mix)
    }

    #[test]
    fn mute_solo_and_place_leave_the_level_of_the_others_alone() {
        assert_eq!(mix(|_| ()), LAID);
        assert_eq!(mix(|m| m[0].mute = true), [[0.0, 0.0], LAID[1], LAID[2]]);
        assert_eq!(mix(|m| m[1].solo = true), [[0.0; 2], LAID[1], [0.0; 2]]);
        assert_eq!(
            mix(|m| (m[1].solo, m[1].mute, m[2].solo) = (true, true, true)),
            [[0.0; 2], [0.0; 2], LAID[2]]
        );
        assert_eq!(mix(|m| m[2].place = ChannelPlace::Right)[2], [0.0, 1.0]);
        assert!(is_usual(&[ChannelMix::default(); 4]) && is_usual(&[]));
        let soloed = ChannelMix {
            solo: true,
            ..ChannelMix::default()
        };
        assert_eq!(heard_of(&[soloed], 3), [true, false, false]);
        assert_eq!(heard_of(&[], 2), [true, true]);
        assert_eq!(
            gains(&LAID, &[]),
            LAID,
            "channels that the mix does not name are as laid"
        );
    }
}
