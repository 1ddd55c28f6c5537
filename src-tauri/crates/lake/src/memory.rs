use std::{
    collections::BTreeMap,
    ops::Bound,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;

use crate::{
    ByteRange, ETag, Key, Labels, Lake, LakeError, Listing, MOST_PARTS, Object, ObjectInfo, Part, Put,
    RestoreSpeed, Shelf, Upload,
    events::{MemoryQueue, Queue, QueuePlace},
    folder::write_beside,
};

/// A lake in memory: for tests and simulations, where a disk would be waited for. It keeps every promise of a lake but to
/// outlive the process. Its clock counts writes, so a run with the same calls is the same run.
#[derive(Debug, Default)]
pub struct MemoryLake {
    held: Mutex<Held>,
    queue: Option<Arc<MemoryQueue>>,
}

impl MemoryLake {
    /// An empty lake whose notifications wait in `queue`. Whoever tests puts them there.
    pub fn with_queue(queue: Arc<MemoryQueue>) -> Self {
        Self {
            queue: Some(queue),
            ..Self::default()
        }
    }
}

/// Parts of an upload by number.
type Pieces = BTreeMap<u32, (ETag, Bytes)>;

#[derive(Debug, Default)]
struct Held {
    objects: BTreeMap<Key, Kept>,
    uploads: BTreeMap<Upload, Pieces>,
    /// Writes so far: the time of this lake, and the names of its uploads.
    writes: u64,
}

#[derive(Clone, Debug)]
struct Kept {
    bytes: Arc<[u8]>,
    etag: ETag,
    modified_millis: u64,
    labels: Labels,
}

impl Kept {
    fn info(&self, key: &Key) -> ObjectInfo {
        ObjectInfo {
            key: key.clone(),
            size_bytes: self.bytes.len() as u64,
            etag: self.etag.clone(),
            modified_millis: self.modified_millis,
            shelf: Shelf::Ready,
        }
    }
}

fn tag(bytes: &[u8]) -> ETag {
    ETag::new(blake3::hash(bytes).to_hex().as_str())
}

impl Held {
    fn kept(&self, key: &Key) -> Result<&Kept, LakeError> {
        self.objects
            .get(key)
            .ok_or_else(|| LakeError::NotFound(key.clone()))
    }

    fn write(&mut self, key: &Key, bytes: Arc<[u8]>, mode: Put) -> Result<ObjectInfo, LakeError> {
        if mode == Put::CreateOnly
            && let Some(kept) = self.objects.get(key)
        {
            return Err(LakeError::Exists {
                key: key.clone(),
                etag: kept.etag.clone(),
            });
        }
        self.writes += 1;
        let kept = Kept {
            etag: tag(&bytes),
            bytes,
            modified_millis: self.writes,
            labels: Labels::new(),
        };
        let info = kept.info(key);
        self.objects.insert(key.clone(), kept);
        Ok(info)
    }

    fn upload(&mut self, upload: &Upload) -> Result<&mut Pieces, LakeError> {
        self.uploads.get_mut(upload).ok_or_else(|| LakeError::NoUpload {
            key: upload.key.clone(),
        })
    }

    /// The bytes of the parts as they are named.
    fn joined(&mut self, upload: &Upload, parts: &[Part]) -> Result<Vec<u8>, LakeError> {
        let bad = |number| LakeError::BadPart {
            key: upload.key.clone(),
            number,
        };
        let sent = self.upload(upload)?;
        let (mut bytes, mut last) = (Vec::new(), 0);
        for part in parts {
            let there = sent.get(&part.number).filter(|(etag, _)| *etag == part.etag);
            match there {
                Some((_, piece)) if part.number > last => bytes.extend_from_slice(piece),
                _ => return Err(bad(part.number)),
            }
            last = part.number;
        }
        if parts.is_empty() { Err(bad(0)) } else { Ok(bytes) }
    }
}

impl MemoryLake {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Lake for MemoryLake {
    async fn put(&self, key: &Key, body: Vec<u8>, mode: Put) -> Result<ObjectInfo, LakeError> {
        self.held().write(key, body.into(), mode)
    }

    async fn put_file(&self, key: &Key, source: &Path, mode: Put) -> Result<ObjectInfo, LakeError> {
        let body = tokio::fs::read(source)
            .await
            .map_err(|error| LakeError::io("read", source, error))?;
        self.put(key, body, mode).await
    }

    async fn get(&self, key: &Key) -> Result<Object, LakeError> {
        let held = self.held();
        let kept = held.kept(key)?;
        Ok(Object {
            info: kept.info(key),
            bytes: kept.bytes.to_vec(),
        })
    }

    async fn get_range(
        &self,
        key: &Key,
        range: ByteRange,
        if_match: Option<&ETag>,
    ) -> Result<Object, LakeError> {
        let held = self.held();
        let kept = held.kept(key)?;
        if if_match.is_some_and(|wanted| *wanted != kept.etag) {
            return Err(LakeError::Changed {
                key: key.clone(),
                etag: kept.etag.clone(),
            });
        }
        let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX);
        let end = range.end.map_or(usize::MAX, at).min(kept.bytes.len());
        match kept.bytes.get(at(range.start)..end) {
            Some(bytes) if !bytes.is_empty() => Ok(Object {
                info: kept.info(key),
                bytes: bytes.to_vec(),
            }),
            _ => Err(LakeError::Range {
                key: key.clone(),
                start: range.start,
                size_bytes: kept.bytes.len() as u64,
            }),
        }
    }

    async fn get_to_file(&self, key: &Key, target: &Path) -> Result<ObjectInfo, LakeError> {
        use std::io::Write as _;
        let object = self.get(key).await?;
        let place = target.to_path_buf();
        let written =
            tokio::task::spawn_blocking(move || write_beside(&place, |file| file.write_all(&object.bytes)));
        written
            .await
            .map_err(|_stopped| LakeError::Stopped)?
            .map_err(|error| LakeError::io("write", target, error))?;
        Ok(object.info)
    }

    async fn head(&self, key: &Key) -> Result<ObjectInfo, LakeError> {
        Ok(self.held().kept(key)?.info(key))
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Listing, LakeError> {
        let held = self.held();
        // No key is empty, so an empty text comes before all; a prefix that is no key still has its place among them.
        let first = after.filter(|after| *after >= prefix).unwrap_or(prefix);
        let from = Key::new(first).map_or(Bound::Unbounded, Bound::Included);
        let mut found = held
            .objects
            .range((from, Bound::Unbounded))
            .filter(|(key, _)| {
                key.as_str().starts_with(prefix) && after.is_none_or(|after| key.as_str() > after)
            })
            .map(|(key, kept)| kept.info(key));
        let objects: Vec<_> = found.by_ref().take(limit).collect();
        Ok(Listing {
            objects,
            more: found.next().is_some(),
        })
    }

    async fn copy(&self, from: &Key, to: &Key, mode: Put) -> Result<ObjectInfo, LakeError> {
        let mut held = self.held();
        let bytes = Arc::clone(&held.kept(from)?.bytes);
        held.write(to, bytes, mode)
    }

    async fn delete(&self, key: &Key) -> Result<(), LakeError> {
        self.held().objects.remove(key);
        Ok(())
    }

    async fn begin_upload(&self, key: &Key) -> Result<Upload, LakeError> {
        let mut held = self.held();
        held.writes += 1;
        let upload = Upload {
            key: key.clone(),
            id: held.writes.to_string(),
        };
        held.uploads.insert(upload.clone(), BTreeMap::new());
        Ok(upload)
    }

    async fn put_part(&self, upload: &Upload, number: u32, body: Bytes) -> Result<Part, LakeError> {
        if !(1..=MOST_PARTS).contains(&number) {
            return Err(LakeError::BadPart {
                key: upload.key.clone(),
                number,
            });
        }
        let part = Part {
            number,
            etag: tag(&body),
            size_bytes: body.len() as u64,
        };
        let mut held = self.held();
        held.upload(upload)?.insert(number, (part.etag.clone(), body));
        Ok(part)
    }

    async fn parts(&self, upload: &Upload) -> Result<Vec<Part>, LakeError> {
        let mut held = self.held();
        let sent = held.upload(upload)?;
        Ok(sent
            .iter()
            .map(|(number, (etag, bytes))| Part {
                number: *number,
                etag: etag.clone(),
                size_bytes: bytes.len() as u64,
            })
            .collect())
    }

    async fn finish_upload(
        &self,
        upload: &Upload,
        parts: &[Part],
        mode: Put,
    ) -> Result<ObjectInfo, LakeError> {
        let mut held = self.held();
        let bytes = held.joined(upload, parts)?;
        let info = held.write(&upload.key, bytes.into(), mode)?;
        held.uploads.remove(upload);
        Ok(info)
    }

    async fn abort_upload(&self, upload: &Upload) -> Result<(), LakeError> {
        self.held().uploads.remove(upload);
        Ok(())
    }

    async fn uploads(&self, prefix: &str) -> Result<Vec<Upload>, LakeError> {
        let held = self.held();
        let begun = held.uploads.keys();
        Ok(begun
            .filter(|upload| upload.key.as_str().starts_with(prefix))
            .cloned()
            .collect())
    }

    async fn labels(&self, key: &Key) -> Result<Labels, LakeError> {
        Ok(self.held().kept(key)?.labels.clone())
    }

    async fn set_labels(&self, key: &Key, labels: &Labels) -> Result<(), LakeError> {
        match self.held().objects.get_mut(key) {
            Some(kept) => {
                kept.labels = labels.clone();
                Ok(())
            }
            None => Err(LakeError::NotFound(key.clone())),
        }
    }

    async fn restore(&self, key: &Key, _days: u32, _speed: RestoreSpeed) -> Result<(), LakeError> {
        self.head(key).await.map(drop)
    }

    fn queue(&self, _place: &QueuePlace) -> Result<Arc<dyn Queue>, LakeError> {
        let queue = self.queue.clone();
        queue
            .map(|queue| queue as Arc<dyn Queue>)
            .ok_or(LakeError::Unsupported("read a queue of events"))
    }
}
