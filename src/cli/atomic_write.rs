//! Files written whole.
//!
//! In: a path and a text. Out: the file. Guarantee: a reader sees the old text or the new one, never a part; a file keeps its permissions; what could not be
//! written leaves nothing behind, at an interrupt neither; what is no regular file (a device, a pipe, a socket) is written into and never replaced by one.

use super::{interrupt, terminal};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file that a run made and did not finish, where it cannot be known whether the run still works on it, is reported from this age on.
const OLD: Duration = Duration::from_secs(600);

/// Writes a file whole: into a new file beside it, which then takes its name. Folders that are not there are made. A link is followed.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let about = std::fs::metadata(path);
    if about.as_ref().is_ok_and(|about| about.is_dir()) {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "this is a folder",
        ));
    }
    let is_special = about.as_ref().is_ok_and(|about| !about.is_file());
    // `/dev/stdout` leads to whatever the shell has opened.
    let is_open = about.is_ok() && ["/dev", "/proc"].iter().any(|own| path.starts_with(own));
    if is_special || is_open {
        let mut stream = std::fs::OpenOptions::new().append(true).open(path)?;
        stream.write_all(text.as_bytes())?;
        return stream.flush();
    }
    // A link keeps leading to the file.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let whole = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
            stale(folder, &name);
        }
        let mut file = std::fs::File::create(&beside)?;
        // A user who could not read the old file cannot read the new one.
        if let Ok(about) = &about {
            file.set_permissions(about.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)
    };
    let _unfinished = interrupt::Unfinished::new(&beside);
    whole().inspect_err(|_| {
        let _ = std::fs::remove_file(&beside);
    })
}

/// Reports files that earlier runs left beside this one, because they were ended without a chance to tidy up.
fn stale(folder: &Path, name: &str) {
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let found = entry.file_name().to_string_lossy().into_owned();
        let pid = found
            .strip_prefix(&format!(".{name}."))
            .and_then(|rest| rest.strip_suffix(".new"))
            .and_then(|pid| pid.parse::<u32>().ok());
        if pid.is_some_and(|pid| pid != std::process::id() && is_left(pid, &entry)) {
            terminal::err(&format!(
                "warning: {} was left by a run that was ended; it can be deleted",
                shown(&entry.path())
            ));
        }
    }
}

fn shown(path: &Path) -> String {
    let path: PathBuf = path.strip_prefix(".").unwrap_or(path).to_path_buf();
    path.display().to_string()
}

/// Whether nobody works on the file any more: its process is gone, or where that cannot be seen, it is old.
fn is_left(pid: u32, entry: &std::fs::DirEntry) -> bool {
    let processes = Path::new("/proc");
    if processes.join("self").exists() {
        return !processes.join(pid.to_string()).exists();
    }
    let changed = entry.metadata().and_then(|about| about.modified());
    changed
        .ok()
        .and_then(|changed| changed.elapsed().ok())
        .is_some_and(|age| age > OLD)
}
