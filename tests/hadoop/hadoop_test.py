#!/usr/bin/env python3
"""SequenceFiles between leat and Hadoop's own classes, both ways, in every compression.

  leat_files writes  -> Hadoop's SequenceFile.Reader and leat's reader print what is in it
  Hadoop writes      -> leat's reader prints what is in it

What is printed must be what the model here says. Hadoop comes from Maven Central, once: the jars of
hadoop-pom.xml, checked against hadoop.sha256.
"""
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
VERSION = "3.5.0"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "leat"
JARS = CACHE / f"hadoop-{VERSION}"
CLASSES = ("NullWritable", "BytesWritable", "Text", "LongWritable", "DoubleWritable")
# leat.files.compression, .type, Hadoop's type, Hadoop's codec
MODES = (("none", "block", "NONE", "-"), ("deflate", "block", "BLOCK", "DefaultCodec"),
         ("deflate", "record", "RECORD", "DefaultCodec"), ("gzip", "block", "BLOCK", "GzipCodec"),
         ("gzip", "record", "RECORD", "GzipCodec"), ("zstd", "block", "BLOCK", "ZStandardCodec"),
         ("zstd", "record", "RECORD", "ZStandardCodec"))
FEW = 200  # Records a file;
MANY = 5000  # so many make several blocks and sync markers, of one pair of classes.
LONG = ("BytesWritable", "Text")
failures = []


def run(command, text=None, **more):
    done = subprocess.run([str(word) for word in command], input=text, text=True, capture_output=True, **more)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def is_good(folder):
    return folder.is_dir() and subprocess.run(["sha256sum", "--status", "-c", HERE / "hadoop.sha256"],
                                              cwd=folder, check=False).returncode == 0


def fetch():
    if is_good(JARS):
        return
    print(f"fetching Hadoop's classes {VERSION} into {JARS}", flush=True)
    part = JARS.with_name(f"{JARS.name}.part.{os.getpid()}")
    run(["mvn", "-q", "-B", "-f", HERE / "hadoop-pom.xml", "dependency:copy-dependencies",
         "-DincludeScope=runtime", f"-DoutputDirectory={part}"])
    if not is_good(part):
        sys.exit("the downloaded files are not those of tests/hadoop/hadoop.sha256")
    shutil.rmtree(JARS, ignore_errors=True)
    part.rename(JARS)


def sample(name, i):
    """What a record's key or value of this class is, as the two sides print it."""
    text = "x" + ("grüß " * (i % 97) + str(i)).encode().hex()
    return {"LongWritable": str(i * 1234567891 - 2 ** 40),
            "DoubleWritable": "%x" % struct.unpack(">Q", struct.pack(">d", i / 7.0 - 3))[0],
            "Text": text, "BytesWritable": text, "NullWritable": "-"}[name]


def model(key, value, kind, codec, count):
    lines = [f"{key} {value} {kind} {codec}"]
    lines += [f"{sample(key, i)} {sample(value, i)}" for i in range(count)]
    return "\n".join(lines) + "\n"


class Side:
    """A program that takes its orders as lines."""

    def __init__(self, name, command):
        self.name, self.command, self.orders, self.dumps = name, command, [], []

    def write(self, *words):
        self.orders.append(" ".join(["write", *map(str, words)]))

    def dump(self, path, *expected):
        out = f"{path}.{self.name}"
        self.orders.append(f"dump {path} {out}")
        self.dumps.append((out, expected))

    def carry_out(self):
        run(self.command, "\n".join(self.orders) + "\n")
        for out, expected in self.dumps:
            found = pathlib.Path(out).read_text(encoding="utf-8")
            if found != model(*expected):
                failures.append(f"{out} is not {' '.join(map(str, expected))}: it begins {found[:200]!r}")
        self.orders, self.dumps = [], []


def pairs():
    return [(key, value) for key in CLASSES for value in CLASSES]


def count_of(key, value):
    return MANY if (key, value) == LONG else FEW


def leat_writes(leat, hadoop, folder):
    for compression, kind, _, _ in MODES:
        leat.write(folder / f"{compression}-{kind}-{FEW}", compression, kind, FEW, "all")
        leat.write(folder / f"{compression}-{kind}-{MANY}", compression, kind, MANY, "-".join(LONG))
    leat.carry_out()
    for compression, kind, hadoop_kind, codec in MODES:
        for key, value in pairs():
            if value == "NullWritable":
                continue  # leat writes none.
            count = count_of(key, value)
            part = folder / f"{compression}-{kind}-{count}" / f"{key}-{value}-1000" / "part-00000"
            for side in (hadoop, leat):
                side.dump(part, key, value, hadoop_kind, codec, count)
        objects = folder / f"{compression}-{kind}-{FEW}" / "object-1000" / "part-00000"
        hadoop.dump(objects, "NullWritable", "BytesWritable", hadoop_kind, codec, FEW)


def hadoop_writes(leat, hadoop, folder):
    for _, _, kind, codec in MODES:
        for key, value in pairs():
            count = count_of(key, value)
            path = folder / f"{kind}-{codec}-{key}-{value}"
            hadoop.write(path, key, value, kind, codec, count)
            leat.dump(path, key, value, kind, codec, count)


def main():
    fetch()
    with tempfile.TemporaryDirectory(prefix="leat-hadoop-") as name:
        folder = pathlib.Path(name)
        classes = folder / "classes"
        jars = ":".join(map(str, sorted(JARS.glob("*.jar"))))
        java = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        run([*java, "-m", "jdk.compiler/com.sun.tools.javac.Main", "-nowarn", "-cp", jars, "-d",
             classes, HERE / "SequenceFiles.java", HERE / "org/apache/hadoop/io/compress/ZStandardCodec.java"])
        leat = Side("leat", [sys.argv[1]])
        hadoop = Side("hadoop", [*java, "-cp", f"{classes}:{jars}", "SequenceFiles"])
        leat_writes(leat, hadoop, folder)
        hadoop_writes(leat, hadoop, folder)
        hadoop.carry_out()
        leat.carry_out()
    for failure in failures[:10]:
        print(failure)
    print(f"{len(failures)} files differ")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
