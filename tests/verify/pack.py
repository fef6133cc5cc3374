"""msgpack in a few lines: what the verifier writes and reads, independent of leat's own codec."""
import struct

SIZED = {
    0xC4: ("bin", 1), 0xC5: ("bin", 2), 0xC6: ("bin", 4),
    0xD9: ("str", 1), 0xDA: ("str", 2), 0xDB: ("str", 4),
    0xDC: ("array", 2), 0xDD: ("array", 4), 0xDE: ("map", 2), 0xDF: ("map", 4),
}
NUMBERS = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
           0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


def pack_int(number):
    if 0 <= number < 0x80 or -32 <= number < 0:
        return struct.pack(">b" if number < 0 else ">B", number)
    formats = (0xCC, 0xCD, 0xCE, 0xCF) if number > 0 else (0xD0, 0xD1, 0xD2, 0xD3)
    for code in formats:
        try:
            return bytes([code]) + struct.pack(NUMBERS[code], number)
        except struct.error:
            continue
    raise ValueError(f"{number} is no 64-bit integer")


def pack_size(kind, size):
    """The head of a string, array, map or binary of this size, in the shortest form."""
    small = {"str": (0xA0, 32), "array": (0x90, 16), "map": (0x80, 16), "bin": (0, 0)}[kind]
    if size < small[1]:
        return bytes([small[0] | size])
    for code, (name, width) in SIZED.items():
        if name == kind and size < 1 << 8 * width:
            return bytes([code]) + size.to_bytes(width, "big")
    raise ValueError(f"{kind} of {size}")


def pack(value):
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return pack_int(value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode()
        return pack_size("str", len(data)) + data
    if isinstance(value, bytes):
        return pack_size("bin", len(value)) + value
    if isinstance(value, (list, tuple)):
        return pack_size("array", len(value)) + b"".join(map(pack, value))
    if isinstance(value, dict):
        pairs = (pack(key) + pack(item) for key, item in value.items())
        return pack_size("map", len(value)) + b"".join(pairs)
    raise TypeError(type(value).__name__)


def unpack_sized(data, at, kind, size):
    if kind in ("str", "bin"):
        if at + size > len(data):
            raise ValueError(f"{kind} of {size} bytes is cut off at byte {at}")
        raw = bytes(data[at:at + size])
        return (raw.decode() if kind == "str" else raw), at + size
    items = []
    for _ in range(size * (2 if kind == "map" else 1)):
        item, at = unpack_at(data, at)
        items.append(item)
    return (dict(zip(items[::2], items[1::2])) if kind == "map" else items), at


def unpack_at(data, at):
    """One value and the position behind it."""
    if at >= len(data):
        raise ValueError(f"cut off at byte {at}")
    code = data[at]
    at += 1
    if code < 0x80:
        return code, at
    if code >= 0xE0:
        return code - 256, at
    if code < 0xC0:
        kind, size = (("map", code & 15) if code < 0x90 else
                      ("array", code & 15) if code < 0xA0 else ("str", code & 31))
        return unpack_sized(data, at, kind, size)
    if code in CONSTANTS:
        return CONSTANTS[code], at
    if code in NUMBERS:
        size = struct.calcsize(NUMBERS[code])
        try:
            return struct.unpack_from(NUMBERS[code], data, at)[0], at + size
        except struct.error:
            raise ValueError(f"number is cut off at byte {at}") from None
    if code in SIZED:
        kind, width = SIZED[code]
        return unpack_sized(data, at + width, kind, int.from_bytes(data[at:at + width], "big"))
    raise ValueError(f"byte {at - 1} is 0x{code:02x}")


def unpack(data):
    value, end = unpack_at(data, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes behind the value")
    return value
