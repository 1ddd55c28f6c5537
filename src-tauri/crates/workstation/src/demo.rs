//! The demo film: made once by the project itself, then taken in like any other file.

use std::ops::ControlFlow;
use std::sync::Arc;

use catalog::{NewJob, Progress};
use fault::{Code, Fault};
use serde_json::json;

use crate::faults::{self, OrFault as _};
use crate::home::now_millis;
use crate::jobs::{Ending, Reporter};
use crate::views::DemoTicket;
use crate::workstation::Workstation;

impl Workstation {
    /// Makes sure that the demo film is in the lake, or on its way: made first, then ingested. Ask again when the job of
    /// the answer has ended, until the answer names the asset.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn demo(self: &Arc<Self>) -> Result<DemoTicket, Fault> {
        if let Some(asset) = self.demo_asset()? {
            return Ok(DemoTicket {
                asset: Some(asset),
                job: None,
            });
        }
        let film = self.home.demo_film();
        if film.is_file() {
            let intake = self.ingest(&[film])?;
            if let Some(refused) = intake.refused.into_iter().next() {
                return Err(Fault::new(Code::Internal, refused.message).hint(refused.hint));
            }
            let asset = intake.already.into_iter().next().map(|already| already.asset);
            return Ok(DemoTicket {
                asset,
                job: intake.jobs.into_iter().next().map(|queued| queued.job),
            });
        }
        let job = NewJob {
            kind: "demo".to_owned(),
            title: "Demo film".to_owned(),
            asset: None,
            priority: 20,
            request: json!({}),
            key: Some("demo".to_owned()),
        };
        let id = self.catalog.enqueue(&job, now_millis()).or_fault()?;
        self.hub.tell([crate::changes::Subject::Jobs]);
        self.bell.ring();
        Ok(DemoTicket {
            asset: None,
            job: Some(id.0.to_string()),
        })
    }

    /// The demo film's asset, once it was taken in.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn demo_asset(&self) -> Result<Option<String>, Fault> {
        let film = self.home.demo_film();
        let film = std::fs::canonicalize(&film).unwrap_or(film);
        Ok(self.finished_before(&film)?.map(|asset| asset.to_string()))
    }

    /// The work of the `demo` job: the film appears under its name only when it is whole; its ingest is queued.
    pub(crate) fn run_demo(self: &Arc<Self>, report: &mut Reporter) -> Result<Ending, Fault> {
        let film = self.home.demo_film();
        let folder = film.parent().unwrap_or(self.home.root()).to_owned();
        std::fs::create_dir_all(&folder).map_err(|error| {
            faults::from_io(
                &error,
                Code::Store,
                format!("Cannot make the folder {}", folder.display()),
            )
        })?;
        let mut say = |made: u64, of: u64| -> ControlFlow<()> {
            let permille = (made.saturating_mul(1000) / of.max(1)).min(1000) as u16;
            report.say(Progress {
                permille: Some(permille),
                message: format!("Drawing frame {made} of {of}"),
                ..Progress::default()
            })
        };
        match demo::make(&film, &mut say) {
            Ok(()) => {}
            Err(error) if error.is_cancelled() => return report.broken_off(),
            Err(error) => {
                return Err(Fault::new(error.code(), "The demo film could not be made.")
                    .hint("`circletake doctor` says whether FFmpeg can encode H.264 here and how much room is left.")
                    .because(&error));
            }
        }
        self.ingest(&[film])?;
        Ok(Ending::Done("Made; its ingest follows.".to_owned()))
    }
}
