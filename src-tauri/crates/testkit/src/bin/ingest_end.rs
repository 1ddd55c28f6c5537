//! The product's end of the ingest comparison: `ingest_end IN OUTDIR HEIGHT` makes everything one pass makes and puts the
//! names the harness reads beside it: `sprite.jpg`, `peaks`, and the events in `report.json`.

use std::{ops::ControlFlow, path::Path, process::ExitCode};

use serde_json::json;
use testkit::ends::{self, EndError};

fn main() -> ExitCode {
    ends::exit(run())
}

fn run() -> Result<(), EndError> {
    let usage = || EndError::Usage("ingest_end IN OUTDIR HEIGHT");
    let mut words = std::env::args_os().skip(1);
    let (Some(source), Some(out), Some(height)) = (words.next(), words.next(), words.next()) else {
        return Err(usage());
    };
    let height = height.to_str().and_then(|h| h.parse().ok()).ok_or_else(usage)?;
    let out = Path::new(&out);
    let options = media::IngestOptions {
        proxy_height_max: height,
        ..Default::default()
    };
    let report = media::ingest(Path::new(&source), out, &options, &mut |_| {
        ControlFlow::Continue(())
    })?;
    if report.sprites.is_some() {
        std::fs::rename(out.join("sprites-000.jpg"), out.join("sprite.jpg"))?;
    }
    let ranges = |list: &[timebase::FrameRange]| list.iter().map(|r| [r.start, r.end]).collect::<Vec<_>>();
    let silence: Vec<_> = report
        .silence
        .iter()
        .map(|r| [r.start.as_secs_f64(), r.end.as_secs_f64()])
        .collect();
    let lufs = report
        .loudness
        .and_then(|l| l.integrated_lufs_milli)
        .map(|m| f64::from(m) / 1000.0);
    let events = json!({
        "cuts": report.transitions.iter().map(|b| b.at).collect::<Vec<_>>(),
        "black": ranges(&report.black),
        "freeze": ranges(&report.freeze),
        "silence": silence,
        "lufs": lufs,
    });
    std::fs::write(out.join("report.json"), events.to_string())?;
    Ok(())
}
