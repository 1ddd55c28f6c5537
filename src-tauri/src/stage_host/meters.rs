//! Loudness of what plays, as it is shown: bars with every picture, figures only as often as they can be read.

use std::time::{Duration, Instant};

use media::analysis::ChannelPeak;
use playback::Player;
use stage::{MeterChannel, MeterFigures, MeterLevels, ViewerScene};

/// Between two changes of the figures while a film runs.
const READABLE: Duration = Duration::from_millis(500);

/// The figures shown, and since when.
#[derive(Default)]
pub(super) struct Needles {
    figures: MeterFigures,
    at: Option<Instant>,
}

impl Needles {
    /// Puts what was measured of the player's sound into the meters of a scene, if it has any.
    pub(super) fn tell(&mut self, scene: &mut ViewerScene, player: Option<&Player>, runs: bool) {
        let Some(meters) = &mut scene.meters else {
            *self = Self::default();
            return;
        };
        let metering = player.and_then(Player::metering).unwrap_or_default();
        let reading = metering.loudness;
        let names = player.map(Player::channels).unwrap_or_default();
        let channels = names.into_iter().enumerate();
        meters.channels = channels
            .map(|(at, name)| MeterChannel {
                name,
                heard: metering.channels.get(at).is_none_or(|channel| channel.heard),
            })
            .collect();
        if !runs || self.at.is_none_or(|at| at.elapsed() >= READABLE) {
            self.figures = MeterFigures {
                momentary_lufs: reading.momentary_lufs.filter(|_| runs),
                short_term_lufs: reading.short_term_lufs.filter(|_| runs),
                integrated_lufs: reading.integrated_lufs,
                range_lu: reading.range_lu,
                true_peak_dbtp: reading.true_peak_dbtp,
                film_lufs: None,
            };
            self.at = Some(Instant::now());
        }
        meters.figures = MeterFigures {
            film_lufs: meters.figures.film_lufs,
            ..self.figures
        };
        // Nothing is heard at rest: bars that stand would say something else.
        let bar = |peak: &ChannelPeak| {
            let level = if runs { peak.level_dbtp } else { f32::NEG_INFINITY };
            (level, peak.held_dbtp)
        };
        meters.levels = Some(MeterLevels {
            momentary_lufs: reading.momentary_lufs.filter(|_| runs),
            short_term_lufs: reading.short_term_lufs.filter(|_| runs),
            integrated_lufs: reading.integrated_lufs,
            channels: metering
                .channels
                .iter()
                .map(|channel| bar(&channel.peak))
                .collect(),
            output: reading.channels.iter().map(bar).collect(),
        });
    }
}
