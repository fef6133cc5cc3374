"""Kafka's hash of a key and what follows from it, written down independently of leat's."""


def murmur2(data):
    """Kafka's hash of a key, as org.apache.kafka.common.utils.Utils.murmur2 has it."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    size = len(data)
    h = (0x9747B28C ^ size) & mask
    for at in range(0, size - size % 4, 4):
        k = int.from_bytes(data[at:at + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = h * m & mask ^ k
    tail = data[size - size % 4:]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def partition_of(key, partitions):
    """The Java client's default partition of a key."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
