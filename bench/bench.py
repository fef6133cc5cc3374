#!/usr/bin/env python3
"""How fast and how small: `make bench`. One JSON line for each number, on stdout; exit status 1
when one of them misses its limit.

    bench.py [--part NAME]... [--records N] [--runs N] [--seconds N] [--build DIR] [--port P] [--dir D]

A and B run in turns on one broker, each into a topic of its own, after one turn that does not
count; what they wrote is compared, so no number stands for another job. CPU is user + system of the
whole process.
"""
import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time

from answers import Proxy
from machine import ROOT, Broker, ask, run, say, start, stop, wait

LATENCY_INTERVAL_MS = 20
MB_MAX = 256
SPILLING_MB = 90  # Half for tables, which without a limit take ten times as much.
missed = []


def report(part, number, value, limit=None, at_least=False, **more):
    line = {"part": part, "number": number, "value": round(value, 3), **more}
    if limit is not None:
        line["at_least" if at_least else "at_most"] = limit
        line["pass"] = value >= limit if at_least else value <= limit
        if not line["pass"]:
            missed.append(line)
    print(json.dumps(line), flush=True)


class Job:
    """relay, daas or wordcount, as leat's example and as the plain loop."""

    def __init__(self, bench, kind):
        self.bench, self.kind = bench, kind
        self.programs = {"plain": [bench.build / f"bench/plain_{kind}"],
                         "leat": [bench.build / f"examples/{kind}"]}
        if kind == "daas":
            for command in self.programs.values():
                command += ["--params", bench.params]
            self.programs["leat"] += ["--conf", "spark.streaming.kafka.maxRatePerPartition=0",
                                      "--conf", "spark.streaming.backpressure.enabled=false"]
        self.programs["leat"] += ["--conf", "leat.log.level=error"]

    def command(self, who, broker, source, target, interval_ms, drain=True, conf=()):
        command = self.programs[who] + ["--brokers", broker.address, "--topic", source,
                                        "--group", target, "--output-topic", target]
        if who == "plain":
            return command + ["--interval-ms", interval_ms, "--drain", int(drain)]
        command += ["--checkpoint", broker.checkpoint(target),
                    "--conf", f"leat.batch.interval={interval_ms}ms",
                    "--conf", f"leat.stop.after.drain={str(drain).lower()}"]
        for pair in conf:
            command += ["--conf", pair]
        return command

    def preload(self, broker, records):
        topic = broker.topic(f"{self.kind}-in")
        say(f"{self.kind}: {records} records into {topic}")
        run([self.bench.build / "bench/preload", "--brokers", broker.address, "--topic", topic,
             "--kind", self.kind, "--records", records, *self.bench.preload])
        return topic

    def digest(self, broker, topic):
        # Of running counts only the last of each word is the same wherever transactions end.
        exact = {"relay": ["--timestamps", 1, "--headers", 1], "daas": [],
                 "wordcount": ["--last", 1]}[self.kind]
        return ask([self.bench.build / "bench/digest", "--brokers", broker.address, "--topic", topic,
                    *exact])

    def drain(self, broker, who, source, interval_ms=1000, conf=()):
        """One run over all that source holds. The cost, and what was written."""
        target = broker.topic(f"{self.kind}-{who}")
        # The first batch waits for a multiple of the interval; that is not the drain's speed.
        time.sleep((0.8 - time.time() * 1000 / interval_ms) % 1 * interval_ms / 1000)
        cost = run(self.command(who, broker, source, target, interval_ms, conf=conf))
        wrote = self.digest(broker, target)
        broker.delete(target)
        shutil.rmtree(broker.checkpoint(target), ignore_errors=True)
        say(f"  {who} {' '.join(conf)}: {cost.cpu_s:.2f} s CPU, {cost.wall_s:.2f} s, "
            f"{cost.rss_mb:.0f} MB, {wrote['records']} records out")
        return cost, wrote


class Bench:
    def __init__(self, options):
        self.options = options
        self.build = ROOT / options.build
        self.runs = options.runs
        self.preload = ["--headers", options.headers]

    def turns(self, ways):
        """Each way in turn; the first turn does not count. Costs by name; all must write alike."""
        costs = {name: [] for name in ways}
        digests = {}
        for turn in range(self.runs + 1):
            for name, way in ways.items():
                cost, digests[name, turn] = way()
                if turn > 0:
                    costs[name].append(cost)
        if len({json.dumps(digest) for digest in digests.values()}) != 1:
            sys.exit(f"they did not write the same: {digests}")
        return costs

    def against_plain(self, broker, kind, limit, parts=1):
        """parts: of each record, what a million is counted in."""
        job = Job(self, kind)
        records = self.options.records
        source = job.preload(broker, records)
        # The default cap of a batch is a rate limit, of a million records a second here.
        conf = {"plain": (), "leat": ["leat.batch.records.max=2000000"]}
        costs = self.turns({who: lambda who=who: job.drain(broker, who, source, conf=conf[who])
                            for who in ("plain", "leat")})
        broker.delete(source)
        cpu, rate, rss = {}, {}, {}
        for who, list_of in costs.items():
            cpu[who] = statistics.median(cost.cpu_s for cost in list_of) / records / parts * 1e6
            rate[who] = records * parts / statistics.median(cost.wall_s for cost in list_of)
            rss[who] = max(cost.rss_mb for cost in list_of)
            report(kind, f"{who}_cpu_s_per_million", cpu[who])
            report(kind, f"{who}_records_per_s", rate[who])
        report(kind, "cpu_ratio", cpu["leat"] / cpu["plain"], limit)
        report(kind, "rate_ratio", rate["leat"] / rate["plain"],
               None if kind == "wordcount" else 0.9, at_least=True)
        report(kind, "plain_rss_mb", rss["plain"])
        report(kind, "leat_rss_mb", rss["leat"], MB_MAX)

    def relay(self, broker):
        self.against_plain(broker, "relay", 1.15)

    def daas(self, broker):
        self.against_plain(broker, "daas", 1.25)

    def wordcount(self, broker):
        """A million is one of words, ten in a line."""
        self.against_plain(broker, "wordcount", 1.3, parts=10)

    def reduce(self, _):
        """reduce_by_key of pairs in memory against one thread's table. The table of strings has
        leat's kind of keys, bytes of any length; the other one is what integers would allow."""
        for distinct in 10000, 30000, 1000000, 10000000:
            cost = self.reduce_of(distinct)
            for name in "leat", "strings", "numbers":
                report("reduce", f"{name}_ns", cost[f"{name}_ns"], distinct=distinct,
                       cpu_ns=cost[f"{name}_cpu_ns"])
            report("reduce", "speed_ratio", cost["strings_ns"] / cost["leat_ns"], 1.6,
                   at_least=True, distinct=distinct)
            # Where others work on the machine: as if both cores had been free for it.
            report("reduce", "cpu_speed_ratio", 2 * cost["strings_cpu_ns"] / cost["leat_cpu_ns"],
                   distinct=distinct)
        spilled = self.reduce_of(10000000, SPILLING_MB)
        report("reduce", "spilling_ratio", spilled["leat_ns"] / cost["leat_ns"], 3,
               spilled_mb=spilled["spilled_mb"])

    def reduce_of(self, distinct, memory_mb=4096):
        return ask([self.build / "bench/reduce", "--distinct", distinct, "--runs", self.runs,
                    "--memory-mb", memory_mb])

    def guarantee(self, broker):
        """What exactly-once costs."""
        job = Job(self, "relay")
        source = job.preload(broker, self.options.records)
        for interval_ms in 1000, 100:
            costs = self.turns({
                word: lambda word=word: job.drain(broker, "leat", source, interval_ms,
                                                  [f"leat.processing.guarantee={word}"])
                for word in ("exactly_once", "at_least_once")})
            cpu = {word: statistics.median(cost.cpu_s for cost in list_of)
                   for word, list_of in costs.items()}
            wall = {word: statistics.median(cost.wall_s for cost in list_of)
                    for word, list_of in costs.items()}
            report("guarantee", "exactly_once_cpu_ratio", cpu["exactly_once"] / cpu["at_least_once"],
                   interval_ms=interval_ms)
            report("guarantee", "exactly_once_rate_ratio",
                   wall["at_least_once"] / wall["exactly_once"], interval_ms=interval_ms)
        broker.delete(source)

    def memory(self, broker):
        """Peak memory by the size of the backlog and of a batch."""
        for kind in "relay", "daas":
            job = Job(self, kind)
            for records in self.options.records // 3, self.options.records:
                source = job.preload(broker, records)
                for batch in 100000, 0:
                    cost, _ = job.drain(broker, "leat", source,
                                        conf=[f"leat.batch.records.max={batch}"])
                    report("memory", "rss_mb", cost.rss_mb, MB_MAX, kind=kind, backlog=records,
                           batch_records_max=batch)
                broker.delete(source)

    def idle(self, broker):
        job = Job(self, "relay")
        source, target = broker.topic("idle-in"), broker.topic("idle-out")
        process = start(job.command("leat", broker, source, target, 1000, drain=False))
        time.sleep(5)
        before = cpu_ticks(process.pid)
        time.sleep(self.options.seconds / 3)
        ticks = cpu_ticks(process.pid) - before
        report("idle", "cpu_percent", ticks / (self.options.seconds / 3), 1.0)
        report("idle", "rss_mb", resident_mb(process.pid), 25)
        stop(process)
        broker.delete(source, target)

    def start(self, broker):
        self.version()
        job = Job(self, "relay")
        source = job.preload(broker, 1000)
        own, all_of = [], []
        for _ in range(self.runs):
            proxy, target = Proxy(broker.port), broker.topic("start-out")
            command = job.command("leat", broker, source, target, 0)
            command[0] = self.build / "bench/first_task"
            command[command.index("--brokers") + 1] = f"127.0.0.1:{proxy.port}"
            began = time.monotonic()
            process = start(command, stdout=subprocess.PIPE)
            first = int(process.stdout.readline()) / 1e6
            wait(process, began)
            all_of.append(1000 * (first - began))
            own.append(all_of[-1] - 1000 * proxy.waited(began, first))
            broker.delete(target)
        broker.delete(source)
        report("start", "to_first_task_ms", statistics.median(all_of))
        report("start", "to_first_task_without_answers_ms", statistics.median(own), 100)

    def state(self, broker):
        """The keyed store alone; the broker only has to leave the machine alone."""
        limits = {"update of a hot key": 100, "update of many keys in memory, known ahead": 250,
                  "commit of a batch": 150, "update beyond memory, leat / plain LMDB": 2}
        directory = broker.directory / "state"
        directory.mkdir(exist_ok=True)
        told = subprocess.run([self.build / "bench/state", "--dir", directory], check=True,
                              stdout=subprocess.PIPE, text=True).stdout
        for line in map(json.loads, told.splitlines()):
            report("state", line["number"], line["value"], limits.get(line["number"]),
                   unit=line["unit"])
        shutil.rmtree(directory)

    def version(self):
        taken = []
        for _ in range(20):
            began = time.monotonic()
            wait(start([self.build / "leat", "version"], stdout=subprocess.DEVNULL), began)
            taken.append(1000 * (time.monotonic() - began))
        report("start", "version_ms", statistics.median(taken), 10)

    def latency(self, broker):
        """From the time that a record was made to a read_committed reader."""
        seen = {"plain": [], "leat": []}
        for _ in range(3):
            for who, list_of in seen.items():
                list_of.append(self.latency_of(broker, who))
                say(f"  {who}: {list_of[-1]}")
        medians = {who: {name: statistics.median(one[name] for one in list_of)
                         for name in ("p50_ms", "p99_ms")} for who, list_of in seen.items()}
        for who, numbers in medians.items():
            for name, value in numbers.items():
                report("latency", f"{who}_{name}", value)
        report("latency", "p99_ratio", medians["leat"]["p99_ms"] / medians["plain"]["p99_ms"], 1.5)

    def latency_of(self, broker, who):
        job = Job(self, "daas")
        source, target = broker.topic("latency-in"), broker.topic("latency-out")
        common = ["--brokers", broker.address]
        process = start(job.command(who, broker, source, target, LATENCY_INTERVAL_MS, drain=False))
        time.sleep(2)
        reader = start([self.build / "bench/latency_reader", *common, "--topic", target, "--by", "id",
                        "--warm-up", 10, "--seconds", self.options.seconds],
                       stdout=subprocess.PIPE, text=True)
        feeder = start([self.build / "bench/feeder", *common, "--topic", source, "--kind", "daas",
                        "--rate", self.options.rate, "--seconds", self.options.seconds + 12])
        answer = reader.communicate()[0]
        feeder.wait()
        stop(process)
        broker.delete(source, target)
        if reader.returncode != 0 or feeder.returncode != 0:
            sys.exit("the latency was not taken")
        return json.loads(answer)


def cpu_ticks(pid):
    """User and system time in hundredths of a second."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        words = file.read().rsplit(")", 1)[1].split()
    return int(words[11]) + int(words[12])


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main():
    parts = ["relay", "daas", "wordcount", "reduce", "memory", "idle", "start", "latency",
             "guarantee", "state"]
    parser = argparse.ArgumentParser()
    parser.add_argument("--part", action="append", choices=parts)
    parser.add_argument("--records", type=int, default=3000000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=60, help="of the latency's window")
    parser.add_argument("--rate", type=int, default=20000, help="the latency's records per second")
    parser.add_argument("--headers", type=int, default=1, help="of each record of relay: 0 or 1")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--port", type=int, default=19592)
    parser.add_argument("--dir", default=ROOT / ".kafka-bench")
    options = parser.parse_args()
    bench = Bench(options)
    with Broker(options.dir, options.port) as broker:
        bench.params = broker.directory / "params.json"
        run([bench.build / "bench/preload", "--params", bench.params])
        for part in options.part or parts:
            getattr(bench, part)(broker)
    for line in missed:
        say(f"missed: {line['part']} {line['number']}: {line['value']}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
