//! Which process holds a job, and whether it still lives.

use catalog::Owner;

/// This process.
pub(crate) fn this_process() -> Owner {
    let pid = std::process::id();
    Owner {
        pid,
        token: token_of(pid).unwrap_or_default(),
    }
}

/// Whether the process that took a job up still lives. A process id that was used again has another start time.
pub(crate) fn is_alive(owner: &Owner) -> bool {
    let Some(pid) = i32::try_from(owner.pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    else {
        return false;
    };
    let exists = match rustix::process::test_kill_process(pid) {
        Ok(()) => true,
        Err(error) => error == rustix::io::Errno::PERM,
    };
    exists && token_of(owner.pid).is_none_or(|token| token == owner.token)
}

/// Start time in kernel ticks and the boot it counts from; nothing where the system does not say.
fn token_of(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command name may hold spaces and brackets; the fields after it do not.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    let state = fields.next()?;
    if state == "Z" || state == "X" {
        return Some("ended".to_owned());
    }
    let started = fields.nth(18)?;
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(format!("{} {started}", boot.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_an_earlier_one_of_its_number_does_not() {
        let me = this_process();
        assert!(is_alive(&me));
        if !me.token.is_empty() {
            assert!(!is_alive(&Owner {
                pid: me.pid,
                token: "another boot 1".into()
            }));
        }
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let gone = Owner {
            pid: child.id(),
            token: token_of(child.id()).unwrap_or_default(),
        };
        child.wait().unwrap();
        assert!(!is_alive(&gone));
    }
}
