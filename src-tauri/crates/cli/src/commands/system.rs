//! The desk in a browser, and what this machine can do.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fault::{Code, Fault};
use serde_json::json;
use workstation::{Check, CheckState, Workstation, letters_check};

use crate::Ending;
use crate::interrupt::Interrupt;
use crate::output::{Output, Table, aside};

/// How often a serving process looks whether it should end.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// `serve`.
pub fn serve(workstation: &Arc<Workstation>, port: Option<u16>, output: &Output) -> Result<Ending, Fault> {
    let interrupt = Interrupt::listen()?;
    workstation.start_workers()?;
    let options = web::ServeOptions {
        port: port.unwrap_or(0),
        ..web::ServeOptions::new(Arc::clone(workstation))
    };
    let served = web::serve(options)?;
    let url = served.url()?;
    output.result(&json!({ "url": url }), || {
        vec![
            format!("The desk is served at {url}"),
            "The address works once, on this machine only. Ctrl-C ends it.".to_owned(),
        ]
    })?;
    while !interrupt.is_asked() {
        std::thread::park_timeout(LOOK_EVERY);
    }
    aside("Closing.");
    // Another lake may have been opened since.
    let open = served.desk().workstation();
    drop(served);
    if !Arc::ptr_eq(&open, workstation) {
        open.close();
    }
    Ok(Ending::Whole)
}

/// `doctor`.
pub fn doctor(
    workstation: &Arc<Workstation>,
    rebuild: bool,
    bundle: Option<&Path>,
    output: &Output,
) -> Result<Ending, Fault> {
    let rebuilt = if rebuild {
        Some(workstation.rebuild()?)
    } else {
        None
    };
    let checks = workstation.doctor(vec![stage_check(), letters_check(&stage::scripts_at_hand())]);
    if let Some(bundle) = bundle {
        workstation.write_bundle(bundle, &checks)?;
    }
    let document = json!({
        "checks": checks,
        "rebuilt": rebuilt,
        "bundle": bundle.map(|bundle| bundle.display().to_string()),
    });
    output.result(&document, || {
        let mut lines = words(&checks);
        if let Some(rebuilt) = &rebuilt {
            lines.push(format!(
                "Rebuilt from {} segments: {} entries, {} runs, {} proposals.",
                rebuilt.segments, rebuilt.entries, rebuilt.runs, rebuilt.proposals
            ));
            lines.extend(
                rebuilt
                    .set_aside
                    .iter()
                    .map(|key| format!("  did not read and was left aside: {key}")),
            );
        }
        if let Some(bundle) = bundle {
            lines.push(format!("Diagnostics bundle: {}", bundle.display()));
        }
        lines
    })?;
    let broken = checks.iter().find(|check| {
        check.state == CheckState::Missing && !["engines", "watch", "stage"].contains(&check.area.as_str())
    });
    if let Some(check) = broken {
        return Err(
            Fault::new(Code::Missing, format!("{}: {}", check.title, check.words)).hint(check.hint.clone()),
        );
    }
    let whole = rebuilt.is_none_or(|rebuilt| rebuilt.set_aside.is_empty());
    Ok(if whole { Ending::Whole } else { Ending::Part })
}

/// What draws the viewer and the timeline. A machine without any of it still ingests, decides and exports.
fn stage_check() -> Check {
    let (state, words, hint) = match stage::Gpu::new(stage::Want::default()) {
        Ok(gpu) if gpu.is_software() => {
            (CheckState::Warn, gpu.words(), "It works, slowly: a graphics driver makes the desk quick.".to_owned())
        }
        Ok(gpu) => (CheckState::Ok, gpu.words(), String::new()),
        Err(error) => (
            CheckState::Missing,
            fault::chain(&error),
            "Install a Vulkan driver (Debian: mesa-vulkan-drivers). Ingest, verdicts and exports work without.".to_owned(),
        ),
    };
    Check {
        area: "stage".to_owned(),
        title: "Graphics".to_owned(),
        state,
        words,
        hint,
    }
}

fn words(checks: &[Check]) -> Vec<String> {
    let mut table = Table::new(&["", "area", "what", "found"]);
    for check in checks {
        let mark = match check.state {
            CheckState::Ok => "ok",
            CheckState::Warn => "note",
            CheckState::Missing => "MISSING",
        };
        let hint = if check.hint.is_empty() {
            String::new()
        } else {
            format!(" → {}", check.hint)
        };
        table.row([
            mark.to_owned(),
            check.area.clone(),
            check.title.clone(),
            format!("{}{hint}", check.words),
        ]);
    }
    table.lines("Nothing was checked.")
}
