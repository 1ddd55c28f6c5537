//! Listings: the store's pages, folded at a delimiter where one is asked for.

use s3s::{S3Response, S3Result, dto, s3_error};

use super::{Served, etag, modified, said, signed};
use crate::{ObjectInfo, escape};

/// Names in one answer, at most.
const PAGE: usize = 1000;
/// Sorts after whatever can follow in a key.
const LAST: char = char::MAX;

/// What both forms of the operation ask for.
struct Asked {
    prefix: String,
    delimiter: Option<String>,
    after: Option<String>,
    most: usize,
}

/// One line of an answer.
enum Line {
    Object(ObjectInfo),
    /// Everything that begins so.
    Below(String),
}

impl Line {
    fn name(&self) -> &str {
        match self {
            Self::Object(info) => info.key.as_str(),
            Self::Below(prefix) => prefix,
        }
    }
}

impl Served {
    async fn lines(&self, asked: &Asked) -> S3Result<(Vec<Line>, bool)> {
        let mut lines: Vec<Line> = Vec::new();
        let mut after = asked.after.clone();
        if asked.most == 0 {
            return Ok((lines, false));
        }
        loop {
            let page = self
                .lake
                .list(&asked.prefix, after.as_deref(), PAGE)
                .await
                .map_err(said)?;
            let mut skipped = false;
            for info in page.objects {
                let key = info.key.as_str();
                // A key may go on with the last of all characters.
                if let Some(Line::Below(last)) = lines.last()
                    && key.starts_with(last.as_str())
                {
                    after = Some(key.to_owned());
                    continue;
                }
                let below = asked.delimiter.as_deref().and_then(|delimiter| {
                    let rest = key.get(asked.prefix.len()..)?;
                    let end = rest.find(delimiter)? + delimiter.len();
                    Some(format!("{}{}", asked.prefix, &rest[..end]))
                });
                if lines.len() == asked.most {
                    return Ok((lines, true));
                }
                match below {
                    None => {
                        after = Some(key.to_owned());
                        lines.push(Line::Object(info));
                    }
                    Some(below) => {
                        // However much lies below it, it is one line: the listing goes on behind it.
                        after = Some(format!("{below}{LAST}"));
                        lines.push(Line::Below(below));
                        skipped = true;
                        break;
                    }
                }
            }
            if !page.more && !skipped {
                return Ok((lines, false));
            }
        }
    }

    pub(super) async fn list(
        &self,
        input: dto::ListObjectsV2Input,
    ) -> S3Result<S3Response<dto::ListObjectsV2Output>> {
        self.check(&input.bucket)?;
        let after = match &input.continuation_token {
            Some(token) => Some(resumed(token)?),
            None => input.start_after.clone(),
        };
        let asked = asked(
            input.prefix.as_deref(),
            input.delimiter.as_deref(),
            after,
            input.max_keys,
        );
        let (lines, more) = self.lines(&asked).await?;
        let names = Names::of(input.encoding_type.as_ref());
        let token = lines.last().filter(|_| more).map(token);
        let (objects, below) = names.split(&lines);
        Ok(S3Response::new(dto::ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: input.prefix.map(|prefix| names.shown(&prefix)),
            delimiter: input.delimiter.map(|delimiter| names.shown(&delimiter)),
            start_after: input.start_after.map(|after| names.shown(&after)),
            max_keys: i32::try_from(asked.most).ok(),
            key_count: i32::try_from(lines.len()).ok(),
            continuation_token: input.continuation_token,
            next_continuation_token: token,
            is_truncated: Some(more),
            contents: Some(objects),
            common_prefixes: Some(below),
            encoding_type: input.encoding_type,
            ..Default::default()
        }))
    }

    pub(super) async fn list_old(
        &self,
        input: dto::ListObjectsInput,
    ) -> S3Result<S3Response<dto::ListObjectsOutput>> {
        self.check(&input.bucket)?;
        // A marker may be a line that stood for all below it.
        let after = input.marker.clone().map(|marker| match &input.delimiter {
            Some(delimiter) if !delimiter.is_empty() && marker.ends_with(delimiter.as_str()) => {
                format!("{marker}{LAST}")
            }
            _ => marker,
        });
        let asked = asked(
            input.prefix.as_deref(),
            input.delimiter.as_deref(),
            after,
            input.max_keys,
        );
        let (lines, more) = self.lines(&asked).await?;
        let names = Names::of(input.encoding_type.as_ref());
        let next = lines.last().filter(|_| more).map(|line| names.shown(line.name()));
        let (objects, below) = names.split(&lines);
        Ok(S3Response::new(dto::ListObjectsOutput {
            name: Some(input.bucket),
            prefix: input.prefix.map(|prefix| names.shown(&prefix)),
            marker: input.marker.map(|marker| names.shown(&marker)),
            delimiter: input.delimiter.map(|delimiter| names.shown(&delimiter)),
            max_keys: i32::try_from(asked.most).ok(),
            is_truncated: Some(more),
            next_marker: next,
            contents: Some(objects),
            common_prefixes: Some(below),
            encoding_type: input.encoding_type,
            ..Default::default()
        }))
    }
}

fn asked(prefix: Option<&str>, delimiter: Option<&str>, after: Option<String>, most: Option<i32>) -> Asked {
    Asked {
        prefix: prefix.unwrap_or_default().to_owned(),
        delimiter: delimiter.filter(|text| !text.is_empty()).map(str::to_owned),
        after,
        most: most.map_or(PAGE, |most| usize::try_from(most).unwrap_or(0).min(PAGE)),
    }
}

/// Where the next page begins: after an object, or after all that a line stood for.
fn token(last: &Line) -> String {
    match last {
        Line::Object(info) => format!("after {}", info.key),
        Line::Below(prefix) => format!("behind {prefix}"),
    }
}

fn resumed(token: &str) -> S3Result<String> {
    match token.split_once(' ') {
        Some(("after", key)) => Ok(key.to_owned()),
        Some(("behind", prefix)) => Ok(format!("{prefix}{LAST}")),
        _ => Err(s3_error!(InvalidArgument, "not a token of this endpoint")),
    }
}

/// How names are written in an answer.
struct Names {
    encoded: bool,
}

impl Names {
    fn of(encoding: Option<&dto::EncodingType>) -> Self {
        Self {
            encoded: encoding.is_some_and(|encoding| encoding.as_str() == dto::EncodingType::URL),
        }
    }

    fn shown(&self, name: &str) -> String {
        if !self.encoded {
            return name.to_owned();
        }
        escape::name(name)
    }

    fn split(&self, lines: &[Line]) -> (Vec<dto::Object>, Vec<dto::CommonPrefix>) {
        let mut objects = Vec::new();
        let mut below = Vec::new();
        for line in lines {
            match line {
                Line::Object(info) => objects.push(dto::Object {
                    e_tag: Some(etag(&info.etag)),
                    key: Some(self.shown(info.key.as_str())),
                    last_modified: Some(modified(info.modified_millis)),
                    size: Some(signed(info.size_bytes)),
                    ..Default::default()
                }),
                Line::Below(prefix) => below.push(dto::CommonPrefix {
                    prefix: Some(self.shown(prefix)),
                }),
            }
        }
        (objects, below)
    }
}
