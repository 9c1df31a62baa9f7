/*
 * span_sink: an OpenTelemetry collector for benchmarks: takes OTLP/HTTP traces, counts the spans and forgets them.
 *
 * One thread, one epoll set, loopback only, cheap, so that a benchmark measures who exports. It reads POST requests
 * with a Content-Length, kept connections, no compression (OTLP's default). The spans are counted by the protobuf
 * structure:
 * ExportTraceServiceRequest.resource_spans (1) . scope_spans (2) . spans (2).
 *
 *     cc -O2 -Wall -Wextra -o span_sink span_sink.c
 *
 * The first line on standard output is the port. It prints "spans N" on SIGUSR1 and at SIGTERM.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { ROOM = 64 << 10, LARGEST = 32 << 20, EVENTS = 64 };

struct connection {
    int fd;
    size_t size, capacity;
    char *data;
};

static const char accepted[] = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
static const char refused[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
static unsigned long spans;

static void stop(const char *what)
{
    fprintf(stderr, "span_sink: %s: %s\n", what, strerror(errno));
    exit(1);
}

static bool read_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; *at < end && shift < 64; shift += 7) {
        uint8_t byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return true;
    }
    return false;
}

/* Counts what stands at the end of the path of field numbers; false where the bytes are no protobuf. */
static bool count(const uint8_t *at, const uint8_t *end, const unsigned *path, unsigned long *found)
{
    while (at < end) {
        uint64_t key, size = 0;
        if (!read_varint(&at, end, &key)) return false;
        switch (key & 7) {
        case 0:
            if (!read_varint(&at, end, &size)) return false;
            continue;
        case 1: size = 8; break;
        case 5: size = 4; break;
        case 2:
            if (!read_varint(&at, end, &size)) return false;
            break;
        default: return false;
        }
        if (size > (uint64_t)(end - at)) return false;
        if (key >> 3 == path[0] && (key & 7) == 2) {
            if (!path[1]) ++*found;
            else if (!count(at, at + size, path + 1, found)) return false;
        }
        at += size;
    }
    return true;
}

static bool take_body(const char *body, size_t size)
{
    static const unsigned path[] = {1, 2, 2, 0};
    unsigned long found = 0;
    if (!count((const uint8_t *)body, (const uint8_t *)body + size, path, &found)) return false;
    spans += found;
    return true;
}

/* Answers every whole request; false when the connection is to be closed. */
static bool take_requests(struct connection *c)
{
    for (;;) {
        char *head_end = memmem(c->data, c->size, "\r\n\r\n", 4);
        if (!head_end) return c->size < ROOM / 2;
        *head_end = 0;
        const char *length = strcasestr(c->data, "\r\nContent-Length:");
        bool is_compressed = strcasestr(c->data, "\r\nContent-Encoding:") != NULL;
        bool is_right = strncmp(c->data, "POST /v1/traces ", 16) == 0 && length && !is_compressed;
        size_t size = length ? strtoul(length + 17, NULL, 10) : 0, head = (size_t)(head_end - c->data) + 4;
        *head_end = '\r';
        if (!is_right || size > LARGEST) {
            send(c->fd, refused, sizeof refused - 1, MSG_NOSIGNAL);
            return false;
        }
        if (c->capacity < head + size + ROOM) {
            c->capacity = head + size + ROOM;
            if (!(c->data = realloc(c->data, c->capacity))) stop("out of memory");
        }
        if (c->size < head + size) return true;
        bool is_taken = take_body(c->data + head, size);
        const char *answer = is_taken ? accepted : refused;
        if (send(c->fd, answer, strlen(answer), MSG_NOSIGNAL) < 0 || !is_taken) return false;
        c->size -= head + size;
        memmove(c->data, c->data + head + size, c->size);
    }
}

static void turn(struct connection *c)
{
    ssize_t n = recv(c->fd, c->data + c->size, c->capacity - c->size - 1, 0);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n > 0) {
        c->size += (size_t)n;
        c->data[c->size] = 0;
        if (take_requests(c)) return;
    }
    close(c->fd);
    free(c->data);
    free(c);
}

static void accept_connection(int listener, int epoll)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), on = 1;
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *c = calloc(1, sizeof *c);
    if (!c || !(c->data = malloc(ROOM))) stop("out of memory");
    c->fd = fd;
    c->capacity = ROOM;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) stop("epoll_ctl");
}

static int listen_on_loopback(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 64) < 0) stop("listen");
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0) stop("getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static int watch_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int fd = signalfd(-1, &signals, SFD_CLOEXEC);
    if (fd < 0) stop("signalfd");
    return fd;
}

int main(void)
{
    int signals = watch_signals(), listener = listen_on_loopback(), epoll = epoll_create1(EPOLL_CLOEXEC);
    int *sources[] = {&listener, &signals};
    for (size_t i = 0; i < 2; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = sources[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, *sources[i], &event) < 0) stop("epoll_ctl");
    }
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        if (ready < 0 && errno != EINTR) stop("epoll_wait");
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == &listener) {
                accept_connection(listener, epoll);
            } else if (events[i].data.ptr == &signals) {
                struct signalfd_siginfo signal;
                if (read(signals, &signal, sizeof signal) != sizeof signal) continue;
                printf("spans %lu\n", spans);
                fflush(stdout);
                if (signal.ssi_signo == SIGTERM) return 0;
            } else {
                turn(events[i].data.ptr);
            }
        }
    }
}
