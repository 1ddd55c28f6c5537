//! Lists of a bucket that S3 Inventory writes: a manifest, and files in CSV, packed with gzip. ORC and Parquet are not read.

use std::io::{BufRead, BufReader, Read};

use serde::Deserialize;

use super::from_notification;
use crate::ETag;

/// Longest line of a list, in bytes: two names of the longest kind, all escaped, fit.
const LONGEST: u64 = 16 << 10;
/// Files of one list, at most.
const MOST_FILES: usize = 100_000;

/// Why a list does not read.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The manifest is none.
    #[error("the manifest of the inventory does not read")]
    Manifest(#[source] serde_json::Error),
    /// A form that is not read here.
    #[error("inventories in {0} are not read; have S3 write them as CSV")]
    Format(String),
    /// A list without names, or with more files than are read.
    #[error("the manifest of the inventory does not fit: {0}")]
    Unfit(&'static str),
    /// A line that is none.
    #[error("line {0} of the inventory does not read")]
    Line(u64),
    /// The file breaks off or is not packed with gzip.
    #[error("the inventory's file does not read")]
    Read(#[from] std::io::Error),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    source_bucket: String,
    destination_bucket: String,
    creation_timestamp: String,
    file_format: String,
    file_schema: String,
    files: Vec<WrittenFile>,
}

#[derive(Deserialize)]
struct WrittenFile {
    key: String,
    size: u64,
}

/// What a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The bucket that was listed.
    pub bucket: String,
    /// The bucket that holds the list.
    pub destination: String,
    /// When, milliseconds since 1970.
    pub made_millis: u64,
    /// The files, by their names in that bucket, with their sizes in bytes.
    pub files: Vec<(String, u64)>,
    columns: Columns,
}

/// Where in a line each thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Columns {
    count: usize,
    key: usize,
    size: Option<usize>,
    etag: Option<usize>,
    latest: Option<usize>,
    marker: Option<usize>,
}

/// One object of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name in the bucket, as it is.
    pub name: String,
    /// All its bytes, where the list says it.
    pub size_bytes: Option<u64>,
    /// Its tag, where the list says it.
    pub etag: Option<ETag>,
}

impl Manifest {
    /// Reads a `manifest.json`.
    ///
    /// # Errors
    /// [`InventoryError`] for what is none, and for lists that are not CSV.
    pub fn read(json: &[u8]) -> Result<Self, InventoryError> {
        let written: Written = serde_json::from_slice(json).map_err(InventoryError::Manifest)?;
        if written.file_format != "CSV" {
            return Err(InventoryError::Format(written.file_format));
        }
        if written.files.len() > MOST_FILES {
            return Err(InventoryError::Unfit("it names too many files"));
        }
        let names: Vec<&str> = written.file_schema.split(',').map(str::trim).collect();
        let at = |name: &str| names.iter().position(|known| *known == name);
        Ok(Self {
            bucket: written.source_bucket,
            // Written as an ARN, `arn:aws:s3:::name`.
            destination: written
                .destination_bucket
                .rsplit(':')
                .next()
                .unwrap_or_default()
                .to_owned(),
            made_millis: written
                .creation_timestamp
                .parse()
                .map_err(|_no_number| InventoryError::Unfit("it does not say when it was made"))?,
            files: written
                .files
                .into_iter()
                .map(|file| (file.key, file.size))
                .collect(),
            columns: Columns {
                count: names.len(),
                key: at("Key").ok_or(InventoryError::Unfit("it lists no names"))?,
                size: at("Size"),
                etag: at("ETag"),
                latest: at("IsLatest"),
                marker: at("IsDeleteMarker"),
            },
        })
    }

    /// Reads one of its files, which is packed, line by line; `each` gets every object that is there now, and none of former
    /// versions and delete markers.
    ///
    /// # Errors
    /// [`InventoryError`]; what came before was handed on.
    pub fn lines(&self, packed: impl Read, mut each: impl FnMut(Listed)) -> Result<(), InventoryError> {
        let mut text = BufReader::new(flate2::read::MultiGzDecoder::new(packed));
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let read = (&mut text).take(LONGEST).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(());
            }
            let whole = line.ends_with(b"\n") || (read as u64) < LONGEST;
            let fields = whole.then(|| fields(&line)).flatten();
            let fields = fields.filter(|fields| fields.len() == self.columns.count);
            let fields = fields.ok_or(InventoryError::Line(number))?;
            if let Some(listed) = self.listed(&fields) {
                each(listed);
            }
        }
        Ok(())
    }

    fn listed(&self, fields: &[String]) -> Option<Listed> {
        let said = |at: Option<usize>| at.and_then(|at| fields.get(at)).filter(|text| !text.is_empty());
        let is = |at: Option<usize>, word: &str| said(at).is_some_and(|text| text.eq_ignore_ascii_case(word));
        if is(self.columns.latest, "false") || is(self.columns.marker, "true") {
            return None;
        }
        Some(Listed {
            name: from_notification(fields.get(self.columns.key)?).ok()?,
            size_bytes: said(self.columns.size).and_then(|size| size.parse().ok()),
            etag: said(self.columns.etag).map(ETag::new),
        })
    }
}

/// The fields of a line, each in quotes or not; a quote in quotes is doubled.
fn fields(line: &[u8]) -> Option<Vec<String>> {
    let line = std::str::from_utf8(line).ok()?.trim_end_matches(['\n', '\r']);
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest.get(..end)?.to_owned(), rest.get(end..)?)
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return after.is_empty().then_some(fields),
        }
    }
}

/// A field after its opening quote, and what comes after it.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        field.push_str(rest.get(..end)?);
        rest = rest.get(end + 1..)?;
        match rest.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return Some((field, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::events::names::to_notification;

    fn manifest(format: &str, schema: &str) -> Result<Manifest, InventoryError> {
        let manifest = json!({
            "sourceBucket": "media",
            "destinationBucket": "arn:aws:s3:::lists",
            "version": "2016-11-30",
            "creationTimestamp": "1763600400000",
            "fileFormat": format,
            "fileSchema": schema,
            "files": [{
                "key": "lists/media/all/data/9d4e1c4a.csv.gz",
                "size": 2147483,
                "MD5checksum": "f11166069f1990abeb9c97ace9cdfabc"
            }]
        });
        Manifest::read(manifest.to_string().as_bytes())
    }

    fn packed(text: &str) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    }

    fn listed(manifest: &Manifest, packed: &[u8]) -> Result<Vec<Listed>, InventoryError> {
        let mut all = Vec::new();
        manifest.lines(packed, |listed| all.push(listed)).map(|()| all)
    }

    const SCHEMA: &str =
        "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass";

    #[test]
    fn a_list_gives_what_is_there_now() {
        let manifest = manifest("CSV", SCHEMA).unwrap();
        assert_eq!(
            (manifest.bucket.as_str(), manifest.made_millis),
            ("media", 1_763_600_400_000)
        );
        assert_eq!(
            manifest.files,
            [("lists/media/all/data/9d4e1c4a.csv.gz".to_owned(), 2_147_483)]
        );
        let text = concat!(
            "\"media\",\"incoming/A001%20C002.mov\",\"v2\",\"true\",\"false\",\"1024\",\"2026-11-20T08:30:00.000Z\",\"d41d8\",\"STANDARD\"\n",
            "\"media\",\"incoming/A001%20C002.mov\",\"v1\",\"false\",\"false\",\"1000\",\"2026-11-19T08:30:00.000Z\",\"d41d7\",\"STANDARD\"\n",
            "\"media\",\"incoming/gone.mov\",\"v9\",\"true\",\"true\",\"\",\"2026-11-19T08:30:00.000Z\",\"\",\"\"\n",
            "media,caf%C3%A9+noir.mov,,true,false,7,2026-11-20T08:30:00.000Z,aa,GLACIER"
        );
        let of = |name: &str, size_bytes, etag: &str| Listed {
            name: name.to_owned(),
            size_bytes: Some(size_bytes),
            etag: Some(ETag::new(etag)),
        };
        assert_eq!(
            listed(&manifest, &packed(text)).unwrap(),
            [
                of("incoming/A001 C002.mov", 1024, "d41d8"),
                of("café noir.mov", 7, "aa")
            ]
        );
    }

    #[test]
    fn what_is_not_read_says_so() {
        for format in ["ORC", "Parquet"] {
            assert!(
                matches!(manifest(format, SCHEMA), Err(InventoryError::Format(found)) if found == format)
            );
        }
        assert!(matches!(
            manifest("CSV", "Bucket, Size"),
            Err(InventoryError::Unfit(_))
        ));
        assert!(matches!(Manifest::read(b"{}"), Err(InventoryError::Manifest(_))));
        let manifest = manifest("CSV", "Bucket, Key").unwrap();
        assert!(matches!(
            listed(&manifest, b"plain text"),
            Err(InventoryError::Read(_))
        ));
        for (text, line) in [
            ("media\n", 1),
            ("media,a\nmedia,a,b\n", 2),
            ("\"media,a\n", 1),
            ("\"media\"x,a\n", 1),
        ] {
            let found = listed(&manifest, &packed(text));
            assert!(
                matches!(found, Err(InventoryError::Line(found)) if found == line),
                "{text:?}"
            );
        }
        let long = format!("media,{}\n", "k".repeat(20_000));
        assert!(matches!(
            listed(&manifest, &packed(&long)),
            Err(InventoryError::Line(1))
        ));
        let whole = packed("media,a\nmedia,b\n");
        let torn = whole.get(..whole.len() - 6).unwrap();
        assert!(matches!(listed(&manifest, torn), Err(InventoryError::Read(_))));
    }

    proptest! {
        #[test]
        fn every_name_comes_back(names in prop::collection::vec("\\PC{1,40}|[\u{0}-\u{7f}]{1,20}", 1..20)) {
            let manifest = manifest("CSV", "Bucket, Key").unwrap();
            let line = |name: &String| format!("\"media\",\"{}\"\n", to_notification(name));
            let text: String = names.iter().map(line).collect();
            let found: Vec<_> = listed(&manifest, &packed(&text)).unwrap().into_iter().map(|one| one.name).collect();
            prop_assert_eq!(found, names);
        }
    }
}
