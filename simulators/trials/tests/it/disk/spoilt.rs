//! A file system of our own that can be filled up, or turned read-only.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Gone with this.
pub(super) struct Disk {
    /// Where it is mounted.
    pub(super) at: PathBuf,
    image: Option<PathBuf>,
}

fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(args).output().map_err(|error| format!("{program}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{program} {}: {}", args.join(" "), said.trim())) }
}

impl Disk {
    /// In memory, of `kib`. `Err` says why there is none.
    pub(super) fn in_memory(at: &Path, kib: u32) -> Result<Self, String> {
        std::fs::create_dir_all(at).map_err(|error| error.to_string())?;
        run("mount", &["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs", &at.display().to_string()])?;
        Ok(Self { at: at.to_owned(), image: None })
    }

    /// ext4 in a file, that turns read-only at the first error.
    pub(super) fn ext4(at: &Path, image: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(at).map_err(|error| error.to_string())?;
        let file = std::fs::File::create(image).map_err(|error| error.to_string())?;
        file.set_len(48 << 20).map_err(|error| error.to_string())?;
        run("mkfs.ext4", &["-q", "-F", &image.display().to_string()])?;
        let disk = Self { at: at.to_owned(), image: Some(image.to_owned()) };
        disk.mount()?;
        match disk.trigger().is_file() {
            true => Ok(disk),
            false => Err("the kernel has no way to make an ext4 fail (trigger_fs_error)".to_owned()),
        }
    }

    fn mount(&self) -> Result<(), String> {
        let image = self.image.as_ref().map(|image| image.display().to_string()).unwrap_or_default();
        run("mount", &["-o", "loop,errors=remount-ro", &image, &self.at.display().to_string()])
    }

    fn trigger(&self) -> PathBuf {
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let at = self.at.display().to_string();
        let device = mounts.lines().find(|line| line.split(' ').nth(1) == Some(&at));
        let device = device.and_then(|line| line.split(' ').next()).unwrap_or_default();
        Path::new("/sys/fs/ext4").join(device.trim_start_matches("/dev/")).join("trigger_fs_error")
    }

    /// As after a bad sector: the kernel makes it read-only under whoever writes.
    pub(super) fn fail(&self) {
        std::fs::write(self.trigger(), "1").expect("the kernel takes it");
    }

    /// Checked and mounted again. Nobody may use it.
    pub(super) fn mend(&self) {
        let at = self.at.display().to_string();
        run("umount", &[&at]).expect("nobody uses it");
        let image = self.image.as_ref().expect("only an image is mended").display().to_string();
        // 1 says that something was mended.
        let _ = run("e2fsck", &["-f", "-y", &image]);
        self.mount().expect("mounted");
    }

    /// Leaves `bytes` free.
    pub(super) fn fill(&self, bytes: u64) -> PathBuf {
        let filler = self.at.join("filler");
        let free = rustix::fs::statvfs(&self.at).expect("a file system");
        let size = (free.f_bavail * free.f_frsize).saturating_sub(bytes);
        std::fs::write(&filler, vec![1; size as usize]).expect("there is room");
        filler
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a failed test may have an agent on it still, which goes with the test.
        let _ = run("umount", &["-l", &self.at.display().to_string()]);
    }
}
