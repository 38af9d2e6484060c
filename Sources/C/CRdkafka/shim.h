#ifndef CRDKAFKA_SHIM_H
#define CRDKAFKA_SHIM_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

// One header of a record. A value of NULL is Kafka's null value, which is not the empty value.
typedef struct crk_header {
    const char *name;
    size_t name_length;
    const void *value;
    size_t value_length;
} crk_header_t;

// rd_kafka_producev is variadic, which Swift cannot call, and rd_kafka_produceva frees the header list twice when the
// partition is unknown. On success the client owns the header list, on failure it is still ours: freed here, once.
static inline rd_kafka_resp_err_t crk_produce(
    rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, int flags, const void *value, size_t value_length,
    const void *key, size_t key_length, int64_t timestamp, void *opaque, const crk_header_t *headers,
    size_t header_count) {
    rd_kafka_headers_t *list = NULL;
    if (header_count > 0) {
        list = rd_kafka_headers_new(header_count);
        for (size_t i = 0; i < header_count; i++) {
            const crk_header_t *header = &headers[i];
            rd_kafka_resp_err_t added = rd_kafka_header_add(
                list, header->name, (ssize_t)header->name_length, header->value, (ssize_t)header->value_length);
            if (added != RD_KAFKA_RESP_ERR_NO_ERROR) {
                rd_kafka_headers_destroy(list);
                return added;
            }
        }
    }
    rd_kafka_resp_err_t result;
    if (list != NULL)
        result = rd_kafka_producev(
            client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(flags),
            RD_KAFKA_V_VALUE((void *)value, value_length), RD_KAFKA_V_KEY(key, key_length),
            RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_END);
    else
        result = rd_kafka_producev(
            client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(flags),
            RD_KAFKA_V_VALUE((void *)value, value_length), RD_KAFKA_V_KEY(key, key_length),
            RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR && list != NULL)
        rd_kafka_headers_destroy(list);
    return result;
}

// Variadic as well: one error (0: none, the request succeeds) and the delay of its answer, for one broker.
static inline rd_kafka_resp_err_t crk_mock_push_delayed_error(
    rd_kafka_mock_cluster_t *cluster, int32_t broker, int16_t api, rd_kafka_resp_err_t error, int delay_ms) {
    return rd_kafka_mock_broker_push_request_error_rtts(cluster, broker, api, 1, error, delay_ms);
}

// Asks the processor for what will be looked at of a message, and of one that comes sooner, which is here by then, for the
// bytes behind its payload, where its headers begin: they are cold, and one after the other they would be waited for. A
// prefetch of whatever address cannot fault.
static inline void crk_prefetch(const rd_kafka_message_t *message, const rd_kafka_message_t *sooner) {
    __builtin_prefetch(message);
    __builtin_prefetch((const char *)message + 96);
    __builtin_prefetch((const char *)sooner->payload + sooner->len);
}

// Asks for a key that will be looked at in a moment: it lies before its payload, where nobody has been for a batch's length.
static inline void crk_prefetch_key(const void *key) { __builtin_prefetch(key); }

// Whether a fetched message came with headers. librdkafka makes a parser (an object of its own) to find that there are
// none; but in the record format, version 2, the number of headers stands just behind the payload, in one piece of memory
// with it, and none is the byte 0. Older formats know no headers, so that a 0 there, whatever it belongs to, says the truth
// as well; they may end with the payload, which is why the byte is looked at only where it shares a page with the payload's
// last: there it can be read. All else is left to librdkafka.
__attribute__((no_sanitize("address"))) static inline int crk_has_headers(const rd_kafka_message_t *message) {
    const unsigned char *behind = (const unsigned char *)message->payload + message->len;
    if (message->payload != NULL && message->len > 0 && ((uintptr_t)behind & 4095) != 0 && *behind == 0)
        return 0;
    rd_kafka_headers_t *list;
    return rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

// Frees fetched messages. What is looked at then was left long ago and lies in four lines of memory around what we see of a
// message: they are asked for ahead, or each would be waited for. A prefetch of whatever address cannot fault.
static inline void crk_destroy(rd_kafka_message_t *const *messages, size_t count) {
    enum { AHEAD = 8 };
    for (size_t i = 0; i < count; i++) {
        if (i + AHEAD < count) {
            const char *message = (const char *)messages[i + AHEAD];
            for (int line = -2; line < 2; line++)
                __builtin_prefetch(message + 64 * line + 16, 1);
        }
        rd_kafka_message_destroy(messages[i]);
    }
}

// librdkafka's text of a failed handshake does not say which check the broker's certificate failed. This callback, which
// changes no verdict, puts OpenSSL's number of it into the log line that follows, facility SSLCERTVRFY: `x509=62`.
static int crk_number_certificate_fault(
    rd_kafka_t *client, const char *broker, int32_t id, int *fault, int depth, const char *der, size_t size, char *text,
    size_t room, void *opaque) {
    (void)client, (void)broker, (void)id, (void)depth, (void)der, (void)size, (void)opaque;
    if (*fault == 0)
        return 1;
    snprintf(text, room, "x509=%d", *fault);
    return 0;
}
static inline rd_kafka_conf_res_t crk_number_certificate_faults(rd_kafka_conf_t *conf) {
    return rd_kafka_conf_set_ssl_cert_verify_cb(conf, crk_number_certificate_fault);
}

// The name of the calling thread in top and in stack dumps, at most 15 bytes. A GNU extension, which Swift's Glibc hides.
extern int pthread_setname_np(pthread_t thread, const char *name);
static inline void crk_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

#endif
