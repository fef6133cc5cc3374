#!/usr/bin/python3
"""A full disk under the checkpoint or the text output: status 1 and a sentence, no visible damage,
and after the disk was freed the next start goes on by itself.

The disk is a small tmpfs: mounted in a namespace of this script's own, where it is root.
"""
import contextlib
import os
import signal
import subprocess
import sys

import harness

SIZE_BYTES = 8 << 20
INSIDE = "LEAT_TEST_NAMESPACE"  # Set for the script that runs there.
RECORDS_PER_SECOND = 1500
SAYS_WHY = ("no space left|disk is full|ENOSPC",)


@contextlib.contextmanager
def small_disk(scene):
    folder = scene.folder / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "leat-test", folder],
                   check=True)
    try:
        yield folder
    finally:
        for process in scene.processes:
            process.end()
        if scene.lister and scene.lister.is_alive():
            scene.lister.stop()
        subprocess.run(["umount", folder], check=True)


class Ballast:
    """A file that takes all the room that is left."""

    def __init__(self, folder, timeline):
        self.path, self.timeline = folder / "ballast", timeline

    def fill(self):
        size = 0
        with open(self.path, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                size += file.write(b"\0" * 4096)
        self.timeline.add(f"the disk is full, with {size} bytes of ballast")

    def free(self):
        os.unlink(self.path)
        self.timeline.add("the disk is freed")


def during_text_output(stage):
    def act(scene):
        with small_disk(scene) as folder:
            scene.output_dir = folder / "tags"
            scene.watch()
            feed = harness.SteadyFeed(scene.feeder(), RECORDS_PER_SECOND)
            ballast = Ballast(folder, scene.timeline)
            for _ in range(2):
                process = scene.start()
                process.wait_for_batches(5)
                ballast.fill()
                process.expect(1)
                process.expect_sentence(*SAYS_WHY, str(folder))
                ballast.free()
            feed.stop()
            scene.verify(finished=False, clean=False, keep_watching=True)
            scene.finish()
            scene.verify()
    return act


def before_the_first_start(stage):
    def act(scene):
        with small_disk(scene) as folder:
            scene.checkpoint = folder / "checkpoint"
            scene.watch()
            feeder = scene.feeder()
            feeder.feed(2000)
            feeder.flush()
            ballast = Ballast(folder, scene.timeline)
            ballast.fill()
            process = scene.start(drain=True)
            process.expect(1)
            process.expect_sentence(*SAYS_WHY, str(scene.checkpoint))
            ballast.free()
            scene.finish()
            scene.verify()
    return act


def during_the_checkpoint(stage):
    """A ledger that reuses its pages may need no more room: then the job just goes on."""
    def act(scene):
        with small_disk(scene) as folder:
            scene.checkpoint = folder / "checkpoint"
            scene.watch()
            feed = harness.SteadyFeed(scene.feeder(), RECORDS_PER_SECOND)
            ballast = Ballast(folder, scene.timeline)
            for batches in (1, 3):
                process = scene.start()
                process.wait_for_batches(batches)
                ballast.fill()
                if process.wait_for_batches(40):
                    scene.timeline.add("the checkpoint needed no more room")
                    process.signal(signal.SIGTERM)
                    process.wait()
                else:
                    process.expect(1)
                    process.expect_sentence(*SAYS_WHY, str(scene.checkpoint))
                ballast.free()
            feed.stop()
            scene.verify(finished=False, clean=False, keep_watching=True)
            scene.finish()
            scene.verify()
    return act


def acts(stage):
    stage.play("text output", "daas", during_text_output(stage))
    for job in ("relay", "daas", "wordcount"):
        stage.play("checkpoint before the start", job, before_the_first_start(stage))
        stage.play("checkpoint while it runs", job, during_the_checkpoint(stage))


def may_mount(*unshare):
    """What unshare and mount say when they may not, None when they may."""
    try:
        done = subprocess.run([*unshare, "mount", "-t", "tmpfs", "leat-test", "/mnt"], check=False,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError as failure:
        return str(failure)
    return None if done.returncode == 0 else done.stdout.strip()


def enter_namespace():
    """Begins anew in a mount namespace; as root of one's own users where one is not root."""
    said = []
    for unshare in (["unshare", "-m"], ["unshare", "-Urm"]):
        reason = may_mount(*unshare)
        if reason is None:
            os.environ[INSIDE] = "yes"
            os.execvp(unshare[0], [*unshare, sys.executable, "-B", *sys.argv])
        said.append(f"{' '.join(unshare)}: {reason}")
    sys.exit("disk_full: a small disk cannot be mounted here; run the tests as root, or allow user "
             "namespaces (kernel.unprivileged_userns_clone=1, "
             "kernel.apparmor_restrict_unprivileged_userns=0):\n  " + "\n  ".join(said))


if __name__ == "__main__":
    if INSIDE not in os.environ:
        enter_namespace()
    harness.run(harness.parse(__doc__), acts)
