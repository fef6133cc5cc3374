#!/usr/bin/python3
"""Prints a topic's records as a read_committed reader sees them, the last ones first of all:

    tools/show.py BROKERS TOPIC [COUNT]

A line is partition, offset, key and value; msgpack is shown as JSON. It ends after COUNT records or
by Ctrl-C.
"""
import json
import sys

from confluent_kafka import Consumer, KafkaException, TopicPartition
import msgpack

TAIL_OF_TEN = -2010  # RD_KAFKA_OFFSET_TAIL(10)


def text_of(value):
    if value is None:
        return "null"
    try:
        unpacked = msgpack.unpackb(value)
        if isinstance(unpacked, (dict, list)):
            return json.dumps(unpacked, ensure_ascii=False)
    except Exception:  # pylint: disable=broad-except
        pass  # Not msgpack.
    return value.decode("utf-8", "replace")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    brokers, topic = sys.argv[1:3]
    left = int(sys.argv[3]) if len(sys.argv) == 4 else -1
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "leat-show",
                         "enable.auto.commit": "false", "isolation.level": "read_committed"})
    try:
        found = consumer.list_topics(topic, 10).topics[topic]
        if found.error is not None:
            sys.exit(f"show.py: topic '{topic}' on {brokers}: {found.error.str()}")
        consumer.assign([TopicPartition(topic, number, TAIL_OF_TEN) for number in found.partitions])
        while left != 0:
            record = consumer.poll(0.2)
            if record is None:
                continue
            if record.error() is not None:
                sys.exit(f"show.py: {record.error().str()}")
            print(record.partition(), record.offset(), text_of(record.key()),
                  text_of(record.value()), sep="\t", flush=True)
            left -= 1
    except KafkaException as failure:
        sys.exit(f"show.py: {brokers}: {failure.args[0].str()}")
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    finally:
        consumer.close()


if __name__ == "__main__":
    main()
