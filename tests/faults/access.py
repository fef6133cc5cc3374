#!/usr/bin/python3
"""TLS, passwords and rights: what is refused says by whom and why; what is allowed works."""
from confluent_kafka import libversion

from mistakes import USER, Failure, case, run

SCRAM = tuple(word.replace("PLAIN", "SCRAM-SHA-512") for word in USER)
# librdkafka 2.6.1 and later can log in by SCRAM: see tools/kafka.sh.
SCRAM_WORKS = libversion()[1] >= 0x020601ff


def set_up(stage):
    """Only Kafka's own command knows transactional ids."""
    stage.kafka("acl", "--add", "--allow-principal", "User:leat", "--operation", "Write",
                "--operation", "Describe", "--transactional-id", "leat-g.may",
                "--resource-pattern-type", "prefixed")


def allow_all(it):
    it.allow("topic", it.topic, "read", "describe")
    it.allow("topic", it.output, "write", "describe")
    it.allow("group", it.group, "read", "describe")


@case("wrong password", records=0)
def wrong_password(it):
    user = [word.replace("leat-secret", "guess") for word in USER]
    sentence = it.refused(it.start_as_user(user=user), "localhost:", "sasl.username",
                          "sasl.password")
    if "guess" in sentence:
        raise Failure("it tells the password")


@case("untrusted certificate", records=0)
def untrusted(it):
    it.refused(it.start_as_user(ca="other-ca.pem"), "localhost:", "certificate", "ssl.ca.location")


@case("missing certificate file", records=0)
def missing_ca(it):
    it.refused(it.start_as_user(ca="none.pem"), "none.pem", "ssl.ca.location")


@case("plain text to a TLS listener", records=0)
def plain_text(it):
    port = it.stage.options.port + 2
    it.refused(it.start(brokers=f"localhost:{port}", conf={"leat.kafka.connect.timeout": "6s"}),
               f"localhost:{port}", "security.protocol", logs=["still trying"], deadline_s=10)


@case("no right to read a topic")
def no_topic_right(it):
    it.allow("group", it.group, "read", "describe")
    it.refused(it.start_as_user(), it.topic, "Topic authorization failed", "Read")


@case("may not look at the output topic")
def no_output_right(it):
    it.allow("topic", it.topic, "read", "describe")
    it.allow("group", it.group, "read", "describe")
    it.refused(it.start_as_user(), it.output, "authorization failed", "Write")


@case("may look at the output topic, not write")
def no_write_right(it):
    it.allow("topic", it.topic, "read", "describe")
    it.allow("topic", it.output, "describe")
    it.allow("group", it.group, "read", "describe")
    it.refused(it.start_as_user(), it.output, "authorization failed", "Write", logs=["ADDPARTS"],
               maybe=["a new producer is needed"])


@case("no right to use the group")
def no_group_right(it):
    it.allow("topic", it.topic, "read", "describe")
    it.allow("topic", it.output, "write", "describe")
    it.refused(it.start_as_user(), it.group, "authorization failed", "Read")


@case("no right to a transactional id")
def no_transaction_right(it):
    allow_all(it)
    it.refused(it.start_as_user(), f"leat-{it.group}", "authorization failed", "Write",
               "transactional id")


@case("may all that it needs")
def allowed(it):
    allow_all(it)
    process = it.start_as_user(conf={"leat.stop.after.drain": "true"})
    process.expect(0, 30)
    it.only_logged(process)
    it.check_written(it.fed)


@case("may all that it needs, by SCRAM")
def scram(it):
    allow_all(it)
    process = it.start_as_user(user=SCRAM, conf={"leat.stop.after.drain": "true"})
    if SCRAM_WORKS:
        process.expect(0, 30)
        it.check_written(it.fed)
    else:
        it.refused(process, "localhost:", "sasl.password", "librdkafka before 2.6.1", "PLAIN")


@case("TLS without a password")
def tls(it):
    """The anonymous user is the broker's administrator: rights are not what this is about."""
    ca = it.stage.broker_folder / "tls" / "ca.pem"
    it.drains(brokers=f"localhost:{it.stage.options.port + 3}",
              parameters=f"security.protocol=SSL ssl.ca.location={ca}")


if __name__ == "__main__":
    run(__doc__, set_up)
