//! Taking media in and looking at it.

use std::ops::ControlFlow;
use std::sync::Arc;

use fault::{Code, Fault};
use serde::Serialize;
use serde_json::json;
use workstation::{Intake, Job, JobState, Queued, Refused, Workstation};

use crate::Ending;
use crate::args::{Analyze, Ingest};
use crate::interrupt::Interrupt;
use crate::output::{Output, Table, count, short};
use crate::progress::Progress;

/// How often a Ctrl-C is looked for while nothing happens.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(300);

/// A file that is in.
#[derive(Debug, Serialize)]
struct Done {
    path: String,
    asset: String,
    title: String,
    /// Whether it was taken in before.
    already: bool,
}

/// `ingest`.
pub fn ingest(workstation: &Arc<Workstation>, args: &Ingest, output: &Output) -> Result<Ending, Fault> {
    let interrupt = Interrupt::listen()?;
    let intake = workstation.ingest(&args.paths)?;
    if args.proxies_only {
        workstation.start_ingest_workers()?;
    } else {
        workstation.start_workers()?;
    }
    let ids: Vec<String> = intake.jobs.iter().map(|queued| queued.job.clone()).collect();
    let jobs = follow(workstation, &ids, &interrupt, output, true)?;
    let (done, refused) = outcome(workstation, &intake, &jobs)?;
    if !args.proxies_only && !interrupt.is_asked() {
        let looks = open_looks(workstation, &done)?;
        follow(workstation, &looks, &interrupt, output, false)?;
    }
    if done.is_empty() && (refused.is_empty() || !output.is_json()) {
        return Err(nothing_in(&refused));
    }
    output.result(&json!({ "done": done, "refused": refused }), || {
        report(&done, &refused)
    })?;
    Ok(if done.is_empty() {
        Ending::Nothing
    } else if refused.is_empty() {
        Ending::Whole
    } else {
        Ending::Part
    })
}

/// Why nothing at all was taken in.
fn nothing_in(refused: &[Refused]) -> Fault {
    match refused {
        [] => Fault::new(Code::NotFound, "There is no media in what was named.")
            .hint("Folders are searched for media; a file that is named itself is always tried."),
        [one] => {
            let said = one.message.trim_end_matches('.');
            let message = if said.contains(&one.path) {
                said.to_owned()
            } else {
                format!("{said}: {}", one.path)
            };
            Fault::new(one.code, message).hint(one.hint.clone())
        }
        [first, ..] => {
            let mut fault = Fault::new(
                first.code,
                format!("None of {} files was taken in.", refused.len()),
            );
            fault.detail = report(&[], refused).join("\n");
            fault
        }
    }
}

/// Waits for jobs and shows them. Ctrl-C cancels them when `cancels`, otherwise they stay queued for later.
fn follow(
    workstation: &Workstation,
    ids: &[String],
    interrupt: &Interrupt,
    output: &Output,
    cancels: bool,
) -> Result<Vec<Job>, Fault> {
    let mut progress = Progress::new(output.is_json());
    let cancelled = std::cell::Cell::new(false);
    let mut waited = Vec::new();
    for chunk in ids.chunks(64) {
        let mut on = |job: &Job| {
            progress.show(job);
            if interrupt.is_asked() && !cancelled.get() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        loop {
            let jobs = workstation.wait(chunk, LOOK_EVERY, &mut on)?;
            let open: Vec<&Job> = jobs
                .iter()
                .filter(|job| matches!(job.state, JobState::Queued | JobState::Running))
                .collect();
            if open.is_empty() || (interrupt.is_asked() && !cancels) {
                waited.extend(jobs);
                break;
            }
            if interrupt.is_asked() && !cancelled.replace(true) {
                for id in ids {
                    workstation.cancel_job(id)?;
                }
            }
        }
        if interrupt.is_asked() && !cancels {
            break;
        }
    }
    Ok(waited)
}

fn outcome(
    workstation: &Workstation,
    intake: &Intake,
    jobs: &[Job],
) -> Result<(Vec<Done>, Vec<Refused>), Fault> {
    let mut done = Vec::new();
    let mut refused = intake.refused.clone();
    for already in &intake.already {
        done.push(finished(workstation, &already.path, &already.asset, true)?);
    }
    for queued in &intake.jobs {
        match workstation.asset_at(&queued.path)? {
            Some(asset) => done.push(finished(workstation, &queued.path, &asset, false)?),
            None => refused.push(refusal(queued, jobs)),
        }
    }
    Ok((done, refused))
}

fn finished(
    workstation: &Workstation,
    path: &std::path::Path,
    asset: &str,
    already: bool,
) -> Result<Done, Fault> {
    let title = workstation.asset(asset)?.row.title;
    Ok(Done {
        path: workstation::shown_path(path),
        asset: asset.to_owned(),
        title,
        already,
    })
}

fn refusal(queued: &Queued, jobs: &[Job]) -> Refused {
    let fault = jobs
        .iter()
        .find(|job| job.id == queued.job)
        .and_then(|job| job.fault.clone());
    let fault = fault.unwrap_or_else(|| {
        Fault::new(Code::Cancelled, "Stopped before it was finished.")
            .hint("Run the same command again; what is finished is not read again.")
    });
    Refused {
        path: workstation::shown_path(&queued.path),
        code: fault.code,
        message: fault.message,
        hint: fault.hint,
    }
}

fn open_looks(workstation: &Workstation, done: &[Done]) -> Result<Vec<String>, Fault> {
    let wanted = |job: &Job| {
        let open = matches!(job.state, JobState::Queued | JobState::Running);
        open && job.kind == "look" && done.iter().any(|done| Some(&done.asset) == job.asset.as_ref())
    };
    Ok(workstation
        .jobs()?
        .into_iter()
        .filter(wanted)
        .map(|job| job.id)
        .collect())
}

fn report(done: &[Done], refused: &[Refused]) -> Vec<String> {
    let mut table = Table::new(&["asset", "title", "", "file"]);
    for file in done {
        let word = if file.already { "was in" } else { "taken in" };
        table.row([
            short(&file.asset),
            file.title.clone(),
            word.to_owned(),
            file.path.clone(),
        ]);
    }
    let mut lines = if done.is_empty() {
        Vec::new()
    } else {
        table.lines("")
    };
    for file in refused {
        lines.push(format!(
            "not taken in: {} ({}): {}",
            file.message,
            file.code.as_str(),
            file.path
        ));
        if !file.hint.is_empty() {
            lines.push(format!("  {}", file.hint));
        }
    }
    let refusals = if refused.is_empty() {
        String::new()
    } else {
        format!(", {} not", count(refused.len(), "file", "files"))
    };
    lines.push(format!("{} in{refusals}.", count(done.len(), "file", "files")));
    lines
}

/// `analyze`.
pub fn analyze(workstation: &Arc<Workstation>, args: &Analyze, output: &Output) -> Result<Ending, Fault> {
    let interrupt = Interrupt::listen()?;
    let assets = if args.all {
        let ready = |asset: &workstation::AssetRow| asset.state == workstation::AssetState::Ready;
        workstation
            .assets()?
            .into_iter()
            .filter(ready)
            .map(|asset| asset.id)
            .collect()
    } else {
        args.assets.clone()
    };
    let mut ids = Vec::new();
    for asset in &assets {
        ids.extend(workstation.analyze(asset, &args.kinds)?);
    }
    workstation.start_workers()?;
    let jobs = follow(workstation, &ids, &interrupt, output, true)?;
    output.result(&json!({ "jobs": jobs }), || {
        let word = |job: &Job| match &job.fault {
            Some(fault) => format!("{}: {}", job.title, fault.message),
            None => format!("{}: {}", job.title, job.message),
        };
        jobs.iter().map(word).collect()
    })?;
    let done = jobs.iter().filter(|job| job.state == JobState::Done).count();
    match done {
        _ if done == ids.len() => Ok(Ending::Whole),
        0 => Err(jobs
            .into_iter()
            .find_map(|job| job.fault)
            .unwrap_or_else(|| Fault::new(Code::Cancelled, "Stopped."))),
        _ => Ok(Ending::Part),
    }
}

/// `demo`.
pub fn demo(workstation: &Arc<Workstation>, output: &Output) -> Result<Ending, Fault> {
    let interrupt = Interrupt::listen()?;
    workstation.start_workers()?;
    let asset = loop {
        let ticket = workstation.demo()?;
        if let Some(asset) = ticket.asset {
            break asset;
        }
        let Some(job) = ticket.job else {
            return Err(Fault::new(
                Code::Internal,
                "The demo film is neither there nor on its way.",
            ));
        };
        let jobs = follow(workstation, &[job], &interrupt, output, true)?;
        if let Some(fault) = jobs.iter().find_map(|job| job.fault.clone()) {
            return Err(fault);
        }
        if interrupt.is_asked() || jobs.iter().any(|job| job.state == JobState::Cancelled) {
            return Err(Fault::new(Code::Cancelled, "Stopped.").hint("Run it again at any time."));
        }
    };
    let done = Done {
        path: String::new(),
        asset: asset.clone(),
        title: String::new(),
        already: false,
    };
    let looks = open_looks(workstation, &[done])?;
    follow(workstation, &looks, &interrupt, output, false)?;
    output.result(&json!({ "asset": asset }), || {
        vec![format!("The demo film is asset {}.", short(&asset))]
    })?;
    Ok(Ending::Whole)
}
