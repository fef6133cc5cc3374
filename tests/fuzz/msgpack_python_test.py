#!/usr/bin/env python3
"""Python's msgpack and leat's agree: on what is well-formed, and on the bytes of every value.

Usage: msgpack_python_test.py MSGPACK_ECHO [SEED]
"""
import random
import struct
import subprocess
import sys

import msgpack

VALUES = 6000
BROKEN = 20000
EDGES = [0, 1, 31, 32, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1,
         2**32, 2**63 - 1, 2**63, 2**64 - 1, -1, -32, -33, -128, -129, -32768, -32769, -2**31,
         -2**31 - 1, -2**63]


def random_size(rng):
    return rng.choice([0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, rng.randrange(300)])


def random_value(rng, depth=0):
    kind = rng.randrange(12 if depth < 5 else 9)
    if kind < 3:
        return rng.choice([None, False, True, rng.choice(EDGES), rng.choice(EDGES)])
    if kind == 3:
        return rng.choice([-1, 1]) * rng.getrandbits(rng.randrange(1, 64))
    if kind == 4:
        return rng.choice([0.0, -0.0, 1.5, 1e300, float("inf"), rng.uniform(-1e6, 1e6)])
    if kind == 5:
        return "".join(rng.choice("abc \"\\é€\U0001f37a\0") for _ in range(random_size(rng)))
    if kind == 6:
        return rng.randbytes(random_size(rng))
    if kind == 7:
        return msgpack.ExtType(rng.randrange(128), rng.randbytes(random_size(rng)))
    if kind == 8:
        seconds = rng.choice([0, 1, 2**32 - 1, 2**32, 2**34 - 1, 2**34, -1, -2**40, 1700000000])
        return msgpack.Timestamp(seconds, rng.choice([0, 1, 999999999]))
    if kind == 9:
        return {random_value(rng, 9): random_value(rng, depth + 1) for _ in range(rng.randrange(20))}
    return [random_value(rng, depth + 1) for _ in range(rng.randrange(20))]


def number_in_any_form(rng, number):
    forms = [bytes([number & 0xff])] if -32 <= number < 128 else []
    for letter, head in zip("BHIQ", range(0xcc, 0xd0)):
        if 0 <= number < 1 << 8 * struct.calcsize(">" + letter):
            forms.append(struct.pack(">B" + letter, head, number))
    for letter, head in zip("bhiq", range(0xd0, 0xd4)):
        half = 1 << (8 * struct.calcsize(">" + letter) - 1)
        if -half <= number < half:
            forms.append(struct.pack(">B" + letter, head, number))
    return rng.choice(forms)


def length_in_any_form(rng, length, fixed, limit, heads):
    """A head of 1 byte below limit, or one with a length of 1, 2 or 4 bytes."""
    forms = [bytes([fixed | length])] if length < limit else []
    for letter, head in heads:
        if length < 1 << 8 * struct.calcsize(">" + letter):
            forms.append(struct.pack(">B" + letter, head, length))
    return rng.choice(forms)


def in_any_form(rng, value):
    """value in any encoding the format has for it, not only the shortest."""
    if isinstance(value, int) and not isinstance(value, bool):
        return number_in_any_form(rng, value)
    if isinstance(value, str):
        text = value.encode()
        return length_in_any_form(rng, len(text), 0xa0, 32,
                                  [("B", 0xd9), ("H", 0xda), ("I", 0xdb)]) + text
    if isinstance(value, bytes):
        return length_in_any_form(rng, len(value), 0, 0,
                                  [("B", 0xc4), ("H", 0xc5), ("I", 0xc6)]) + value
    if isinstance(value, msgpack.ExtType):
        return length_in_any_form(rng, len(value.data), 0, 0, [
            ("B", 0xc7), ("H", 0xc8), ("I", 0xc9)]) + bytes([value.code]) + value.data
    if isinstance(value, list):
        return length_in_any_form(rng, len(value), 0x90, 16, [("H", 0xdc), ("I", 0xdd)]) + b"".join(
            in_any_form(rng, element) for element in value)
    if isinstance(value, dict):
        return length_in_any_form(rng, len(value), 0x80, 16, [("H", 0xde), ("I", 0xdf)]) + b"".join(
            in_any_form(rng, part) for pair in value.items() for part in pair)
    return msgpack.packb(value)


def broken(rng, encoded):
    encoded = bytearray(encoded[:400])
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(encoded))
        encoded[at:at + rng.randrange(2)] = rng.choice([b"", bytes([rng.randrange(256)]),
                                                        bytes([rng.randrange(0xc0, 0xe0)])])
        if not encoded:
            return b"\xc1"
    return bytes(encoded)


def is_well_formed(encoded):
    unpacker = msgpack.Unpacker()
    unpacker.feed(encoded)
    try:
        unpacker.skip()
    except (msgpack.OutOfData, ValueError):
        return False
    return unpacker.tell() == len(encoded)


def echo(program, inputs):
    run = subprocess.run([program], input="\n".join(i.hex() for i in inputs) + "\n", text=True,
                         stdout=subprocess.PIPE, check=True)
    answers = run.stdout.split("\n")[:-1]
    assert len(answers) == len(inputs), f"{len(answers)} answers to {len(inputs)} lines"
    return answers


def main():
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    values = [random_value(rng) for _ in range(VALUES)]
    encoded = [in_any_form(rng, value) for value in values]
    for value, given, answer in zip(values, encoded, echo(sys.argv[1], encoded)):
        expected = msgpack.packb(value).hex()
        assert answer == expected, f"{given.hex()}: {answer}, not {expected}"
    short = [one for one in encoded if len(one) < 200]
    damaged = [broken(rng, rng.choice(short)) for _ in range(BROKEN)]
    well_formed = 0
    for given, answer in zip(damaged, echo(sys.argv[1], damaged)):
        expected = is_well_formed(given)
        assert (answer != "malformed") == expected, f"{given.hex()}: {answer}"
        well_formed += expected
    print(f"{VALUES} values, {BROKEN} damaged ones of which {well_formed} are well-formed")


main()
