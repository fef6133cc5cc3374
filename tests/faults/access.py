#!/usr/bin/python3
"""TLS, passwords and rights: what is refused says by whom and why; what is allowed works."""
from confluent_kafka import libversion

from mistakes import USER, Failure, case, run

SCRAM = tuple(word.replace("PLAIN", "SCRAM-SHA-512") for word in USER)
# librdkafka 2.6.1 and later can log in by SCRAM: see tools/kafka.sh.
SCRAM_WORKS = libversion()[1] >= 0x020601ff


CANARY = "canary-in-a-mine"


def write_properties(it, **words):
    """Kafka's parameters as a user would keep them, _ for the dots."""
    path = it.folder / "job.properties"
    path.touch(0o600)
    path.write_text("".join(f"leat.kafka.param.{name.replace('_', '.')} {value}\n"
                            for name, value in words.items()))
    return path


def tells_no(process, secret):
    told = [line for line in process.lines if secret in line]
    if told:
        raise Failure(f"it tells the secret: {told}")


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


@case("may log in by a properties file")
def by_properties(it):
    """All clients do, and none tells the password, whatever it logs."""
    allow_all(it)
    path = write_properties(it, security_protocol="SASL_SSL", sasl_mechanism="PLAIN",
                            sasl_username="leat", sasl_password="leat-secret",
                            ssl_ca_location=it.stage.broker_folder / "tls" / "ca.pem",
                            debug="security,conf")
    process = it.start("--properties-file", path, drain=True,
                       brokers=f"localhost:{it.stage.options.port + 2}",
                       conf={"leat.log.level": "debug"})
    process.expect(0, 30)
    tells_no(process, "leat-secret")
    if not any("sasl.username" in line for line in process.lines):
        raise Failure("librdkafka did not log what it was given")
    it.check_written(it.fed)


@case("wrong password in a properties file", records=0)
def wrong_in_properties(it):
    path = write_properties(it, security_protocol="SASL_SSL", sasl_mechanism="PLAIN",
                            sasl_username="leat", sasl_password=CANARY,
                            ssl_ca_location=it.stage.broker_folder / "tls" / "ca.pem")
    process = it.start("--properties-file", path,
                       brokers=f"localhost:{it.stage.options.port + 2}")
    it.refused(process, "localhost:", "sasl.username", "sasl.password")
    tells_no(process, CANARY)


@case("may not by the environment, which goes before the program and a file")
def order(it):
    allow_all(it)
    path = write_properties(it, sasl_password=CANARY)
    it.start_as_user(conf={"leat.stop.after.drain": "true",
                           "leat.kafka.param.client.id": "me"}).expect(0, 30)
    arguments = {"conf": {"leat.stop.after.drain": "true"}, "properties_file": path}
    it.start_as_user(**arguments).expect(0, 30)
    it.check_written(it.fed)
    process = it.start_as_user(environment={"LEAT_KAFKA_PARAM_SASL_PASSWORD": CANARY})
    it.refused(process, "sasl.password", written=it.fed)
    tells_no(process, CANARY)


@case("unknown Kafka parameter in the configuration", records=0)
def unknown_parameter(it):
    it.refused(it.start(conf={"leat.kafka.param.sasl.pasword": CANARY}), "sasl.pasword",
               "sasl.password")
    it.refused(it.start(conf={"leat.kafka.param.security.protocol": "TELNET"}),
               "security.protocol", "TELNET")
    process = it.start(conf={"leat.kafka.param.security.protocol": "SSL",
                             "leat.kafka.param.ssl.key.pem": CANARY})
    it.refused(process, "cannot open Kafka client", "ssl.key.pem")
    tells_no(process, CANARY)


@case("the program's parameter in the configuration", records=0)
def programs_parameter(it):
    it.refused(it.start(conf={"leat.kafka.param.group.id": "other"}), "leat.kafka.param.group.id",
               "--conf", "program")


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
