// Fills a topic with the records that the C loop and the worker read: base64 of clickstream events, `size` bytes of
// payload on average, spread over the partitions in turn, a key each.
// usage: fill BROKERS TOPIC PARTITIONS SIZE TOTAL
#include <librdkafka/rdkafka.h>
#include "gen.h"

static long long stored;
static int failed;

static void set(rd_kafka_conf_t *conf, const char *key, const char *value) {
    char error[256];
    if (rd_kafka_conf_set(conf, key, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "fill: %s: %s\n", key, error);
        exit(1);
    }
}

static void report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)rk;
    (void)opaque;
    if (message->err) {
        if (!failed++) fprintf(stderr, "fill: %s\n", rd_kafka_err2str(message->err));
    } else {
        stored++;
    }
}

// gen.h makes clickstream events of 330 bytes and more; below that the same event without its session and page, so
// that a small record passes the same filter and has the same four fields.
static size_t small_click(rng_t *r, char *o, uint64_t seq) {
    return (size_t)sprintf(o,
        "{\"event_id\":\"%08x-%04x-4%03x\",\"ts\":%llu,\"type\":\"%s\",\"user\":{\"id\":%u,\"country\":\"%s\"},\"value\":%u.%02u,\"qty\":%u}",
        (uint32_t)rng(r), rn(r, 65536), rn(r, 4096), (unsigned long long)(1717000000000ull + seq * 7), g_ev[rn(r, 8)],
        rn(r, 5000000), g_cc[rn(r, 10)], rn(r, 500), rn(r, 100), rn(r, 9));
}

static size_t payload(rng_t *r, char *out, size_t size, uint64_t seq) {
    static char event[1 << 17];
    size_t want = size / 4 * 3;
    size_t n = want < 330 ? small_click(r, event, seq) : gen_click(r, event, want, seq);
    return b64enc((const uint8_t *)event, n, out);
}

int main(int argc, char **argv) {
    if (argc < 6) {
        fprintf(stderr, "usage: fill BROKERS TOPIC PARTITIONS SIZE TOTAL\n");
        return 64;
    }
    int partitions = atoi(argv[3]);
    size_t size = (size_t)atol(argv[4]);
    long long total = atoll(argv[5]), bytes = 0;
    char error[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", argv[1]);
    set(conf, "linger.ms", "50");
    set(conf, "batch.num.messages", "100000");
    set(conf, "queue.buffering.max.kbytes", "262144");
    set(conf, "queue.buffering.max.messages", "1000000");
    set(conf, "enable.idempotence", "true");
    rd_kafka_conf_set_dr_msg_cb(conf, report);
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    if (!producer) {
        fprintf(stderr, "fill: %s\n", error);
        return 1;
    }
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, argv[2], NULL);
    rng_t r = {42};
    static char buffer[1 << 18];
    for (long long i = 0; i < total && !failed; i++) {
        size_t length = payload(&r, buffer, size, (uint64_t)i);
        char key[32];
        int key_length = sprintf(key, "user-%08u", rn(&r, 5000000));
        while (rd_kafka_produce(topic, (int32_t)(i % partitions), RD_KAFKA_MSG_F_COPY, buffer, length, key,
                                (size_t)key_length, NULL) == -1) {
            rd_kafka_poll(producer, 10);
        }
        bytes += (long long)length;
        if (i % 1000 == 0) rd_kafka_poll(producer, 0);
    }
    rd_kafka_flush(producer, 120000);
    printf("%lld records, %.1f bytes of payload on average\n", stored, (double)bytes / (double)(total ? total : 1));
    return failed || stored != total;
}
