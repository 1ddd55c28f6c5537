use ledger::AssetId;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Catalog, CatalogError,
    catalog::{Subject, bump},
    sql::{Id, Step, Trouble, id_or_none, int, json, json_or_none, text, uint, uint_or_none},
};

/// One job. Never used again, also after the job is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub i64);

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Waits for a worker.
    Queued,
    /// A worker holds its lease.
    Running,
    /// Finished well.
    Done,
    /// Stopped with a fault.
    Failed,
    /// Stopped by a person.
    Cancelled,
}

impl JobState {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn of(name: &str) -> Self {
        match name {
            "queued" => Self::Queued,
            "running" => Self::Running,
            "done" => Self::Done,
            "cancelled" => Self::Cancelled,
            _ => Self::Failed,
        }
    }
}

/// A worker: one process of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Process id.
    pub pid: u32,
    /// Something that tells it from an earlier process of the same id (its start time, the boot id).
    pub token: String,
}

/// What to put in the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// `ingest`, `look`, `export`, …
    pub kind: String,
    /// Shown to people.
    pub title: String,
    /// What it is about, when known.
    pub asset: Option<AssetId>,
    /// Larger goes first; of equals the older.
    pub priority: i32,
    /// What its worker needs to know.
    pub request: Value,
    /// When set and a job of the same kind and key is queued or running, that one is answered instead of a new one.
    pub key: Option<String>,
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// 0 to 1000, when it can be said.
    pub permille: Option<u16>,
    /// What it does now.
    pub message: String,
    /// How fast, in words with unit.
    pub rate: String,
    /// Seconds left, when it can be said.
    pub left_secs: Option<u64>,
}

/// One job as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What was asked.
    pub new: NewJob,
    /// Where it is.
    pub state: JobState,
    /// How far it is.
    pub progress: Progress,
    /// Why it failed, as the process that ran it wrote it.
    pub fault: Option<Value>,
    /// Whether a person has asked for it to stop.
    pub cancel_requested: bool,
    /// Who runs it.
    pub owner: Option<Owner>,
    /// The last sign of life of its worker, milliseconds since 1970.
    pub beat_millis: u64,
    /// How often it was taken up.
    pub attempts: u32,
    /// When it was put in the queue, milliseconds since 1970.
    pub queued_millis: u64,
    /// When it was last taken up.
    pub started_millis: Option<u64>,
    /// When it ended.
    pub ended_millis: Option<u64>,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Well; with a closing word.
    Done(String),
    /// With a fault, as JSON.
    Failed(Value),
    /// A person stopped it.
    Cancelled,
}

/// What a worker learns when it gives a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Go on.
    Go,
    /// A person wants it to stop: finish with [`Outcome::Cancelled`].
    Cancel,
    /// The job is no longer this worker's: stop and leave no trace.
    Lost,
}

pub const JOBS: Step = Step {
    why: "work outlives the window and the process that began it",
    sql: "
        CREATE TABLE jobs (
            id               INTEGER PRIMARY KEY AUTOINCREMENT,
            kind             TEXT NOT NULL,
            key              TEXT,
            title            TEXT NOT NULL,
            asset            BLOB,
            priority         INTEGER NOT NULL,
            request          TEXT NOT NULL,
            state            TEXT NOT NULL,
            permille         INTEGER,
            message          TEXT NOT NULL DEFAULT '',
            rate             TEXT NOT NULL DEFAULT '',
            left_secs        INTEGER,
            fault            TEXT,
            cancel_requested INTEGER NOT NULL DEFAULT 0,
            owner_pid        INTEGER,
            owner_token      TEXT,
            beat_millis      INTEGER NOT NULL DEFAULT 0,
            attempts         INTEGER NOT NULL DEFAULT 0,
            queued_millis    INTEGER NOT NULL,
            started_millis   INTEGER,
            ended_millis     INTEGER
        );
        CREATE INDEX jobs_waiting ON jobs (state, priority DESC, id);
        CREATE UNIQUE INDEX jobs_once ON jobs (kind, key) WHERE key IS NOT NULL AND state IN ('queued', 'running');
    ",
};

const COLUMNS: &str = "id, kind, key, title, asset, priority, request, state, permille, message, rate, left_secs, fault,
    cancel_requested, owner_pid, owner_token, beat_millis, attempts, queued_millis, started_millis, ended_millis";

/// Ends a job, whoever held it.
const END: &str = "UPDATE jobs SET state = ?2, ended_millis = ?3, owner_pid = NULL, owner_token = NULL,
    rate = '', left_secs = NULL, cancel_requested = 0";

/// The worker that holds a job is the one that took it up, and nobody else.
const HELD: &str = "id = ?1 AND state = 'running'";

impl Catalog {
    /// Puts a job in the queue.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn enqueue(&self, job: &NewJob, now_millis: u64) -> Result<JobId, CatalogError> {
        self.write(|conn| queue(conn, job, now_millis))
    }

    /// Takes note of what a job that `owner` holds is about, as soon as that is known. A job that is somebody else's by now
    /// stays as it is.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn name_asset(&self, id: JobId, owner: &Owner, asset: AssetId) -> Result<(), CatalogError> {
        self.write(|conn| {
            conn.prepare_cached(&format!(
                "UPDATE jobs SET asset = ?4 WHERE {HELD} AND owner_pid = ?2 AND owner_token = ?3"
            ))?
            .execute(params![id.0, owner.pid, owner.token, asset.bytes()])?;
            bump(conn, Subject::Jobs)?;
            Ok(())
        })
    }

    /// Takes up the next queued job of these kinds (all kinds when empty): the largest priority, of equals the oldest.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn claim(&self, kinds: &[&str], owner: &Owner, now_millis: u64) -> Result<Option<Job>, CatalogError> {
        let kinds = if kinds.is_empty() {
            None
        } else {
            Some(text(&kinds, "job")?)
        };
        const NEXT: &str = "SELECT id FROM jobs WHERE state = 'queued'
            AND (?1 IS NULL OR kind IN (SELECT value FROM json_each(?1))) ORDER BY priority DESC, id LIMIT 1";
        let next = |conn: &Connection| {
            conn.prepare_cached(NEXT)?
                .query_row([&kinds], |row| row.get::<_, i64>(0))
                .optional()
        };
        // Idle workers ask often: they must not take the writer's lock for nothing.
        if self.read(|conn| Ok(next(conn)?))?.is_none() {
            return Ok(None);
        }
        self.write(|conn| {
            let Some(id) = next(conn)? else { return Ok(None) };
            conn.prepare_cached(
                "UPDATE jobs SET state = 'running', owner_pid = ?2, owner_token = ?3, beat_millis = ?4, started_millis = ?4,
                    attempts = attempts + 1, cancel_requested = 0, fault = NULL, ended_millis = NULL,
                    permille = NULL, message = '', rate = '', left_secs = NULL WHERE id = ?1",
            )?
            .execute(params![id, owner.pid, owner.token, int(now_millis)])?;
            bump(conn, Subject::Jobs)?;
            one(conn, JobId(id))
        })
    }

    /// A sign of life, with progress.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn heartbeat(
        &self,
        id: JobId,
        owner: &Owner,
        progress: &Progress,
        now_millis: u64,
    ) -> Result<Beat, CatalogError> {
        self.write(|conn| {
            let held = conn
                .prepare_cached(&format!(
                    "UPDATE jobs SET beat_millis = ?4, permille = ?5, message = ?6, rate = ?7, left_secs = ?8
                     WHERE {HELD} AND owner_pid = ?2 AND owner_token = ?3 RETURNING cancel_requested"
                ))?
                .query_row(
                    params![
                        id.0,
                        owner.pid,
                        owner.token,
                        int(now_millis),
                        progress.permille,
                        progress.message,
                        progress.rate,
                        progress.left_secs.map(int),
                    ],
                    |row| row.get::<_, bool>(0),
                )
                .optional()?;
            let Some(cancel) = held else { return Ok(Beat::Lost) };
            bump(conn, Subject::Jobs)?;
            Ok(if cancel { Beat::Cancel } else { Beat::Go })
        })
    }

    /// Ends a job that `owner` holds.
    ///
    /// # Errors
    /// [`CatalogError::LeaseLost`] when it does not, and trouble with the file.
    pub fn finish(
        &self,
        id: JobId,
        owner: &Owner,
        outcome: &Outcome,
        now_millis: u64,
    ) -> Result<(), CatalogError> {
        self.finish_with(id, owner, outcome, &[], now_millis)
    }

    /// As [`Catalog::finish`], and queues what follows from it in the same transaction: a kill leaves both undone or none.
    ///
    /// # Errors
    /// [`CatalogError::LeaseLost`] when `owner` does not hold it, and trouble with the file.
    pub fn finish_with(
        &self,
        id: JobId,
        owner: &Owner,
        outcome: &Outcome,
        next: &[NewJob],
        now_millis: u64,
    ) -> Result<(), CatalogError> {
        let (state, message, fault) = match outcome {
            Outcome::Done(message) => (JobState::Done, Some(message.as_str()), None),
            Outcome::Failed(fault) => (JobState::Failed, None, Some(text(fault, "fault")?)),
            Outcome::Cancelled => (JobState::Cancelled, None, None),
        };
        self.write(|conn| {
            let ended = conn
                .prepare_cached(&format!(
                    "{END}, message = ifnull(?4, message), fault = ?5,
                        permille = iif(?2 = 'done', 1000, permille)
                     WHERE {HELD} AND owner_pid = ?6 AND owner_token = ?7"
                ))?
                .execute(params![
                    id.0,
                    state.name(),
                    int(now_millis),
                    message,
                    fault,
                    owner.pid,
                    owner.token
                ])?;
            if ended == 0 {
                return Err(CatalogError::LeaseLost(id.0).into());
            }
            for job in next {
                queue(conn, job, now_millis)?;
            }
            bump(conn, Subject::Jobs)?;
            Ok(())
        })
    }

    /// Asks a job to stop: a queued one is cancelled at once, a running one learns it at its next sign of life, an ended one
    /// stays as it is. Answers where it is now.
    ///
    /// # Errors
    /// [`CatalogError::NoJob`], and trouble with the file.
    pub fn request_cancel(&self, id: JobId, now_millis: u64) -> Result<JobState, CatalogError> {
        self.write(|conn| {
            conn.prepare_cached(&format!("{END} WHERE id = ?1 AND state = 'queued'"))?
                .execute(params![id.0, JobState::Cancelled.name(), int(now_millis),])?;
            conn.prepare_cached(&format!("UPDATE jobs SET cancel_requested = 1 WHERE {HELD}"))?
                .execute([id.0])?;
            bump(conn, Subject::Jobs)?;
            one(conn, id)?
                .map(|job| job.state)
                .ok_or_else(|| CatalogError::NoJob(id.0).into())
        })
    }

    /// Whether somebody has asked for this job to stop.
    ///
    /// # Errors
    /// [`CatalogError::NoJob`], and trouble with the file.
    pub fn cancel_requested(&self, id: JobId) -> Result<bool, CatalogError> {
        self.job(id)?
            .map(|job| job.cancel_requested)
            .ok_or(CatalogError::NoJob(id.0))
    }

    /// Puts a failed or cancelled job back in the queue, with its attempts forgotten.
    ///
    /// # Errors
    /// [`CatalogError::NotRetryable`] for one that is neither, or whose like is in the queue already; [`CatalogError::NoJob`],
    /// and trouble with the file.
    pub fn retry(&self, id: JobId, now_millis: u64) -> Result<(), CatalogError> {
        self.write(|conn| {
            let again = conn
                .prepare_cached(
                    "UPDATE OR IGNORE jobs SET state = 'queued', attempts = 0, queued_millis = ?2, ended_millis = NULL,
                        started_millis = NULL, fault = NULL, permille = NULL, message = '', cancel_requested = 0
                     WHERE id = ?1 AND state IN ('failed', 'cancelled')",
                )?
                .execute(params![id.0, int(now_millis)])?;
            if again == 0 {
                let known = one(conn, id)?.is_some();
                return Err(if known { CatalogError::NotRetryable(id.0) } else { CatalogError::NoJob(id.0) }.into());
            }
            bump(conn, Subject::Jobs)?;
            Ok(())
        })
    }

    /// Forgets a job that failed or was cancelled, and all others that tried the same and came no further, earlier or later.
    ///
    /// # Errors
    /// [`CatalogError::NotForgettable`] for one that is neither, [`CatalogError::NoJob`], and trouble with the file.
    pub fn forget(&self, id: JobId) -> Result<(), CatalogError> {
        self.write(|conn| {
            let gone = conn
                .prepare_cached(
                    "DELETE FROM jobs WHERE state IN ('failed', 'cancelled') AND (id = ?1 OR (kind, key) IN (
                        SELECT kind, key FROM jobs WHERE id = ?1 AND state IN ('failed', 'cancelled')))",
                )?
                .execute([id.0])?;
            if gone == 0 {
                let known = one(conn, id)?.is_some();
                return Err(if known {
                    CatalogError::NotForgettable(id.0)
                } else {
                    CatalogError::NoJob(id.0)
                }
                .into());
            }
            bump(conn, Subject::Jobs)?;
            Ok(())
        })
    }

    /// One job.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn job(&self, id: JobId) -> Result<Option<Job>, CatalogError> {
        self.read(|conn| one(conn, id))
    }

    /// Jobs: running first, then queued in the order in which they will be taken up, then ended ones, the latest first.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn jobs(&self, limit: u32) -> Result<Vec<Job>, CatalogError> {
        self.read(|conn| {
            let mut select = conn.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM jobs
                 ORDER BY CASE state WHEN 'running' THEN 0 WHEN 'queued' THEN 1 ELSE 2 END,
                    iif(state = 'queued', -priority, 0), iif(state IN ('queued', 'running'), id, -ended_millis), -id
                 LIMIT ?1"
            ))?;
            Ok(select.query_map([limit], job_of)?.collect::<Result<_, _>>()?)
        })
    }

    /// Puts jobs back in the queue whose worker is dead. A living worker keeps its job however long it is silent: a copy
    /// that takes minutes and a suspended machine are no deaths. Where nothing tells a process from a later one of its
    /// number (an owner without token), `is_alive` is not enough and silence beyond `lease_millis` counts too. One that was taken up `max_attempts` times already fails with `fault` instead, so that a file that
    /// kills its worker does not kill all that follow; one that was asked to stop is cancelled. Answers the jobs that
    /// changed.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn release_dead(
        &self,
        is_alive: impl Fn(&Owner) -> bool,
        lease_millis: u64,
        max_attempts: u32,
        fault: &Value,
        now_millis: u64,
    ) -> Result<Vec<JobId>, CatalogError> {
        let fault = text(fault, "fault")?;
        let running = |conn: &Connection| -> Result<Vec<Job>, Trouble> {
            let mut select = conn.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM jobs WHERE state = 'running' ORDER BY id"
            ))?;
            let jobs: Vec<Job> = select.query_map([], job_of)?.collect::<Result<_, _>>()?;
            Ok(jobs
                .into_iter()
                .filter(|job| {
                    let silent = now_millis.saturating_sub(job.beat_millis) > lease_millis;
                    job.owner
                        .as_ref()
                        .is_none_or(|owner| !is_alive(owner) || (silent && owner.token.is_empty()))
                })
                .collect())
        };
        if self.read(running)?.is_empty() {
            return Ok(Vec::new());
        }
        self.write(|conn| {
            let dead = running(conn)?;
            for job in &dead {
                let (id, now) = (job.id.0, int(now_millis));
                if job.cancel_requested {
                    conn.execute(&format!("{END} WHERE id = ?1"), params![id, JobState::Cancelled.name(), now])?;
                } else if job.attempts >= max_attempts {
                    conn.execute(
                        &format!("{END}, fault = ?4 WHERE id = ?1"),
                        params![id, JobState::Failed.name(), now, fault],
                    )?;
                } else {
                    conn.execute(
                        "UPDATE jobs SET state = 'queued', owner_pid = NULL, owner_token = NULL, permille = NULL,
                            message = '', rate = '', left_secs = NULL WHERE id = ?1",
                        [id],
                    )?;
                }
            }
            bump(conn, Subject::Jobs)?;
            Ok(dead.into_iter().map(|job| job.id).collect())
        })
    }

    /// Forgets ended jobs beyond the latest `keep`. Answers how many.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn prune_jobs(&self, keep: u32) -> Result<u64, CatalogError> {
        self.write(|conn| {
            let gone = conn.execute(
                "DELETE FROM jobs WHERE state IN ('done', 'failed', 'cancelled') AND id NOT IN (
                    SELECT id FROM jobs WHERE state IN ('done', 'failed', 'cancelled')
                    ORDER BY ended_millis DESC, id DESC LIMIT ?1)",
                [keep],
            )?;
            if gone > 0 {
                bump(conn, Subject::Jobs)?;
            }
            Ok(gone as u64)
        })
    }
}

fn queue(conn: &Connection, job: &NewJob, now_millis: u64) -> Result<JobId, Trouble> {
    let waiting = conn
        .prepare_cached(
            "SELECT id FROM jobs WHERE kind = ?1 AND key = ?2 AND state IN ('queued', 'running')",
        )?
        .query_row(params![job.kind, job.key], |row| row.get(0))
        .optional()?;
    if let Some(waiting) = waiting {
        return Ok(JobId(waiting));
    }
    conn.prepare_cached(
        "INSERT INTO jobs (kind, key, title, asset, priority, request, state, queued_millis)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', ?7)",
    )?
    .execute(params![
        job.kind,
        job.key,
        job.title,
        job.asset.as_ref().map(Id::bytes),
        job.priority,
        text(&job.request, "job")?,
        int(now_millis),
    ])?;
    bump(conn, Subject::Jobs)?;
    Ok(JobId(conn.last_insert_rowid()))
}

fn one(conn: &Connection, id: JobId) -> Result<Option<Job>, Trouble> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM jobs WHERE id = ?1"))?;
    Ok(select.query_row([id.0], job_of).optional()?)
}

fn job_of(row: &Row<'_>) -> rusqlite::Result<Job> {
    let pid: Option<u32> = row.get(14)?;
    let token: Option<String> = row.get(15)?;
    Ok(Job {
        id: JobId(row.get(0)?),
        new: NewJob {
            kind: row.get(1)?,
            key: row.get(2)?,
            title: row.get(3)?,
            asset: id_or_none(row, 4)?,
            priority: row.get(5)?,
            request: json(row, 6)?,
        },
        state: JobState::of(row.get_ref(7)?.as_str()?),
        progress: Progress {
            permille: row.get(8)?,
            message: row.get(9)?,
            rate: row.get(10)?,
            left_secs: uint_or_none(row, 11)?,
        },
        fault: json_or_none(row, 12)?,
        cancel_requested: row.get(13)?,
        owner: pid.zip(token).map(|(pid, token)| Owner { pid, token }),
        beat_millis: uint(row, 16)?,
        attempts: row.get(17)?,
        queued_millis: uint(row, 18)?,
        started_millis: uint_or_none(row, 19)?,
        ended_millis: uint_or_none(row, 20)?,
    })
}
