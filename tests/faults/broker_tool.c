/*
 * broker_tool: what the tests ask of a broker and Debian's confluent-kafka cannot.
 *
 *   broker_tool BROKERS delete-records TOPIC PARTITION OFFSET
 *   broker_tool BROKERS delete-group GROUP
 *   broker_tool BROKERS allow USER topic|group NAME read|write|describe
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEADLINE_MS = 20000 };

struct word {
    const char *text;
    int number;
};

static int number_of(const struct word *words, const char *text)
{
    while (words->text != NULL && strcmp(words->text, text) != 0)
        words++;
    if (words->text == NULL)
        fprintf(stderr, "broker_tool: what is '%s'?\n", text);
    return words->number;
}

/* 0 when the broker did it. */
static int answer(rd_kafka_queue_t *queue)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, DEADLINE_MS);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;

    if (event != NULL)
        code = rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR &&
        rd_kafka_event_type(event) == RD_KAFKA_EVENT_DELETERECORDS_RESULT)
        code = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event))
                   ->elems[0]
                   .err;
    if (event != NULL)
        rd_kafka_event_destroy(event);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        fprintf(stderr, "broker_tool: %s\n", rd_kafka_err2str(code));
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : 1;
}

static int delete_records(rd_kafka_t *rk, rd_kafka_queue_t *queue, char **words)
{
    rd_kafka_topic_partition_list_t *before = rd_kafka_topic_partition_list_new(1);
    rd_kafka_DeleteRecords_t *request;

    rd_kafka_topic_partition_list_add(before, words[0], (int32_t)strtol(words[1], NULL, 10))
        ->offset = strtoll(words[2], NULL, 10);
    request = rd_kafka_DeleteRecords_new(before);
    rd_kafka_DeleteRecords(rk, &request, 1, NULL, queue);
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_topic_partition_list_destroy(before);
    return answer(queue);
}

static int delete_group(rd_kafka_t *rk, rd_kafka_queue_t *queue, char **words)
{
    rd_kafka_DeleteGroup_t *request = rd_kafka_DeleteGroup_new(words[0]);

    rd_kafka_DeleteGroups(rk, &request, 1, NULL, queue);
    rd_kafka_DeleteGroup_destroy(request);
    return answer(queue);
}

static int allow(rd_kafka_t *rk, rd_kafka_queue_t *queue, char **words)
{
    static const struct word resources[] = {
        {"topic", RD_KAFKA_RESOURCE_TOPIC}, {"group", RD_KAFKA_RESOURCE_GROUP}, {NULL, 0}};
    static const struct word operations[] = {{"read", RD_KAFKA_ACL_OPERATION_READ},
                                             {"write", RD_KAFKA_ACL_OPERATION_WRITE},
                                             {"describe", RD_KAFKA_ACL_OPERATION_DESCRIBE},
                                             {NULL, 0}};
    char text[200];
    char principal[200];
    rd_kafka_AclBinding_t *binding;
    int status;

    snprintf(principal, sizeof principal, "User:%s", words[0]);
    binding = rd_kafka_AclBinding_new((rd_kafka_ResourceType_t)number_of(resources, words[1]),
                                      words[2], RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal, "*",
                                      (rd_kafka_AclOperation_t)number_of(operations, words[3]),
                                      RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, text, sizeof text);
    if (binding == NULL) {
        fprintf(stderr, "broker_tool: %s\n", text);
        return 2;
    }
    rd_kafka_CreateAcls(rk, &binding, 1, NULL, queue);
    status = answer(queue);
    rd_kafka_AclBinding_destroy(binding);
    return status;
}

int main(int argc, char **argv)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[200];
    rd_kafka_queue_t *queue;
    rd_kafka_t *rk;
    int status = 2;

    if (argc < 4 || rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], text, sizeof text) != 0 ||
        (rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text)) == NULL) {
        fprintf(stderr, "broker_tool: see its head for how to call it\n");
        return status;
    }
    queue = rd_kafka_queue_new(rk);
    if (strcmp(argv[2], "delete-group") == 0)
        status = delete_group(rk, queue, argv + 3);
    else if (strcmp(argv[2], "delete-records") == 0 && argc == 6)
        status = delete_records(rk, queue, argv + 3);
    else if (strcmp(argv[2], "allow") == 0 && argc == 7)
        status = allow(rk, queue, argv + 3);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
    return status;
}
