#!/usr/bin/env python3
"""What tools/kafka.sh asks of its broker: kafka_admin.py BROKER wait SECONDS | topic NAME N [K=V]..."""
import sys
import time

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic


def wait(admin, seconds):
    """True once the broker has answered."""
    deadline = time.monotonic() + float(seconds)
    while time.monotonic() < deadline:
        try:
            if admin.list_topics(timeout=1).brokers:
                return True
        except KafkaException:
            time.sleep(0.05)
    return False


def create_topic(admin, name, partitions, *pairs):
    settings = dict(pair.split("=", 1) for pair in pairs)
    made = admin.create_topics([NewTopic(name, int(partitions), 1, config=settings)])
    made[name].result(30)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:  # Created is not yet known everywhere.
        topic = admin.list_topics(name, timeout=10).topics.get(name)
        if topic is not None and topic.error is None and len(topic.partitions) == int(partitions):
            return True
        time.sleep(0.05)
    return False


def main():
    broker, command, *words = sys.argv[1:]
    admin = AdminClient({"bootstrap.servers": broker, "log_level": 0})
    done = wait(admin, *words) if command == "wait" else create_topic(admin, *words)
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
