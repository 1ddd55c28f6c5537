//! How far long work is: bars on a terminal, plain lines elsewhere, nothing with `--json`.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use workstation::{Job, JobState};

use crate::output::aside;

/// Shows jobs while they are waited for.
pub enum Progress {
    /// Says nothing.
    Quiet,
    /// A line when a job begins or ends, and every tenth of the way.
    Lines(BTreeMap<String, (JobState, u32)>),
    /// A bar per running job.
    Bars(MultiProgress, BTreeMap<String, ProgressBar>),
}

impl Progress {
    /// What fits where it is shown.
    pub fn new(quiet: bool) -> Self {
        if quiet {
            Self::Quiet
        } else if std::io::stderr().is_terminal() {
            Self::Bars(MultiProgress::new(), BTreeMap::new())
        } else {
            Self::Lines(BTreeMap::new())
        }
    }

    /// Shows a job as it is now.
    pub fn show(&mut self, job: &Job) {
        match self {
            Self::Quiet => {}
            Self::Lines(seen) => show_line(seen, job),
            Self::Bars(all, bars) => show_bar(all, bars, job),
        }
    }
}

fn show_line(seen: &mut BTreeMap<String, (JobState, u32)>, job: &Job) {
    let tenth = job.progress.map_or(0, |progress| (progress * 10.0) as u32);
    let now = (job.state, tenth);
    if seen.insert(job.id.clone(), now) == Some(now) || job.state == JobState::Queued {
        return;
    }
    aside(&format!("{}: {}", job.title, words(job)));
}

fn show_bar(all: &MultiProgress, bars: &mut BTreeMap<String, ProgressBar>, job: &Job) {
    match job.state {
        JobState::Queued => {}
        JobState::Running => {
            let bar = bars.entry(job.id.clone()).or_insert_with(|| {
                let bar = all.add(ProgressBar::new(1000));
                let style = ProgressStyle::with_template("{prefix:24!} {bar:32} {msg}");
                bar.set_style(style.unwrap_or_else(|_template| ProgressStyle::default_bar()));
                bar.set_prefix(format!("{} · {}", job.title, job.kind));
                bar
            });
            bar.set_position(job.progress.map_or(0, |progress| (progress * 1000.0) as u64));
            bar.set_message(words(job));
        }
        JobState::Done | JobState::Failed | JobState::Cancelled => {
            if let Some(bar) = bars.remove(&job.id) {
                bar.finish_and_clear();
            }
        }
    }
}

/// `42 % · 3.1× real time · 12 s left`.
fn words(job: &Job) -> String {
    let state = match job.state {
        JobState::Queued => "waiting",
        JobState::Running => "",
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Cancelled => "stopped",
    };
    let mut parts = Vec::new();
    if !state.is_empty() {
        parts.push(state.to_owned());
    } else if let Some(progress) = job.progress {
        parts.push(format!("{:.0} %", progress * 100.0));
    }
    if job.state == JobState::Running && !job.rate.is_empty() {
        parts.push(job.rate.clone());
    }
    match job.left_secs {
        Some(secs) if job.state == JobState::Running => parts.push(left(secs)),
        _ => {}
    }
    match &job.fault {
        Some(fault) => parts.push(fault.message.clone()),
        None if !job.message.is_empty() => parts.push(job.message.clone()),
        None => {}
    }
    if parts.is_empty() {
        "begun".to_owned()
    } else {
        parts.join(" · ")
    }
}

fn left(secs: f64) -> String {
    let secs = secs.max(0.0) as u64;
    if secs < 60 {
        format!("{secs} s left")
    } else {
        format!("{} min {:02} s left", secs / 60, secs % 60)
    }
}
