/*
 * publish: fills a queue with numbered domain events, or offers them at a fixed rate; the broker confirms every one.
 *
 *     cc -O2 -Wall -Wextra -o publish publish.c -lrabbitmq
 *     publish URL EXCHANGE --count N [--rate R]
 *
 * Event K (from 0) has the message id "mK" and is for userK@example.com; its kinds take turns. Without --rate they go
 * out as fast as WINDOW unconfirmed messages allow. With --rate event K is due K/R seconds after the start, whatever
 * became of those before it: one that comes late is late on our account, which is why whoever measures latency counts
 * from when it was due. The first line on standard output is then "started NS" (CLOCK_MONOTONIC).
 *
 * The last line is "confirmed N". Exit status 1, with a line that says why, when the broker refuses or returns one.
 */
#define _GNU_SOURCE
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHANNEL = 1, WINDOW = 4000, FRAME_SIZE = 131072, SILENCE_SECONDS = 60, KINDS = 4 };

static const char *const kinds[KINDS] = {"payment.completed", "payment.failed", "user.signup", "user.password-reset"};

/* Which messages are confirmed: tags count from 1. */
struct confirms {
    bool *is_confirmed;
    uint64_t below, total, wanted; /* all tags up to `below` are confirmed */
};

static void __attribute__((noreturn)) stop(const char *what, const char *why)
{
    fprintf(stderr, "publish: %s: %s\n", what, why);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void wait_until(int64_t due)
{
    struct timespec at = {due / 1000000000, due % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) continue;
}

static void check(const char *what, amqp_rpc_reply_t reply)
{
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
    stop(what, reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION ? amqp_error_string2(reply.library_error)
                                                                    : "the broker refuses it");
}

static amqp_connection_state_t connect_to(char *url)
{
    struct amqp_connection_info to;
    if (amqp_parse_url(url, &to) != AMQP_STATUS_OK) stop(url, "no AMQP URL");
    amqp_connection_state_t broker = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(broker);
    if (!socket || amqp_socket_open(socket, to.host, to.port) != AMQP_STATUS_OK) stop("connect", "not reachable");
    check("login", amqp_login(broker, to.vhost, 0, FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN, to.user, to.password));
    amqp_channel_open(broker, CHANNEL);
    check("channel", amqp_get_rpc_reply(broker));
    amqp_confirm_select(broker, CHANNEL);
    check("confirms", amqp_get_rpc_reply(broker));
    return broker;
}

static size_t write_body(char *body, size_t room, uint64_t number)
{
    unsigned long long n = number;
    static const char person[] = "{\"userId\":\"u%llu\",\"email\":\"user%llu@example.com\",\"name\":\"Anna Schmidt\"";
    static const char money[] = ",\"paymentId\":\"p%llu\",\"amount\":\"19.99\",\"currency\":\"EUR\",\"locale\":\"de\"";
    int size = snprintf(body, room, person, n, n);
    if (number % KINDS < 2) size += snprintf(body + size, room - size, money, n);
    if (number % KINDS == 1) size += snprintf(body + size, room - size, ",\"reason\":\"card declined\"");
    if (number % KINDS == 3) {
        size += snprintf(body + size, room - size, ",\"resetUrl\":\"https://app.example.com/reset?token=t%llu\"", n);
    }
    return size + snprintf(body + size, room - size, "}");
}

static void publish(amqp_connection_state_t broker, const char *exchange, uint64_t number)
{
    char body[512], id[32];
    size_t size = write_body(body, sizeof body, number);
    snprintf(id, sizeof id, "m%llu", (unsigned long long)number);
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                  AMQP_BASIC_TIMESTAMP_FLAG,
        .content_type = amqp_cstring_bytes("application/json"),
        .delivery_mode = 2,
        .message_id = amqp_cstring_bytes(id),
        .timestamp = (uint64_t)time(NULL),
    };
    amqp_bytes_t to = amqp_cstring_bytes(exchange), key = amqp_cstring_bytes(kinds[number % KINDS]);
    int status = amqp_basic_publish(broker, CHANNEL, to, key, 1, 0, &properties, (amqp_bytes_t){size, body});
    if (status != AMQP_STATUS_OK) stop("publish", amqp_error_string2(status));
}

static void confirm(struct confirms *confirms, const amqp_basic_ack_t *ack)
{
    if (ack->delivery_tag > confirms->wanted) stop("confirm", "of a message that was not published");
    uint64_t from = ack->multiple ? confirms->below + 1 : ack->delivery_tag;
    for (uint64_t tag = from; tag <= ack->delivery_tag; tag++) {
        confirms->total += !confirms->is_confirmed[tag];
        confirms->is_confirmed[tag] = true;
    }
    while (confirms->below < confirms->wanted && confirms->is_confirmed[confirms->below + 1]) confirms->below++;
}

/* Takes one frame, at most `nanoseconds` later; false when none came. */
static bool take_frame(amqp_connection_state_t broker, struct confirms *confirms, int64_t nanoseconds)
{
    struct timeval timeout = {nanoseconds / 1000000000, nanoseconds % 1000000000 / 1000};
    amqp_frame_t frame;
    amqp_maybe_release_buffers(broker);
    int status = amqp_simple_wait_frame_noblock(broker, &frame, &timeout);
    if (status == AMQP_STATUS_TIMEOUT) return false;
    if (status != AMQP_STATUS_OK) stop("read", amqp_error_string2(status));
    if (frame.frame_type != AMQP_FRAME_METHOD) return true;
    switch (frame.payload.method.id) {
    case AMQP_BASIC_ACK_METHOD: confirm(confirms, frame.payload.method.decoded); break;
    case AMQP_BASIC_NACK_METHOD: stop("publish", "the broker did not take a message");
    case AMQP_BASIC_RETURN_METHOD: stop("publish", "no queue is bound for a message");
    case AMQP_CHANNEL_CLOSE_METHOD: stop("publish", "the broker closed the channel");
    case AMQP_CONNECTION_CLOSE_METHOD: stop("publish", "the broker closed the connection");
    }
    return true;
}

static void wait_for_confirms(amqp_connection_state_t broker, struct confirms *confirms, uint64_t wanted)
{
    while (confirms->total < wanted) {
        if (!take_frame(broker, confirms, SILENCE_SECONDS * 1000000000LL)) stop("confirm", "the broker is silent");
    }
}

int main(int count, char **arguments)
{
    uint64_t events = 0;
    double rate = 0;
    for (int i = 3; i + 1 < count; i += 2) {
        if (strcmp(arguments[i], "--count") == 0) events = strtoull(arguments[i + 1], NULL, 10);
        else if (strcmp(arguments[i], "--rate") == 0) rate = strtod(arguments[i + 1], NULL);
        else stop(arguments[i], "no such option");
    }
    if (count < 5 || events == 0 || rate < 0) stop("usage", "publish URL EXCHANGE --count N [--rate R]");
    const char *exchange = arguments[2];
    amqp_connection_state_t broker = connect_to(arguments[1]);
    struct confirms confirms = {.is_confirmed = calloc(events + 1, sizeof(bool)), .wanted = events};
    if (!confirms.is_confirmed) stop("confirms", strerror(errno));
    int64_t start = now_ns();
    if (rate > 0) {
        printf("started %lld\n", (long long)start);
        fflush(stdout);
    }
    for (uint64_t number = 0; number < events; number++) {
        if (rate > 0) {
            while (take_frame(broker, &confirms, 0)) continue;
            wait_until(start + (int64_t)((double)number * 1e9 / rate));
        } else if (number >= WINDOW) {
            wait_for_confirms(broker, &confirms, number - WINDOW + 1);
        }
        publish(broker, exchange, number);
    }
    wait_for_confirms(broker, &confirms, events);
    amqp_connection_close(broker, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(broker);
    printf("confirmed %llu\n", (unsigned long long)confirms.total);
    return 0;
}
