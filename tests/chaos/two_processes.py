#!/usr/bin/python3
"""A second process is refused before it can harm the first, which goes on.

Refused are: the same checkpoint directory, and the same group with another checkpoint directory
(by the first one's marker in the group), also with an answer that is to another question. Each ends
with status 1 and a sentence that says why.
"""
import signal

import harness


def second(scene, checkpoint, *arguments):
    """Starts the same job with this checkpoint directory."""
    own, scene.checkpoint = scene.checkpoint, checkpoint
    try:
        return scene.start(arguments=arguments)
    finally:
        scene.checkpoint = own


def goes_on(process, count=5):
    if not process.wait_for_batches(count):
        raise harness.Failure(f"{process.name} did not survive: {process.messages()}")


def act(stage):
    def refuse(scene):
        scene.watch()
        feed = harness.SteadyFeed(stage.feeder(scene.input_topic), 1000)
        first = scene.start()
        goes_on(first)
        for answer in ([], ["--positions=ledger"], ["--positions=group"]):
            same = second(scene, scene.checkpoint)
            same.expect(1)
            same.expect_sentence(rf"\b{first.popen.pid}\b", "checkpoint")
            goes_on(first)
            other = second(scene, scene.folder / "other-checkpoint", *answer)
            other.expect(1)
            other.expect_sentence("lineage|another job|belongs to", scene.groups[0])
            goes_on(first)
        first.signal(signal.SIGTERM)
        first.expect(0)
        feed.stop()
        stopped = second(scene, scene.folder / "third-checkpoint")
        stopped.expect(1)
        stopped.expect_sentence("lineage|another job|belongs to")
        scene.finish()
        scene.verify()
    return refuse


def acts(stage):
    for job in ("relay", "daas"):
        stage.play("two processes", job, act(stage))


if __name__ == "__main__":
    harness.run(harness.parse(__doc__), acts)
