//! How a renderer gives up everything but its pipes, before it reads a byte of a document (promise CT-1).
//!
//! | | Linux | macOS | Windows |
//! |---|---|---|---|
//! | processor time | rlimit | rlimit | no |
//! | address space | rlimit | no: the system ignores it | no |
//! | files | Landlock, seccomp, no free handle | no file written, no free handle | no |
//! | network, other programs | seccomp (Landlock too, where it can) | no free handle | no |
//!
//! The filter of calls lets through what a computation on memory needs, and everything else fails with "not permitted".
//! Failing, not killing: a library that asks how many processors there are takes the answer "one".
//! Deliberately absent: a sandbox of macOS and a job object of Windows.

use super::Limits;
use serde::{Deserialize, Serialize};

/// What holds for a renderer on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Confinement {
    /// Processor time, memory and files are limited.
    pub limits: bool,
    /// Landlock: the kernel knows that it may reach no file.
    pub files: bool,
    /// seccomp: it cannot even ask for files, sockets or programs.
    pub calls: bool,
}

impl Confinement {
    /// Whether everything that this program can do on Linux is done.
    pub fn is_whole(&self) -> bool {
        self.limits && self.files && self.calls
    }
}

/// Confines this process for good. What the system refuses is left out, and told by the answer.
pub fn confine(limits: &Limits) -> Confinement {
    // The order matters: Landlock needs a handle, and after the filter nothing can be set any more.
    let files = landlock();
    let limits = rlimits(limits);
    let calls = filter();
    Confinement { limits, files, calls }
}

#[cfg(unix)]
fn rlimits(limits: &Limits) -> bool {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let mut holds = true;
    for (resource, most) in [
        (Resource::As, limits.memory),
        (Resource::Cpu, limits.cpu),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        // The three that are open stay; nothing else can be opened.
        (Resource::Nofile, 3),
    ] {
        // A limit that is lower already cannot be raised, and need not be.
        let lower = getrlimit(resource).maximum.is_some_and(|now| now <= most);
        let most = if lower { getrlimit(resource).maximum } else { Some(most) };
        holds &= setrlimit(resource, Rlimit { current: most, maximum: most }).is_ok();
    }
    holds
}

#[cfg(not(unix))]
fn rlimits(_: &Limits) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn landlock() -> bool {
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope};
    // Without this the child is still confined; it only might outlive its parent.
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    // Everything is handled and nothing is allowed. An older kernel handles less; the crate takes what there is.
    let confined = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V6))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(ABI::V6)))
        .and_then(|rules| rules.scope(Scope::from_all(ABI::V6)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self);
    confined.is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
}

#[cfg(not(target_os = "linux"))]
fn landlock() -> bool {
    false
}

#[cfg(target_os = "linux")]
fn filter() -> bool {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
    // seccompiler asks for it as well; here, so that it holds where there is no seccomp.
    let _ = rustix::thread::set_no_new_privs(true);
    let program = || -> Option<BpfProgram> {
        let arch = std::env::consts::ARCH.try_into().ok()?;
        let refuse = SeccompAction::Errno(u32::try_from(libc::EPERM).ok()?);
        SeccompFilter::new(calls()?.into_iter().collect(), refuse, SeccompAction::Allow, arch).ok()?.try_into().ok()
    };
    program().is_some_and(|program| seccompiler::apply_filter(&program).is_ok())
}

#[cfg(not(target_os = "linux"))]
fn filter() -> bool {
    false
}

/// What a computation on memory asks a kernel for.
#[cfg(target_os = "linux")]
fn calls() -> Option<Vec<(i64, Vec<seccompiler::SeccompRule>)>> {
    use seccompiler::{SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompRule};
    let when = |argument: u8, length, operator, value: u64| {
        let condition = SeccompCondition::new(argument, length, operator, value).ok()?;
        SeccompRule::new(vec![condition]).ok()
    };
    let handle = |number: u64| when(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, number);
    // Memory that can be executed is never asked for by what renders.
    let execute = u64::try_from(libc::PROT_EXEC).ok()?;
    let plain = || when(2, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(execute), 0);
    let own = u64::from(std::process::id());
    let mut calls = vec![
        (libc::SYS_read, vec![handle(0)?]),
        (libc::SYS_write, vec![handle(1)?, handle(2)?]),
        (libc::SYS_writev, vec![handle(1)?, handle(2)?]),
        (libc::SYS_mmap, vec![plain()?]),
        (libc::SYS_mprotect, vec![plain()?]),
        // A panic that cannot go on ends the process by a signal to itself.
        (libc::SYS_tgkill, vec![handle(own)?]),
    ];
    calls.extend(
        [
            libc::SYS_munmap,
            libc::SYS_mremap,
            libc::SYS_madvise,
            libc::SYS_brk,
            libc::SYS_futex,
            libc::SYS_exit,
            libc::SYS_exit_group,
            libc::SYS_rt_sigreturn,
            libc::SYS_rt_sigaction,
            libc::SYS_rt_sigprocmask,
            libc::SYS_sigaltstack,
            libc::SYS_restart_syscall,
            libc::SYS_clock_gettime,
            libc::SYS_getrandom,
            libc::SYS_sched_yield,
            libc::SYS_getpid,
            libc::SYS_gettid,
            libc::SYS_close,
            libc::SYS_fstat,
        ]
        // No conditions: always.
        .map(|call| (call, Vec::new())),
    );
    Some(calls)
}
