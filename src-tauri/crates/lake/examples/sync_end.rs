//! The product's end of the transfer comparison: `sync_end up|down|sync DIR BUCKET PREFIX ENDPOINT`, with the keys in
//! `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`. `up` sends every file of the folder, `down` fetches everything, `sync` brings
//! the folder up to date with the bucket.
#![expect(clippy::print_stdout, reason = "what it did is its answer")]

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use lake::{
    Key, Lake, LakeError, MachineClock, Put, S3Lake, S3Place,
    transfer::{
        Pace, PaceLimits, SendState,
        sync::{
            self, Base, Difference, Done, FarPages, Near, NearSide, Owner, Plan, Planner, Rule, Rules, Step,
            Task,
        },
    },
};

/// More than the comparison has.
const ROOM: usize = 1_000_000;

#[derive(Debug, thiserror::Error)]
enum EndError {
    #[error("usage: sync_end up|down|sync DIR BUCKET PREFIX ENDPOINT")]
    Usage,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error(transparent)]
    Transfer(#[from] lake::transfer::TransferError),
    #[error(transparent)]
    Place(#[from] lake::PlaceError),
    #[error(transparent)]
    Key(#[from] lake::KeyError),
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(4)
        .build();
    let done = runtime
        .map_err(EndError::from)
        .and_then(|runtime| runtime.block_on(work()));
    match done {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error}: {error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn work() -> Result<String, EndError> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [verb, dir, bucket, prefix, endpoint] = &words[..] else {
        return Err(EndError::Usage);
    };
    let mut place: S3Place = format!("s3://{bucket}/{prefix}").parse()?;
    place.endpoint_url = Some(endpoint.clone());
    let far: Arc<dyn Lake> = Arc::new(S3Lake::open(place, None).await?);
    let pace = Pace::new(PaceLimits::default(), Arc::new(MachineClock::default()), 1);
    let near = Folder {
        dir: PathBuf::from(dir),
        made: Mutex::default(),
    };
    let here = near.files()?;
    let plan = match verb.as_str() {
        "up" => Plan {
            tasks: here.into_iter().map(sending).collect(),
            ..Plan::default()
        },
        "down" | "sync" => compare(here, &far, &pace).await?,
        _ => return Err(EndError::Usage),
    };
    let outcome = sync::run(plan.tasks, &far, &pace, &(Arc::new(near) as Arc<dyn NearSide>)).await;
    if let Some((_, error)) = outcome.failed.into_iter().next() {
        return Err(error.into());
    }
    match outcome.stopped {
        Some(error) => Err(error.into()),
        None => Ok(format!("{} moved, {} alike", outcome.done, plan.tally.alike)),
    }
}

/// The folder gets what the bucket has and it has not, and what differs in size.
async fn compare(here: Vec<Near>, far: &Arc<dyn Lake>, pace: &Pace) -> Result<Plan, EndError> {
    let rules = Rules::new(vec![Rule {
        prefix: String::new(),
        up: false,
        down: true,
        owner: Owner::Far,
        order: 0,
        waits: false,
    }]);
    let looked_at = BTreeSet::new();
    let mut planner = Planner::new(&rules, &looked_at, ROOM);
    let cuts = FarPages::cuts(here.iter().map(|near| &near.key));
    let mut near = VecDeque::from([here]);
    let mut there = FarPages::new(Arc::clone(far), pace.clone(), "", &cuts);
    let mut add = |difference: Difference| planner.add(difference);
    sync::compare(&mut near, &mut there, &mut add).await?;
    Ok(planner.finish())
}

fn sending(near: Near) -> Task {
    Task {
        key: near.key,
        step: Step::Send(Put::Replace),
        size_bytes: near.size_bytes,
        urgent: false,
        order: 0,
        waits: false,
    }
}

/// A plain folder, whose files are named as their keys are.
struct Folder {
    dir: PathBuf,
    made: Mutex<BTreeMap<PathBuf, ()>>,
}

impl Folder {
    fn files(&self) -> Result<Vec<Near>, EndError> {
        let mut found = Vec::new();
        self.walk(&self.dir, "", &mut found)?;
        found.sort_unstable_by(|a: &Near, b| a.key.cmp(&b.key));
        Ok(found)
    }

    fn walk(&self, folder: &Path, before: &str, found: &mut Vec<Near>) -> Result<(), EndError> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
                continue;
            };
            if entry.file_type()?.is_dir() {
                self.walk(&entry.path(), &format!("{before}{name}/"), found)?;
            } else {
                found.push(Near {
                    key: Key::new(format!("{before}{name}"))?,
                    size_bytes: entry.metadata()?.len(),
                    base: None::<Base>,
                });
            }
        }
        Ok(())
    }
}

#[async_trait]
impl NearSide for Folder {
    async fn source(&self, key: &Key) -> Result<PathBuf, LakeError> {
        Ok(self.dir.join(key.as_str()))
    }

    async fn target(&self, key: &Key) -> Result<PathBuf, LakeError> {
        let target = self.dir.join(key.as_str());
        if let Some(folder) = target.parent() {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            if !made.contains_key(folder) {
                fs::create_dir_all(folder).map_err(|source| LakeError::Io {
                    action: "make the folder",
                    place: folder.to_path_buf(),
                    source,
                })?;
                made.insert(folder.to_path_buf(), ());
            }
        }
        Ok(target)
    }

    async fn kept(&self, _key: &Key) -> Option<SendState> {
        None
    }

    async fn keep(&self, _key: &Key, _state: Option<&SendState>) -> Result<(), lake::Cause> {
        Ok(())
    }

    async fn done(&self, _done: Vec<Done>) -> Result<(), lake::Cause> {
        Ok(())
    }
}
