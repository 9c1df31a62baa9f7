/*
 * ack_tap: stands between a consumer and its broker, forwards every byte, and notes when each event was acknowledged.
 *
 *     cc -O2 -Wall -Wextra -pthread -o ack_tap ack_tap.c
 *     ack_tap BROKER_PORT EVENTS FILE
 *
 * So that latency is measured the same way for each consumer, none of which has to help. The first line on standard
 * output is the port it listens on (127.0.0.1). At SIGTERM it writes FILE: for each event K ("mK" is its message id)
 * the time of its basic.ack, CLOCK_MONOTONIC in nanoseconds, as a 64-bit integer of this machine; 0: there was none.
 *
 * Two threads a connection, one for each way. It reads just these frames (AMQP 0-9-1, sections 2.3.5 and 1.8.3):
 * basic.deliver and its content header, which tie a delivery tag to an event, and basic.ack.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1 << 20, CHANNELS = 64, FRAME_OVERHEAD = 8, PROTOCOL_HEADER_SIZE = 8 };
enum { METHOD_FRAME = 1, HEADER_FRAME = 2, BASIC = 60, DELIVER = 60, ACK = 80 };
/* The flags of a content header's properties. */
enum {
    CONTENT_TYPE = 1 << 15, CONTENT_ENCODING = 1 << 14, HEADERS = 1 << 13, DELIVERY_MODE = 1 << 12, PRIORITY = 1 << 11,
    CORRELATION_ID = 1 << 10, REPLY_TO = 1 << 9, EXPIRATION = 1 << 8, MESSAGE_ID = 1 << 7
};

/* What was delivered on a channel: tags count from 1. */
struct channel {
    int64_t *event_of_tag; /* -1: not one of ours, or acknowledged */
    uint64_t capacity, below, delivering;
};

struct connection {
    int consumer, broker;
    pthread_mutex_t lock; /* of the channels, which both ways look at */
    struct channel channels[CHANNELS];
};

/* One way of a connection, and what of it is not a whole frame yet. */
struct way {
    struct connection *connection;
    int from, to;
    bool from_consumer;
    size_t size, skip;
    uint8_t buffer[BUFFER_SIZE];
};

static int broker_port;
static uint64_t events;
static int64_t *acknowledged;

static void stop(const char *what)
{
    fprintf(stderr, "ack_tap: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static uint64_t big_endian(const uint8_t *bytes, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++) value = value << 8 | bytes[i];
    return value;
}

static void note_delivery(struct channel *channel, uint64_t tag)
{
    if (tag >= channel->capacity) {
        uint64_t capacity = tag * 2 + 1024;
        channel->event_of_tag = realloc(channel->event_of_tag, capacity * sizeof(int64_t));
        if (!channel->event_of_tag) stop("out of memory");
        for (uint64_t i = channel->capacity; i < capacity; i++) channel->event_of_tag[i] = -1;
        channel->capacity = capacity;
    }
    channel->delivering = tag;
}

/* The message id among a content header's properties; -1 where it is not one of ours. */
static int64_t event_of_header(const uint8_t *payload, size_t size)
{
    if (size < 14) return -1;
    unsigned flags = (unsigned)big_endian(payload + 12, 2);
    const uint8_t *at = payload + 14, *end = payload + size;
    static const int before[] = {CONTENT_TYPE, CONTENT_ENCODING, HEADERS,  DELIVERY_MODE,
                                 PRIORITY,     CORRELATION_ID,   REPLY_TO, EXPIRATION};
    for (size_t i = 0; i < sizeof before / sizeof *before && at < end; i++) {
        if (!(flags & (unsigned)before[i])) continue;
        if (before[i] == HEADERS) at += end - at >= 4 ? 4 + big_endian(at, 4) : 4;
        else if (before[i] == DELIVERY_MODE || before[i] == PRIORITY) at += 1;
        else at += 1 + *at;
    }
    if (!(flags & MESSAGE_ID) || at >= end || at + 1 + *at > end || *at < 2 || *at > 20 || at[1] != 'm') return -1;
    char digits[24] = {0};
    memcpy(digits, at + 2, *at - 1u);
    uint64_t event = strtoull(digits, NULL, 10);
    return event < events ? (int64_t)event : -1;
}

static void note_acknowledgement(struct channel *channel, uint64_t tag, bool multiple, int64_t now)
{
    for (uint64_t i = multiple ? channel->below + 1 : tag; i <= tag && i < channel->capacity; i++) {
        int64_t event = channel->event_of_tag[i];
        if (event >= 0) acknowledged[event] = now;
        channel->event_of_tag[i] = -1;
        if (multiple) channel->below = i;
    }
}

static void take_frame(struct way *way, const uint8_t *frame, size_t size, int64_t now)
{
    uint64_t number = big_endian(frame + 1, 2);
    if (number >= CHANNELS || size < 4) return;
    struct channel *channel = &way->connection->channels[number];
    const uint8_t *payload = frame + 7;
    bool is_basic = big_endian(payload, 2) == BASIC;
    uint64_t method = big_endian(payload + 2, 2);
    if (!is_basic) return;
    if (way->from_consumer) {
        if (frame[0] != METHOD_FRAME || method != ACK || size < 13) return;
        note_acknowledgement(channel, big_endian(payload + 4, 8), payload[12] & 1, now);
    } else if (frame[0] == METHOD_FRAME && method == DELIVER && size > 5u + payload[4] + 8u) {
        note_delivery(channel, big_endian(payload + 5 + payload[4], 8));
    } else if (frame[0] == HEADER_FRAME && channel->delivering) {
        channel->event_of_tag[channel->delivering] = event_of_header(payload, size);
        channel->delivering = 0;
    }
}

static void take_frames(struct way *way)
{
    int64_t now = now_ns();
    size_t taken = way->skip < way->size ? way->skip : way->size;
    way->skip -= taken;
    pthread_mutex_lock(&way->connection->lock);
    while (way->size - taken >= FRAME_OVERHEAD) {
        size_t payload = big_endian(way->buffer + taken + 3, 4);
        if (payload + FRAME_OVERHEAD > BUFFER_SIZE) errno = EMSGSIZE, stop("frame");
        if (way->size - taken < payload + FRAME_OVERHEAD) break;
        take_frame(way, way->buffer + taken, payload, now);
        taken += payload + FRAME_OVERHEAD;
    }
    pthread_mutex_unlock(&way->connection->lock);
    way->size -= taken;
    memmove(way->buffer, way->buffer + taken, way->size);
}

/* Frames are read before they are passed on: an acknowledgement cannot come before its delivery was noted. */
static void *forward(void *argument)
{
    struct way *way = argument;
    for (;;) {
        uint8_t *start = way->buffer + way->size;
        ssize_t n = recv(way->from, start, BUFFER_SIZE - way->size, 0);
        if (n <= 0) break;
        uint8_t *copy = malloc((size_t)n);
        if (!copy) stop("out of memory");
        memcpy(copy, start, (size_t)n);
        way->size += (size_t)n;
        take_frames(way);
        for (ssize_t written = 0, m; written < n; written += m) {
            m = send(way->to, copy + written, (size_t)(n - written), MSG_NOSIGNAL);
            if (m <= 0) break;
        }
        free(copy);
    }
    shutdown(way->to, SHUT_WR);
    return NULL;
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void start_way(struct connection *connection, bool from_consumer)
{
    struct way *way = calloc(1, sizeof *way);
    pthread_t thread;
    if (!way) stop("out of memory");
    way->connection = connection;
    way->from_consumer = from_consumer;
    way->from = from_consumer ? connection->consumer : connection->broker;
    way->to = from_consumer ? connection->broker : connection->consumer;
    way->skip = from_consumer ? PROTOCOL_HEADER_SIZE : 0;
    if (pthread_create(&thread, NULL, forward, way) != 0) stop("thread");
    pthread_detach(thread);
}

static void *accept_connections(void *argument)
{
    int listener = *(int *)argument, on = 1;
    for (;;) {
        struct connection *connection = calloc(1, sizeof *connection);
        if (!connection) stop("out of memory");
        pthread_mutex_init(&connection->lock, NULL);
        connection->consumer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        connection->broker = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connection->consumer < 0 || connection->broker < 0) stop("accept");
        struct sockaddr_in to = loopback(broker_port);
        if (connect(connection->broker, (struct sockaddr *)&to, sizeof to) < 0) stop("connect to the broker");
        setsockopt(connection->consumer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(connection->broker, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        start_way(connection, true);
        start_way(connection, false);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    if (count != 4) errno = EINVAL, stop("usage: ack_tap BROKER_PORT EVENTS FILE");
    broker_port = atoi(arguments[1]);
    events = strtoull(arguments[2], NULL, 10);
    acknowledged = calloc(events, sizeof *acknowledged);
    if (!acknowledged) stop("out of memory");
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), signal;
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 64) < 0) stop("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &size) < 0) stop("getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    pthread_t thread;
    if (pthread_create(&thread, NULL, accept_connections, &listener) != 0) stop("thread");
    sigwait(&signals, &signal);
    FILE *file = fopen(arguments[3], "wb");
    if (!file || fwrite(acknowledged, sizeof *acknowledged, events, file) != events) stop(arguments[3]);
    if (fclose(file) != 0) stop(arguments[3]);
    return 0;
}
