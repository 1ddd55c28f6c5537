//! Technical faults of the first pass, held against their standards.

use ledger::{
    Kind,
    payload::{Qc, QcFault},
};
use serde_json::json;
use timebase::{FlickRange, Flicks, FrameRange};

use crate::{Flash, FrameClock, Proposed, QcFindings};

/// The engine's name.
pub const NAME: &str = "local.qc";
/// Its method.
pub const MODEL: &str = "ebu-r128-v4+bt1702";
/// Its version.
pub const VERSION: &str = "1";

/// Programme loudness of EBU R128, 1/1000 LUFS.
const TARGET_LUFS_MILLI: i32 = -23_000;
/// What quality control allows around it, 1/1000 LU.
const TOLERANCE_LU_MILLI: i32 = 200;
/// Highest true peak, 1/1000 dBTP.
const PEAK_DBTP_MILLI: i32 = -1_000;
/// Highest short-term loudness, 1/1000 LUFS.
const SHORT_TERM_LUFS_MILLI: i32 = -18_000;

/// Proposes every fault, in order of time; the programme's own faults come last.
pub fn propose(findings: &QcFindings, clock: &FrameClock<'_>) -> Proposed {
    let parameters = json!({
        "target_lufs_milli": TARGET_LUFS_MILLI, "tolerance_lu_milli": TOLERANCE_LU_MILLI,
        "peak_dbtp_milli": PEAK_DBTP_MILLI, "short_term_lufs_milli": SHORT_TERM_LUFS_MILLI,
    });
    let mut proposed = Proposed::new(NAME, MODEL, VERSION, parameters);
    if clock.frames == 0 {
        return proposed;
    }
    let mut faults: Vec<(FrameRange, Qc)> = Vec::new();
    faults.extend(pictures(findings, clock));
    faults.extend(sounds(findings, clock));
    faults.sort_by_key(|(range, qc)| (*range, format!("{:?}", qc.fault)));
    faults.extend(programme(findings, clock));
    for (range, qc) in faults {
        // measured values have no probability
        proposed.add(Kind::Qc, range, None, &qc);
    }
    proposed
}

fn pictures(findings: &QcFindings, clock: &FrameClock<'_>) -> Vec<(FrameRange, Qc)> {
    let lasting = |range: FrameRange| seconds(clock.duration(range));
    let mut faults = Vec::new();
    for &range in &findings.black {
        faults.push((
            range,
            qc(
                QcFault::Black,
                lasting(range),
                "no black of 0.5 s or more inside a programme",
            ),
        ));
    }
    for &range in findings
        .freeze
        .iter()
        .filter(|range| !is_covered(**range, &findings.black))
    {
        faults.push((
            range,
            qc(QcFault::Freeze, lasting(range), "no still picture of 1 s or more"),
        ));
    }
    for &range in &findings.corrupt {
        let measured = format!("{} frames", range.len());
        faults.push((
            range,
            qc(QcFault::CorruptFrames, measured, "every frame decodes whole"),
        ));
    }
    for flash in &findings.flashes {
        faults.push((flash.range, qc(QcFault::Flash, flash_words(flash), FLASH_LIMIT)));
    }
    faults
}

const FLASH_LIMIT: &str =
    "at most 3 flashes/s over a quarter of the screen (ITU-R BT.1702); a pre-check, not a Harding test";

fn flash_words(flash: &Flash) -> String {
    let what = if flash.red { "red flashes" } else { "flashes" };
    format!(
        "{} {what}/s over {} % of the screen",
        flash.flashes_per_sec, flash.area_percent
    )
}

fn sounds(findings: &QcFindings, clock: &FrameClock<'_>) -> Vec<(FrameRange, Qc)> {
    let mut faults = Vec::new();
    for &range in &findings.silence {
        let measured = seconds(range.duration());
        faults.push((
            clock.frames_of(range),
            qc(
                QcFault::Silence,
                measured,
                "no silence under -50 dBFS of 1 s or more",
            ),
        ));
    }
    for &range in &findings.loud {
        let peak =
            loudest_in(findings, range).or(findings.loudness.and_then(|l| l.max_short_term_lufs_milli));
        let measured = peak.map_or_else(
            || seconds(range.duration()),
            |milli| format!("{} LUFS short-term", decimal(milli)),
        );
        let limit = format!(
            "at most {} LUFS short-term (EBU R128 s1)",
            decimal(SHORT_TERM_LUFS_MILLI)
        );
        faults.push((clock.frames_of(range), qc(QcFault::Loud, measured, &limit)));
    }
    faults
}

fn programme(findings: &QcFindings, clock: &FrameClock<'_>) -> Vec<(FrameRange, Qc)> {
    let whole = FrameRange::new(0, clock.frames);
    let mut faults = Vec::new();
    let Some(loudness) = findings.loudness else {
        return faults;
    };
    if let Some(milli) = loudness
        .integrated_lufs_milli
        .filter(|m| (m - TARGET_LUFS_MILLI).abs() > TOLERANCE_LU_MILLI)
    {
        let limit = format!(
            "{} LUFS ±{} LU (EBU R128 v4)",
            decimal(TARGET_LUFS_MILLI),
            decimal(TOLERANCE_LU_MILLI)
        );
        faults.push((
            whole,
            qc(
                QcFault::ProgrammeLoudness,
                format!("{} LUFS integrated", decimal(milli)),
                &limit,
            ),
        ));
    }
    if let Some(milli) = loudness.true_peak_dbtp_milli.filter(|&m| m > PEAK_DBTP_MILLI) {
        let limit = format!("at most {} dBTP (EBU R128 v4)", decimal(PEAK_DBTP_MILLI));
        faults.push((
            whole,
            qc(QcFault::TruePeak, format!("{} dBTP", decimal(milli)), &limit),
        ));
    }
    faults
}

fn qc(fault: QcFault, measured: String, limit: &str) -> Qc {
    Qc {
        fault,
        measured,
        limit: limit.to_owned(),
    }
}

/// Whether nine tenths of `range` lie inside one of `others`: black is still too, and one flag is enough for it.
fn is_covered(range: FrameRange, others: &[FrameRange]) -> bool {
    others
        .iter()
        .filter_map(|other| other.intersection(range))
        .any(|both| both.len() * 10 >= range.len() * 9)
}

fn loudest_in(findings: &QcFindings, range: FlickRange) -> Option<i32> {
    let (origin, step_millis, series) = findings.short_term.as_ref()?;
    let step = i64::from((*step_millis).max(1));
    let index = |time: Flicks| usize::try_from((time - *origin).to_millis_round() / step).unwrap_or(0);
    // a short-term value describes the three seconds before it
    let end = (index(range.end) + 3000 / step as usize).min(series.len());
    series
        .get(index(range.start).min(end)..end)?
        .iter()
        .flatten()
        .copied()
        .max()
}

/// Thousandths with one decimal, for example `-14.2`.
fn decimal(milli: i32) -> String {
    let tenths = (milli.abs() + 50) / 100;
    let sign = if milli < 0 && tenths > 0 { "-" } else { "" };
    format!("{sign}{}.{}", tenths / 10, tenths % 10)
}

fn seconds(duration: Flicks) -> String {
    let tenths = (duration.to_millis_round() + 50) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Loudness;

    fn run(findings: &QcFindings) -> Vec<(FrameRange, Qc)> {
        let clock = FrameClock {
            frames: 250,
            frame_at: &|t| (t.to_millis_round().max(0) / 40) as u64,
            start_of: &|f| Flicks::from_millis(f as i64 * 40),
        };
        let drafts = propose(findings, &clock).drafts;
        drafts
            .into_iter()
            .map(|d| (d.range, serde_json::from_value(d.payload).unwrap()))
            .collect()
    }

    #[test]
    fn black_is_not_flagged_again_as_a_still() {
        let faults = run(&QcFindings {
            black: vec![FrameRange::new(50, 100)],
            freeze: vec![FrameRange::new(51, 100), FrameRange::new(150, 200)],
            corrupt: vec![FrameRange::new(3, 5)],
            ..QcFindings::default()
        });
        let seen: Vec<_> = faults
            .iter()
            .map(|(range, qc)| (range.start, qc.fault, qc.measured.as_str()))
            .collect();
        let expected = [
            (3, QcFault::CorruptFrames, "2 frames"),
            (50, QcFault::Black, "2.0 s"),
            (150, QcFault::Freeze, "2.0 s"),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn loudness_is_held_against_r128() {
        for (integrated, peak, expected) in [
            (-23_100, -1_200, vec![]),
            (-22_700, -1_000, vec!["-22.7 LUFS integrated"]),
            (-14_249, 300, vec!["-14.2 LUFS integrated", "0.3 dBTP"]),
        ] {
            let loudness = Some(Loudness {
                integrated_lufs_milli: Some(integrated),
                true_peak_dbtp_milli: Some(peak),
                max_short_term_lufs_milli: None,
            });
            let faults = run(&QcFindings {
                loudness,
                ..QcFindings::default()
            });
            let measured: Vec<_> = faults.iter().map(|(_, qc)| qc.measured.as_str()).collect();
            assert_eq!(measured, expected);
            assert!(faults.iter().all(|(range, _)| *range == FrameRange::new(0, 250)));
        }
    }

    #[test]
    fn sound_faults_fall_on_frames_and_name_their_loudest_value() {
        let time = |start, end| FlickRange::new(Flicks::from_millis(start), Flicks::from_millis(end));
        let mut series = vec![Some(-25_000); 20];
        series[9] = Some(-11_960);
        let faults = run(&QcFindings {
            silence: vec![time(1000, 2500)],
            loud: vec![time(4010, 5000)],
            short_term: Some((Flicks::ZERO, 500, series)),
            ..QcFindings::default()
        });
        assert_eq!(faults[0].0, FrameRange::new(25, 63));
        assert_eq!(faults[0].1.measured, "1.5 s");
        assert_eq!(faults[1].0, FrameRange::new(100, 125));
        assert_eq!(faults[1].1.measured, "-12.0 LUFS short-term");
    }

    #[test]
    fn flashes_say_that_it_is_a_pre_check() {
        let flash = Flash {
            range: FrameRange::new(10, 40),
            red: true,
            flashes_per_sec: 6,
            area_percent: 80,
        };
        let faults = run(&QcFindings {
            flashes: vec![flash],
            ..QcFindings::default()
        });
        assert_eq!(faults[0].1.measured, "6 red flashes/s over 80 % of the screen");
        assert!(faults[0].1.limit.contains("pre-check"));
    }
}
