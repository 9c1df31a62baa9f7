/*
 * Raw SMTP on kept connections. A mail is one write and one read: MAIL, RCPT and DATA of the next go out together with
 * the text of the present one (RFC 2920 section 3.1: DATA ends a group, and the final dot is what the next one begins with).
 */
#define _GNU_SOURCE
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

/* The value of a field of a flat JSON object whose strings need no escapes; "" where it has none. */
static void field(char *to, size_t room, const char *body, const char *end, const char *name)
{
    char key[32];
    int size = snprintf(key, sizeof key, "\"%s\":\"", name);
    const char *start = memmem(body, (size_t)(end - body), key, (size_t)size);
    *to = 0;
    if (!start) return;
    start += size;
    const char *quote = memchr(start, '"', (size_t)(end - start));
    if (!quote || (size_t)(quote - start) >= room || memchr(start, '\\', (size_t)(quote - start))) stop(name, "cannot be read");
    memcpy(to, start, (size_t)(quote - start));
    to[quote - start] = 0;
}

void mail_compose(struct event *event, const char *body, size_t size)
{
    char name[128], payment[64], amount[32], currency[8], reset[256];
    const char *end = body + size;
    field(event->recipient, sizeof event->recipient, body, end, "userId");
    field(event->email, sizeof event->email, body, end, "email");
    field(name, sizeof name, body, end, "name");
    field(payment, sizeof payment, body, end, "paymentId");
    field(amount, sizeof amount, body, end, "amount");
    field(currency, sizeof currency, body, end, "currency");
    field(reset, sizeof reset, body, end, "resetUrl");
    char subject[128], text[512];
    if (*reset) {
        snprintf(subject, sizeof subject, "Reset your password");
        snprintf(text, sizeof text, "choose a new password here: %s", reset);
    } else if (*payment) {
        bool has_failed = strcmp(event->type, "payment.failed") == 0;
        snprintf(subject, sizeof subject, has_failed ? "Your payment of %s %s failed" : "Your payment of %s %s", amount, currency);
        snprintf(text, sizeof text, "%s %s %s. Reference: %s.", has_failed ? "we could not take" : "we received", amount,
                 currency, payment);
    } else {
        snprintf(subject, sizeof subject, "Welcome");
        snprintf(text, sizeof text, "your account is ready.");
    }
    int written = snprintf(event->mail, sizeof event->mail,
                           "From: Payments <no-reply@example.com>\r\nTo: <%s>\r\nSubject: %s\r\nMessage-ID: <%s@example.com>\r\n"
                           "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello %s,\r\n\r\n%s\r\n.\r\n",
                           event->email, subject, event->id, name, text);
    if (written >= (int)sizeof event->mail) stop("mail", "is too long");
    event->mail_size = (size_t)written;
}

static void write_out(struct connection *c, const struct event *text, const struct event *envelope)
{
    char commands[ENVELOPE];
    struct iovec parts[2];
    int count = 0;
    size_t size = 0;
    if (text) parts[count++] = (struct iovec){(void *)text->mail, text->mail_size};
    if (envelope) {
        int n = snprintf(commands, sizeof commands, "MAIL FROM:<no-reply@example.com>\r\nRCPT TO:<%s>\r\nDATA\r\n", envelope->email);
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
    static const char expected[] = {[GREETING] = '2', [EHLO] = '2', [MAIL] = '2', [RCPT] = '2', [DATA] = '3', [ACCEPTED] = '2'};
    if (line[3] == '-') return;
    if (c->step == IDLE || *line != expected[c->step]) stop("mail server", line);
    switch (c->step) {
    case GREETING:
        c->step = EHLO;
        if (send(c->fd, "EHLO limit.invalid\r\n", 20, MSG_NOSIGNAL) != 20) stop("write to the mail server", strerror(errno));
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
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&server, sizeof server) < 0) stop("mail server", strerror(errno));
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
