#!/usr/bin/python3
"""Checkpoints and output directories that cannot be used, or not by this job."""
import os
import shutil
import time

from confluent_kafka import TopicPartition

from mistakes import Failure, case, run, wait_for

def stop(process):
    process.signal(15)
    process.expect(0)


def text_lines(it):
    return sorted(line for path in it.folder.glob("text/tags-*/part-*")
                  for line in path.read_text().splitlines())


@case("file in the place of the checkpoint")
def checkpoint_is_file(it):
    it.checkpoint.write_text("not a directory")
    it.refused(it.start(), f"checkpoint '{it.checkpoint}'", "Not a directory")
    it.checkpoint.unlink()
    it.drains()


@case("file in the way to the checkpoint")
def checkpoint_under_file(it):
    (it.folder / "file").write_text("")
    it.refused(it.start(checkpoint=it.folder / "file" / "checkpoint"),
               f"checkpoint '{it.folder}/file/checkpoint'", "Not a directory")


@case("checkpoint where nobody can write", records=0)
def checkpoint_not_writable(it):
    """Root may write everywhere but in /sys."""
    it.refused(it.start(checkpoint="/sys/leat"), "checkpoint '/sys/leat'", "cannot be made")


@case("checkpoint in use")
def checkpoint_in_use(it):
    process = it.start()
    it.wait_for_written(it.fed, process)
    it.refused(it.start(), f"checkpoint '{it.checkpoint}'", "in use",
               f"process {process.popen.pid}", written=it.fed)
    it.feed(2)
    it.wait_for_written(it.fed, process)
    stop(process)
    it.drains()


@case("checkpoint that is no database")
def checkpoint_unreadable(it):
    it.checkpoint.mkdir()
    (it.checkpoint / "data.mdb").write_bytes(b"spark was here\n" * 2000)
    it.refused(it.start(), f"checkpoint '{it.checkpoint}'", "not an LMDB file",
               "use another directory")
    if (it.checkpoint / "data.mdb").read_bytes() != b"spark was here\n" * 2000:
        raise Failure("it wrote into a file that is not its own")


@case("checkpoint cut short")
def checkpoint_cut(it):
    it.drains()
    with open(it.checkpoint / "data.mdb", "r+b") as file:
        file.truncate(5000)
    it.refused(it.start(), f"checkpoint '{it.checkpoint}'", "restore it", written=it.fed)


@case("another database in the place of the checkpoint")
def checkpoint_foreign(it):
    it.drains()
    replace_in(it.checkpoint / "data.mdb", b"leat 1", b"lmdb 9")
    it.refused(it.start(), f"checkpoint '{it.checkpoint}'", "'lmdb 9'", "'leat 1'",
               "another directory", written=it.fed)


@case("checkpoint of a newer version")
def checkpoint_newer(it):
    it.drains()
    replace_in(it.checkpoint / "data.mdb", b"leat 1", b"leat 2")
    it.refused(it.start(), f"checkpoint '{it.checkpoint}'", "'leat 2'", "'leat 1'",
               "use the version that wrote it", written=it.fed)
    replace_in(it.checkpoint / "data.mdb", b"leat 2", b"leat 1")
    it.feed(1)
    it.drains()


def replace_in(path, old, new):
    data = path.read_bytes()
    if old not in data:
        raise Failure(f"there is no {old} in {path}")
    path.write_bytes(data.replace(old, new))


@case("checkpoint that was lost")
def checkpoint_lost(it):
    it.drains()
    shutil.rmtree(it.checkpoint)
    it.feed(1)
    it.refused(it.start(), it.group, "lineage", "--adopt", "another checkpoint directory",
               written=it.fed[:3])
    process = it.start("--adopt", drain=True)
    process.expect(0)
    it.only_logged(process, logs=["started with decisions"])
    it.check_written(it.fed)


@case("group whose offsets somebody set")
def group_moved(it):
    it.drains()
    it.stage.asker(it.group).commit(offsets=[TopicPartition(it.topic, 0, 1)], asynchronous=False)
    it.refused(it.start(), it.group, it.topic, "partition 0", "recorded 3", "found 1",
               "--positions=ledger", "--positions=group", written=it.fed)
    process = it.start("--positions=group", drain=True)
    process.expect(0)
    it.check_written(it.fed + it.fed[1:])


@case("files without a checkpoint", records=0)
def no_checkpoint(it):
    it.refused(it.start(checkpoint=None, output_dir=it.folder / "text" / "tags"),
               "save_as_text_files", "checkpoint", "leat.checkpoint.directory")


@case("file in the place of the output directory")
def output_under_file(it):
    (it.folder / "text").write_text("")
    it.refused(it.start(output_dir=it.folder / "text" / "tags"), "save_as_text_files at ",
               "any_job.c:", f"{it.folder}/text",
               "Not a directory")
    (it.folder / "text").unlink()
    it.drains(output_dir=it.folder / "text" / "tags")
    if text_lines(it) != ["r0", "r1", "r2"]:
        raise Failure(f"the files hold {text_lines(it)}")


@case("output where nobody can write")
def output_not_writable(it):
    it.refused(it.start(output_dir="/sys/leat/tags"), "'/sys/leat", maybe=["is tried again"])
    it.drains()


@case("output directory that is taken by somebody", records=0)
def output_taken(it):
    """Whatever a batch's directory will be called, somebody made one before, with a file in it."""
    begin = it.folder / "text"
    begin.mkdir()
    process = it.start(output_dir=begin / "tags", interval_ms=1000)
    wait_for("a first batch", lambda: process.progress)
    second = int(time.time())
    taken = [begin / f"tags-{1000 * (second + step)}.txt" for step in range(30)]
    for name in taken:
        name.mkdir()
        (name / "mine").write_text("mine")
    it.feed(3)
    it.refused(process, f"{begin}/tags-", "is in the way", "move it away")
    for name in taken:
        if sorted(os.listdir(name)) != ["mine"]:
            raise Failure(f"it wrote into {name}: {os.listdir(name)}")
        shutil.rmtree(name)
    it.drains(output_dir=begin / "tags")
    if text_lines(it) != ["r0", "r1", "r2"]:
        raise Failure(f"the files hold {text_lines(it)}")


if __name__ == "__main__":
    run(__doc__)
