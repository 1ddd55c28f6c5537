use catalog::{Beat, Catalog, CatalogError, JobId, JobState, NewJob, Outcome, Owner, Progress};
use serde_json::json;

fn job(kind: &str, priority: i32, key: Option<&str>) -> NewJob {
    NewJob {
        kind: kind.into(),
        title: format!("{kind} {priority}"),
        asset: Some(crate::world::asset(1)),
        priority,
        request: json!({ "path": "/footage/a.mov" }),
        key: key.map(str::to_owned),
    }
}

fn owner(pid: u32) -> Owner {
    Owner {
        pid,
        token: format!("boot-{pid}"),
    }
}

fn catalog(dir: &tempfile::TempDir) -> Catalog {
    Catalog::open(dir.path()).expect("a catalog")
}

#[test]
fn a_job_is_taken_up_by_one_and_finished() {
    let dir = tempfile::tempdir().unwrap();
    let (desk, worker) = (catalog(&dir), catalog(&dir));
    let low = desk.enqueue(&job("ingest", 0, None), 10).unwrap();
    let high = desk.enqueue(&job("look", 5, None), 11).unwrap();
    let later = desk.enqueue(&job("ingest", 0, None), 12).unwrap();
    assert_eq!(
        desk.jobs(10)
            .unwrap()
            .iter()
            .map(|job| job.id)
            .collect::<Vec<_>>(),
        [high, low, later]
    );
    let taken = worker.claim(&[], &owner(1), 20).unwrap().unwrap();
    assert_eq!(
        (taken.id, taken.state, taken.attempts, taken.started_millis),
        (high, JobState::Running, 1, Some(20))
    );
    assert_eq!(taken.new, job("look", 5, None));
    assert!(worker.claim(&["look"], &owner(1), 21).unwrap().is_none());
    assert_eq!(
        worker
            .claim(&["export", "ingest"], &owner(1), 22)
            .unwrap()
            .unwrap()
            .id,
        low
    );

    let progress = Progress {
        permille: Some(250),
        message: "decoding".into(),
        rate: "3.1×".into(),
        left_secs: Some(9),
    };
    assert_eq!(
        worker.heartbeat(high, &owner(1), &progress, 30).unwrap(),
        Beat::Go
    );
    assert_eq!(desk.job(high).unwrap().unwrap().progress, progress);
    assert_eq!(
        worker.heartbeat(high, &owner(2), &progress, 31).unwrap(),
        Beat::Lost
    );
    let stolen = worker.finish(high, &owner(2), &Outcome::Done("x".into()), 32);
    assert!(matches!(stolen, Err(CatalogError::LeaseLost(_))));
    worker
        .finish(high, &owner(1), &Outcome::Done("12 shots".into()), 33)
        .unwrap();
    let done = desk.job(high).unwrap().unwrap();
    assert_eq!(
        (done.state, done.ended_millis, done.owner),
        (JobState::Done, Some(33), None)
    );
    assert_eq!(
        (done.progress.message.as_str(), done.progress.permille),
        ("12 shots", Some(1000))
    );
    let again = worker.finish(high, &owner(1), &Outcome::Cancelled, 34);
    assert!(matches!(again, Err(CatalogError::LeaseLost(_))));
    worker
        .finish(
            low,
            &owner(1),
            &Outcome::Failed(json!({ "code": "not-media" })),
            35,
        )
        .unwrap();
    assert_eq!(
        desk.job(low).unwrap().unwrap().fault,
        Some(json!({ "code": "not-media" }))
    );
    assert_eq!(
        desk.jobs(10)
            .unwrap()
            .iter()
            .map(|job| job.id)
            .collect::<Vec<_>>(),
        [later, low, high]
    );
}

#[test]
fn ended_jobs_are_forgotten_the_oldest_first() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(&dir);
    let ids: Vec<JobId> = (0..3)
        .map(|n| catalog.enqueue(&job("ingest", 0, None), n).unwrap())
        .collect();
    for (id, now) in ids.iter().zip([10, 30, 20]) {
        catalog.claim(&[], &owner(1), 5).unwrap().unwrap();
        catalog
            .finish(*id, &owner(1), &Outcome::Done(String::new()), now)
            .unwrap();
    }
    assert_eq!(catalog.prune_jobs(1).unwrap(), 2);
    assert_eq!(catalog.prune_jobs(1).unwrap(), 0);
    assert_eq!(
        catalog
            .jobs(9)
            .unwrap()
            .iter()
            .map(|job| job.id)
            .collect::<Vec<_>>(),
        [ids[1]]
    );
    catalog.prune_jobs(0).unwrap();
    // An id is never used again.
    assert!(catalog.enqueue(&job("ingest", 0, None), 40).unwrap() > ids[2]);
}

#[test]
fn what_failed_is_forgotten_with_all_that_tried_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(&dir);
    let cancelled = |key: Option<&str>, at: u64| {
        let id = catalog.enqueue(&job("ingest", 0, key), at).unwrap();
        catalog.request_cancel(id, at).unwrap();
        id
    };
    let (first, again) = (cancelled(Some("/a"), 1), cancelled(Some("/a"), 2));
    let (other, nameless) = (cancelled(Some("/b"), 3), cancelled(None, 4));
    let waits = catalog.enqueue(&job("ingest", 0, Some("/a")), 5).unwrap();
    assert!(matches!(
        catalog.forget(waits),
        Err(CatalogError::NotForgettable(_))
    ));
    catalog.forget(again).unwrap();
    catalog.forget(nameless).unwrap();
    let left: Vec<_> = catalog.jobs(10).unwrap().into_iter().map(|job| job.id).collect();
    assert_eq!(left, [waits, other]);
    assert!(matches!(catalog.forget(first), Err(CatalogError::NoJob(_))));
}

#[test]
fn cancel_and_retry() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(&dir);
    let queued = catalog.enqueue(&job("ingest", 0, Some("/a")), 1).unwrap();
    assert_eq!(catalog.request_cancel(queued, 2).unwrap(), JobState::Cancelled);
    assert!(catalog.claim(&[], &owner(1), 3).unwrap().is_none());
    assert_eq!(catalog.request_cancel(queued, 4).unwrap(), JobState::Cancelled);
    catalog.retry(queued, 5).unwrap();
    assert!(matches!(
        catalog.retry(queued, 6),
        Err(CatalogError::NotRetryable(_))
    ));
    catalog.claim(&[], &owner(1), 7).unwrap().unwrap();
    assert!(!catalog.cancel_requested(queued).unwrap());
    assert_eq!(catalog.request_cancel(queued, 8).unwrap(), JobState::Running);
    assert!(catalog.cancel_requested(queued).unwrap());
    assert_eq!(
        catalog
            .heartbeat(queued, &owner(1), &Progress::default(), 9)
            .unwrap(),
        Beat::Cancel
    );
    catalog
        .finish(queued, &owner(1), &Outcome::Cancelled, 10)
        .unwrap();
    let ended = catalog.job(queued).unwrap().unwrap();
    assert_eq!(
        (ended.state, ended.cancel_requested),
        (JobState::Cancelled, false)
    );
    for answer in [
        catalog.retry(JobId(99), 1).err(),
        catalog.request_cancel(JobId(99), 1).err(),
    ] {
        assert!(matches!(answer, Some(CatalogError::NoJob(99))));
    }
}

#[test]
fn what_is_asked_twice_is_done_once() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(&dir);
    let first = catalog.enqueue(&job("ingest", 0, Some("/a")), 1).unwrap();
    assert_eq!(catalog.enqueue(&job("ingest", 9, Some("/a")), 2).unwrap(), first);
    assert_ne!(catalog.enqueue(&job("look", 0, Some("/a")), 3).unwrap(), first);
    assert_ne!(catalog.enqueue(&job("ingest", 0, None), 4).unwrap(), first);
    catalog.claim(&["ingest"], &owner(1), 5).unwrap();
    assert_eq!(catalog.enqueue(&job("ingest", 0, Some("/a")), 6).unwrap(), first);
    catalog.finish(first, &owner(1), &Outcome::Cancelled, 7).unwrap();
    let second = catalog.enqueue(&job("ingest", 0, Some("/a")), 8).unwrap();
    assert_ne!(second, first);
    // The first cannot come back beside the second.
    assert!(matches!(
        catalog.retry(first, 9),
        Err(CatalogError::NotRetryable(_))
    ));
}

#[test]
fn a_dead_workers_job_is_taken_up_again_but_not_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(&dir);
    let (lease, tries, fault) = (10_000, 2, json!({ "code": "internal" }));
    let id = catalog.enqueue(&job("ingest", 0, None), 1).unwrap();
    let release = |alive: bool, now: u64| {
        catalog
            .release_dead(|_owner| alive, lease, tries, &fault, now)
            .unwrap()
    };

    catalog.claim(&[], &owner(1), 100).unwrap().unwrap();
    assert!(release(true, 5_000).is_empty(), "alive, and within its lease");
    assert_eq!(release(false, 5_000), [id]);
    let freed = catalog.job(id).unwrap().unwrap();
    assert_eq!(
        (freed.state, freed.owner, freed.attempts),
        (JobState::Queued, None, 1)
    );
    assert_eq!(
        catalog
            .heartbeat(id, &owner(1), &Progress::default(), 5_001)
            .unwrap(),
        Beat::Lost
    );

    catalog.claim(&[], &owner(2), 6_000).unwrap().unwrap();
    catalog
        .heartbeat(id, &owner(2), &Progress::default(), 12_000)
        .unwrap();
    assert!(release(true, 22_000).is_empty());
    assert!(release(true, 900_000).is_empty(), "silent for long, but alive");
    // The second time is the last.
    assert_eq!(release(false, 22_001), [id]);
    let failed = catalog.job(id).unwrap().unwrap();
    assert_eq!(
        (failed.state, failed.fault),
        (JobState::Failed, Some(fault.clone()))
    );
    catalog.retry(id, 23_000).unwrap();
    assert_eq!(catalog.job(id).unwrap().unwrap().attempts, 0);

    catalog.claim(&[], &owner(3), 24_000).unwrap().unwrap();
    catalog.request_cancel(id, 24_001).unwrap();
    assert_eq!(release(false, 24_002), [id]);
    assert_eq!(catalog.job(id).unwrap().unwrap().state, JobState::Cancelled);
}

#[test]
fn a_worker_that_cannot_be_told_from_another_of_its_number_lives_as_long_as_its_lease() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(&dir);
    let id = catalog.enqueue(&job("ingest", 0, None), 1).unwrap();
    let unnamed = Owner {
        token: String::new(),
        ..owner(1)
    };
    catalog.claim(&[], &unnamed, 100).unwrap().unwrap();
    let release = |now: u64| {
        catalog
            .release_dead(|_owner| true, 10_000, 3, &json!({}), now)
            .unwrap()
    };
    assert!(release(10_100).is_empty());
    assert_eq!(release(10_101), [id]);
}

#[test]
fn of_workers_that_race_each_job_goes_to_one() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(&dir);
    for _ in 0..40 {
        catalog.enqueue(&job("ingest", 0, None), 1).unwrap();
    }
    let taken: Vec<JobId> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|pid| {
                let (dir, shared) = (&dir, &catalog);
                scope.spawn(move || {
                    let own = (pid % 2 == 0).then(|| self::catalog(dir));
                    let catalog = own.as_ref().unwrap_or(shared);
                    std::iter::from_fn(|| catalog.claim(&[], &owner(pid), 2).unwrap())
                        .map(|job| job.id)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    let distinct: std::collections::BTreeSet<_> = taken.iter().collect();
    assert_eq!((taken.len(), distinct.len()), (40, 40));
}

#[test]
fn what_follows_is_queued_with_the_end_of_a_job_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(&dir);
    let ingest = NewJob {
        asset: None,
        ..job("ingest", 0, None)
    };
    let id = catalog.enqueue(&ingest, 1).unwrap();
    catalog.claim(&[], &owner(1), 2).unwrap().unwrap();
    catalog.name_asset(id, &owner(2), crate::world::asset(1)).unwrap();
    assert_eq!(
        catalog.job(id).unwrap().unwrap().new.asset,
        None,
        "not its worker"
    );
    catalog.name_asset(id, &owner(1), crate::world::asset(1)).unwrap();
    let named = catalog.job(id).unwrap().unwrap();
    assert_eq!(named.new.asset, Some(crate::world::asset(1)));

    let look = [job("look", 0, Some("film"))];
    let done = Outcome::Done(String::new());
    let stolen = catalog.finish_with(id, &owner(2), &done, &look, 3);
    assert!(matches!(stolen, Err(CatalogError::LeaseLost(_))));
    assert_eq!(catalog.jobs(10).unwrap().len(), 1);
    catalog.finish_with(id, &owner(1), &done, &look, 4).unwrap();
    let jobs = catalog.jobs(10).unwrap();
    assert_eq!(
        jobs.iter().map(|job| job.state).collect::<Vec<_>>(),
        [JobState::Queued, JobState::Done]
    );
    assert_eq!(jobs[0].new, look[0]);
}
