use std::{
    env,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use image::GrayImage;

use super::sheets::sheets;
use crate::EngineError;

const PROGRAM: &str = "tesseract";
/// A run that takes longer hangs and is ended: it reads a hundred places and more in a second, but the machine may be busy with
/// what people wait for.
const READ_LIMIT_SECS: u64 = 60;
/// Asked for its version or its languages it answers at once, or not at all.
const ASK_LIMIT_SECS: u64 = 10;
/// An answer longer than this is none: a full page has some hundred words.
const MAX_ANSWER_BYTES: u64 = 4 << 20;

/// The installed program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tesseract {
    path: PathBuf,
    version: String,
    language: String,
}

/// One word of its answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    /// The picture it stands in, counted from 0.
    pub(super) page: usize,
    /// Block, paragraph and line.
    pub(super) line: (u32, u32, u32),
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    /// 0 to 100.
    pub(super) confidence: f32,
    pub(super) text: String,
}

/// The program on the search path, when it runs and has a language.
pub fn find() -> Option<Tesseract> {
    let path = env::split_paths(&env::var_os("PATH")?)
        .map(|dir| dir.join(PROGRAM))
        .find(|path| path.is_file())?;
    let version = first_line(&path, "--version")?
        .split_whitespace()
        .nth(1)?
        .to_owned();
    let languages = output(&path, "--list-langs")?;
    let mut installed = languages
        .lines()
        .skip(1)
        .map(str::trim)
        .filter(|name| !name.is_empty() && *name != "osd");
    let language = installed
        .clone()
        .find(|name| *name == "eng")
        .or(installed.next())?
        .to_owned();
    Some(Tesseract {
        path,
        version,
        language,
    })
}

fn first_line(path: &Path, argument: &str) -> Option<String> {
    output(path, argument)?.lines().next().map(str::to_owned)
}

fn output(path: &Path, argument: &str) -> Option<String> {
    let mut command = Command::new(path);
    command.arg(argument);
    let answer = run(command, Vec::new(), ASK_LIMIT_SECS);
    match answer {
        Ok((bytes, _)) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => {
            tracing::warn!(%error, "tesseract is installed but does not answer");
            None
        }
    }
}

impl Tesseract {
    /// Its version, for example `5.3.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The language it reads.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Where it is installed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads pictures, all in one run of the program; with the words comes its CPU time, milliseconds.
    pub(super) fn read<'a>(
        &self,
        pictures: impl Iterator<Item = &'a GrayImage>,
    ) -> Result<(Vec<Word>, u64), EngineError> {
        let mut command = Command::new(&self.path);
        // sparse text in no order, one thread: the pictures are many and small
        command.args([
            "stdin",
            "stdout",
            "-l",
            &self.language,
            "--psm",
            "11",
            "--dpi",
            "150",
            // they come dark on light; by itself it would read all it is not sure of once more the other way round
            "-c",
            "tessedit_do_invert=0",
            "tsv",
        ]);
        command.env("OMP_THREAD_LIMIT", "1");
        let (answer, cpu_millis) = run(command, sheets(pictures), READ_LIMIT_SECS)?;
        Ok((words(&String::from_utf8_lossy(&answer)), cpu_millis))
    }
}

/// Runs a command to its end within the limit, feeding it `input`, and answers what it printed and its CPU time, milliseconds.
fn run(mut command: Command, input: Vec<u8>, limit_secs: u64) -> Result<(Vec<u8>, u64), EngineError> {
    let failed = |source: io::Error| EngineError::Program {
        program: PROGRAM,
        source,
    };
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    let answer = exchange(&mut child, input, limit_secs);
    if answer.is_err() {
        // it hangs or broke off: end it; that it may have ended by itself meanwhile is no error
        child
            .kill()
            .or_else(|e| {
                if e.kind() == io::ErrorKind::InvalidInput {
                    Ok(())
                } else {
                    Err(e)
                }
            })
            .map_err(failed)?;
    }
    let cpu_millis = cpu_millis(&child);
    let status = child.wait().map_err(failed)?;
    let answer = answer?;
    if !status.success() {
        return Err(failed(io::Error::other(format!("it ended with {status}"))));
    }
    Ok((answer, cpu_millis))
}

/// CPU time of a child that has said all it has to say and is not yet waited for; zero where the system does not tell.
fn cpu_millis(child: &Child) -> u64 {
    #[cfg(target_os = "linux")]
    {
        /// The kernel counts in hundredths of a second for who reads them, whatever its own clock (`man 5 proc_pid_stat`).
        const MILLIS_PER_TICK: u64 = 10;
        let said = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
        // the program's name may hold anything; what follows it does not. utime and stime are fields 14 and 15.
        let after_name = said.rsplit_once(") ").map_or("", |(_, after)| after);
        let fields = after_name.split(' ').skip(11).take(2);
        fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * MILLIS_PER_TICK
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _untold = child;
        0
    }
}

fn exchange(child: &mut Child, input: Vec<u8>, limit_secs: u64) -> Result<Vec<u8>, EngineError> {
    let failed = |source: io::Error| EngineError::Program {
        program: PROGRAM,
        source,
    };
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (sender, receiver) = mpsc::sync_channel(1);
    // the writer ends when the program has read everything or closes its end, and both when it is killed
    let writer = thread::Builder::new()
        .name("text-feed".into())
        .spawn(move || stdin.map_or(Ok(()), |mut stdin| stdin.write_all(&input)))
        .map_err(failed)?;
    let reader = thread::Builder::new()
        .name("text-answer".into())
        .spawn(move || {
            let mut answer = Vec::new();
            let read = stdout.map_or(Ok(0), |out| out.take(MAX_ANSWER_BYTES).read_to_end(&mut answer));
            // nobody listens any more after the time limit
            drop(sender.send(read.map(|_| answer)));
        })
        .map_err(failed)?;
    let answer = receiver
        .recv_timeout(Duration::from_secs(limit_secs))
        .map_err(|_late| EngineError::TimedOut {
            program: PROGRAM,
            limit_secs,
        })?;
    let joined = reader.join().is_ok() & writer.join().is_ok();
    if !joined {
        return Err(failed(io::Error::other("a pipe thread ended early")));
    }
    answer.map_err(failed)
}

/// The words of a TSV answer; lines that do not read are left out.
fn words(tsv: &str) -> Vec<Word> {
    tsv.lines().skip(1).filter_map(word).collect()
}

fn word(line: &str) -> Option<Word> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [
        level,
        page,
        block,
        paragraph,
        line,
        _word,
        left,
        top,
        width,
        height,
        confidence,
        text,
    ] = columns[..]
    else {
        return None;
    };
    let number = |text: &str| text.parse::<u32>().ok();
    if level != "5" || text.trim().is_empty() {
        return None;
    }
    Some(Word {
        page: usize::try_from(number(page)?.checked_sub(1)?).ok()?,
        line: (number(block)?, number(paragraph)?, number(line)?),
        left: number(left)?,
        top: number(top)?,
        width: number(width)?,
        height: number(height)?,
        confidence: confidence.parse().ok()?,
        text: text.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_and_rubbish_is_left_out() {
        let tsv = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
                   4\t1\t1\t1\t1\t0\t36\t92\t582\t269\t-1\t\n\
                   5\t2\t18\t1\t1\t1\t348\t618\t62\t36\t96.76\tJEFF\n\
                   5\t1\t18\t1\t1\t2\tx\t574\t89\t80\t49.0\tSTEEN\n\
                   5\t1\t18\t1\t1\t3\t1\t2\t3\t4\t95.0\t \n\
                   nonsense";
        let words = words(tsv);
        assert_eq!(words.len(), 1);
        assert_eq!(
            (
                words[0].text.as_str(),
                words[0].page,
                words[0].line,
                words[0].left
            ),
            ("JEFF", 1, (18, 1, 1), 348)
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_fails_is_an_error_and_its_answer_is_not_used() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo half an answer; exit 3"]);
        assert!(matches!(
            run(command, vec![1; 100], 10),
            Err(EngineError::Program { .. })
        ));
        let mut echo = Command::new("/bin/sh");
        echo.args(["-c", "cat"]);
        assert_eq!(run(echo, vec![7; 300_000], 10).unwrap().0, vec![7; 300_000]);
    }
}
