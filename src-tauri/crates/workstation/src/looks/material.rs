//! From what the media layer measured to what engines are told. Engines know no files and no codecs.

use engines::{Extent, FrameClock, Loudness, QcFindings, Shot, SignalSeries};
use ledger::payload;
use media::{FlashKind, IngestReport, Signals, Transition};

/// The shots of the first pass.
pub(super) fn shots(learned: &IngestReport) -> Vec<Shot> {
    let shot = |span: &media::ShotSpan| Shot {
        range: span.range,
        transition_in: match span.transition_in {
            Transition::Start => payload::Transition::Start,
            Transition::Cut => payload::Transition::Cut,
            Transition::Dissolve => payload::Transition::Dissolve,
            Transition::Fade => payload::Transition::Fade,
        },
        transition_frames: span.transition_frames,
    };
    learned.shots.iter().map(shot).collect()
}

/// How much film there is.
pub(super) fn extent(learned: &IngestReport) -> Extent {
    Extent {
        frames: learned.frame_count,
        proxy: (learned.proxy.width, learned.proxy.height),
        sound: if learned.media.audio.is_empty() {
            timebase::Flicks::ZERO
        } else {
            learned.duration
        },
    }
}

/// The faults of the first pass. A still picture is neither frozen nor black by fault.
pub(super) fn findings(learned: &IngestReport) -> QcFindings {
    let still = learned.media.still;
    let moving = |ranges: &[timebase::FrameRange]| if still { Vec::new() } else { ranges.to_vec() };
    let flash = |span: &media::FlashSpan| engines::Flash {
        range: span.range,
        red: span.kind == FlashKind::Red,
        flashes_per_sec: span.flashes_per_sec,
        area_percent: span.area_percent,
    };
    let signals = &learned.signals;
    QcFindings {
        black: moving(&learned.black),
        freeze: moving(&learned.freeze),
        corrupt: learned.corrupt_frames.clone(),
        silence: learned.silence.clone(),
        loud: learned.loud.clone(),
        flashes: learned.flashes.iter().map(flash).collect(),
        loudness: learned.loudness.as_ref().map(|loudness| Loudness {
            integrated_lufs_milli: loudness.integrated_lufs_milli,
            true_peak_dbtp_milli: loudness.true_peak_dbtp_milli,
            max_short_term_lufs_milli: loudness.max_short_term_lufs_milli,
        }),
        short_term: (!signals.loudness_lufs_milli.is_empty()).then(|| {
            (
                signals.origin,
                signals.step_millis,
                signals.loudness_lufs_milli.clone(),
            )
        }),
    }
}

/// The series that moments are chosen by.
pub(super) fn series(signals: &Signals) -> SignalSeries<'_> {
    SignalSeries {
        origin: signals.origin,
        step_millis: signals.step_millis,
        motion: &signals.pictures.motion,
        cuts: &signals.pictures.cuts,
        loudness_lufs_milli: &signals.loudness_lufs_milli,
    }
}

/// Calls `with` with the clock as engines take it.
pub(super) fn with_clock<T>(clock: &crate::FrameClock, with: impl FnOnce(&FrameClock<'_>) -> T) -> T {
    with(&FrameClock {
        frames: clock.frame_count(),
        frame_at: &|at| clock.frame_at(at),
        start_of: &|frame| clock.start_of(frame),
    })
}
