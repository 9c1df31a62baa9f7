/*
 * Raw SMTP on kept connections. A mail is one write and one read: MAIL, RCPT and DATA of the next go out together with
 * the text of the present one (RFC 2920 section 3.1: DATA ends a group, and the next may begin behind the final dot).
 */
#include "limit.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { INPUT = 1024, ENVELOPE = 256 };
enum step { GREETING, EHLO, IDLE, MAIL, RCPT, DATA, ACCEPTED };

struct connection {
    int fd;
    enum step step;         /* whose answer is due */
    struct event *sending;  /* its text is out */
    struct event *offered;  /* its envelope is out */
    struct connection *next_idle;
    struct source source;
    size_t size;
    char input[INPUT];
};

static struct connection *idle;
static struct line waiting;
static struct sockaddr_in server;
static int opened, allowed;

static void write_out(struct connection *c, const struct event *text, const struct event *envelope)
{
    char commands[ENVELOPE];
    struct iovec parts[2];
    int count = 0;
    size_t size = 0;
    if (text) parts[count++] = (struct iovec){(void *)text->mail, text->mail_size};
    if (envelope) {
        static const char form[] = "MAIL FROM:<no-reply@example.com>\r\nRCPT TO:<%s>\r\nDATA\r\n";
        int n = snprintf(commands, sizeof commands, form, envelope->email);
        parts[count++] = (struct iovec){commands, (size_t)n};
    }
    for (int i = 0; i < count; i++) size += parts[i].iov_len;
    if (writev(c->fd, parts, count) != (ssize_t)size) stop("write to the mail server", strerror(errno));
}

static void offer(struct connection *c, struct event *event)
{
    c->offered = event;
    c->step = MAIL;
    write_out(c, NULL, event);
}

static void become_idle(struct connection *c)
{
    struct event *event = line_take(&waiting);
    if (event) {
        offer(c, event);
        return;
    }
    c->step = IDLE;
    c->next_idle = idle;
    idle = c;
}

static void take_reply(struct connection *c, const char *line)
{
    if (line[3] == '-') return;
    if (c->step == IDLE || *line != (c->step == DATA ? '3' : '2')) stop("mail server", line);
    switch (c->step) {
    case GREETING:
        c->step = EHLO;
        if (send(c->fd, "EHLO limit.invalid\r\n", 20, MSG_NOSIGNAL) != 20) stop("mail server", strerror(errno));
        break;
    case MAIL:
    case RCPT:
        c->step++;
        break;
    case DATA:
        c->sending = c->offered;
        c->offered = line_take(&waiting);
        c->step = ACCEPTED;
        write_out(c, c->sending, c->offered);
        break;
    case ACCEPTED:
        rows_add(c->sending);
        c->sending = NULL;
        if (c->offered) c->step = MAIL;
        else become_idle(c);
        break;
    default:
        become_idle(c);
    }
}

static void turn(void *context)
{
    struct connection *c = context;
    ssize_t n = recv(c->fd, c->input + c->size, INPUT - c->size - 1, 0);
    if (n <= 0) stop("mail server", n == 0 ? "closed the connection" : strerror(errno));
    c->size += (size_t)n;
    size_t taken = 0;
    for (char *newline; (newline = memchr(c->input + taken, '\n', c->size - taken)); ) {
        *newline = 0;
        if (newline - (c->input + taken) < 4) stop("mail server", "answers no reply");
        take_reply(c, c->input + taken);
        taken = (size_t)(newline - c->input) + 1;
    }
    c->size -= taken;
    memmove(c->input, c->input + taken, c->size);
}

static void open_connection(void)
{
    struct connection *c = calloc(1, sizeof *c);
    int on = 1;
    if (!c) stop("connection", "out of memory");
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0) stop("socket", strerror(errno));
    if (connect(c->fd, (struct sockaddr *)&server, sizeof server) < 0) stop("mail server", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->source = (struct source){turn, c};
    watch(c->fd, &c->source);
    opened++;
}

void mail_send(struct event *event)
{
    struct connection *c = idle;
    if (c) {
        idle = c->next_idle;
        offer(c, event);
        return;
    }
    line_put(&waiting, event);
    if (opened < allowed) open_connection();
}

void mail_open(void)
{
    allowed = number_setting("BENCH_SMTP_CONNECTIONS");
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)number_setting("BENCH_SMTP_PORT")),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}
