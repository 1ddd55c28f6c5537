//! The use cases: ingest, enrich, review, export, settings, jobs.
