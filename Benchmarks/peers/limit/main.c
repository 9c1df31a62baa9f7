/* The loop, and what the parts share. Settings: the same BENCH_… variables as every peer's, see bench/contenders.py. */
#include "limit.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

enum { EVENTS = 256 };

static int epoll;

void stop(const char *what, const char *why)
{
    fprintf(stderr, "limit: %s: %s\n", what, why);
    exit(1);
}

const char *setting(const char *name)
{
    const char *value = getenv(name);
    if (!value) stop(name, "is not set");
    return value;
}

int number_setting(const char *name)
{
    int value = atoi(setting(name));
    if (value <= 0) stop(name, "is no number above 0");
    return value;
}

void line_put(struct line *line, struct event *event)
{
    event->next = NULL;
    if (line->last) line->last->next = event;
    else line->first = event;
    line->last = event;
    line->size++;
}

struct event *line_take(struct line *line)
{
    struct event *event = line->first;
    if (!event) return NULL;
    line->first = event->next;
    if (!line->first) line->last = NULL;
    line->size--;
    return event;
}

void watch(int fd, const struct source *source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = (void *)source};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) stop("epoll_ctl", strerror(errno));
}

int main(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) stop("epoll_create1", strerror(errno));
    rows_open();
    mail_open();
    broker_open();
    puts("consuming");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        if (ready < 0 && errno != EINTR) stop("epoll_wait", strerror(errno));
        for (int i = 0; i < ready; i++) {
            const struct source *source = events[i].data.ptr;
            source->turn(source->context);
        }
    }
}
