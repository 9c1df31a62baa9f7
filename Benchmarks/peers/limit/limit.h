/*
 * The limit: what a consumer in C costs that does only what has to be done, in batches wherever the protocols allow it.
 *
 * RabbitMQ by librabbitmq, raw pipelined SMTP on kept connections, rows by `unnest` in one prepared statement, multiple
 * acks; one thread, one epoll set. No claims, no retries, no tracing, and it stops at whatever it does not expect.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An event in hand, from its delivery to its acknowledgement. */
struct event {
    uint64_t tag;
    struct event *next;
    char id[64], type[32], recipient[64], email[128];
    size_t mail_size;
    char mail[1024];
};

/* First in, first out. */
struct line {
    struct event *first, *last;
    size_t size;
};

void line_put(struct line *line, struct event *event);
struct event *line_take(struct line *line);

/* Ends the program with one line. */
void stop(const char *what, const char *why) __attribute__((noreturn));
const char *setting(const char *name);
int number_setting(const char *name);

/* Adds a descriptor to the epoll set; `turn(context)` is called when it can be read. */
struct source {
    void (*turn)(void *context);
    void *context;
};
void watch(int fd, const struct source *source);

/* broker.c */
void broker_open(void);
void broker_settled(uint64_t tag);
void broker_acknowledge(void);
void event_free(struct event *event);

/* mail.c */
void mail_open(void);
void mail_send(struct event *event);

/* compose.c */
void compose(struct event *event, const char *body, size_t size);

/* rows.c */
void rows_open(void);
void rows_add(struct event *event);

#endif
