/* Deliveries in, acknowledgements out: one for all tags up to the first that is not settled yet. */
#include "limit.h"
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNEL = 1, FRAME_SIZE = 131072 };

static amqp_connection_state_t broker;
static struct event *unused;
static bool *is_settled; /* by tag, modulo the size; no more than the prefetch are in hand */
static uint64_t ring_size, acknowledged, below;

static void check(const char *what, amqp_rpc_reply_t reply)
{
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
    stop(what, reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION ? amqp_error_string2(reply.library_error)
                                                                    : "the broker refuses it");
}

static void copy(char *to, size_t room, const char *what, amqp_bytes_t bytes)
{
    if (bytes.len >= room) stop(what, "is too long");
    memcpy(to, bytes.bytes, bytes.len);
    to[bytes.len] = 0;
}

static void take(const amqp_envelope_t *delivery)
{
    struct event *event = unused;
    if (!event) stop("delivery", "more than the prefetch");
    unused = event->next;
    event->tag = delivery->delivery_tag;
    copy(event->id, sizeof event->id, "message id", delivery->message.properties.message_id);
    copy(event->type, sizeof event->type, "routing key", delivery->routing_key);
    compose(event, delivery->message.body.bytes, delivery->message.body.len);
    mail_send(event);
}

static void turn(void *context)
{
    (void)context;
    struct timeval none = {0, 0};
    for (;;) {
        amqp_envelope_t delivery;
        amqp_maybe_release_buffers(broker);
        amqp_rpc_reply_t reply = amqp_consume_message(broker, &delivery, &none, 0);
        if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT) return;
        check("consume", reply);
        take(&delivery);
        amqp_destroy_envelope(&delivery);
    }
}

void event_free(struct event *event)
{
    event->next = unused;
    unused = event;
}

void broker_settled(uint64_t tag)
{
    is_settled[tag % ring_size] = true;
}

void broker_acknowledge(void)
{
    while (is_settled[(below + 1) % ring_size]) is_settled[++below % ring_size] = false;
    if (below == acknowledged) return;
    int status = amqp_basic_ack(broker, CHANNEL, below, 1);
    if (status != AMQP_STATUS_OK) stop("ack", amqp_error_string2(status));
    acknowledged = below;
}

static void prepare(int prefetch)
{
    ring_size = (uint64_t)prefetch + 1;
    is_settled = calloc(ring_size, sizeof *is_settled);
    struct event *events = calloc((size_t)prefetch, sizeof *events);
    if (!is_settled || !events) stop("events", "out of memory");
    for (int i = 0; i < prefetch; i++) event_free(&events[i]);
}

void broker_open(void)
{
    static struct source source = {turn, NULL};
    struct amqp_connection_info to;
    int prefetch = number_setting("BENCH_PREFETCH");
    prepare(prefetch);
    char *url = strdup(setting("BENCH_AMQP_URL"));
    if (!url || amqp_parse_url(url, &to) != AMQP_STATUS_OK) stop("BENCH_AMQP_URL", "is no AMQP URL");
    broker = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(broker);
    if (!socket || amqp_socket_open(socket, to.host, to.port) != AMQP_STATUS_OK) stop("broker", "not reachable");
    check("login", amqp_login(broker, to.vhost, 0, FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN, to.user, to.password));
    amqp_channel_open(broker, CHANNEL);
    check("channel", amqp_get_rpc_reply(broker));
    amqp_basic_qos(broker, CHANNEL, 0, (uint16_t)prefetch, 0);
    check("prefetch", amqp_get_rpc_reply(broker));
    amqp_basic_consume(broker, CHANNEL, amqp_cstring_bytes(setting("BENCH_QUEUE")), amqp_empty_bytes, 0, 0, 0,
                       amqp_empty_table);
    check("consume", amqp_get_rpc_reply(broker));
    free(url);
    watch(amqp_get_sockfd(broker), &source);
    turn(NULL); /* what came together with the answer is in the library's buffer, and wakes nobody */
}
