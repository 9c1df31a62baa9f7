/*
 * smtp_sink: an SMTP server for tests and benchmarks that accepts mail and forgets (or stores) it.
 *
 * One thread, one epoll set, any number of connections, loopback only. It is strict where a client can be wrong
 * (order of commands, bare CR or LF, NUL, lines over 998 octets: RFC 5321 section 2.3.8, RFC 5322 section 2.1.1) and
 * cheap where it is not, so that a benchmark measures its client. It ends when its parent process ends.
 *
 *     cc -O2 -Wall -Wextra -o smtp_sink smtp_sink.c
 *     smtp_sink [--port N] [--delay MS] [--reply STEP=CODE]... [--store DIR] [--count] [--recipients N]
 *               [--max-connections N]
 *
 *   --port N             listen on 127.0.0.1:N; 0, the default, takes a free one. The first line on standard output
 *                        is the port, once connections are accepted.
 *   --delay MS           answer to the final dot that much later; other connections go on meanwhile.
 *   --reply STEP=CODE    answer CODE at STEP instead of accepting; STEP is connect, ehlo, mail, rcpt, data, message
 *                        (the final dot), rset or quit. "rcpt=550 5.1.1 no such user" sets the text, too. After 421
 *                        the connection is closed.
 *   --store DIR          write each accepted message to DIR/00000001.eml and on, complete when the name appears, with
 *                        Return-Path and Delivered-To lines for the envelope, before the dot is answered.
 *   --count              print "messages N" (accepted since the start) on SIGUSR1 and at the end.
 *   --recipients N       print "messages M different K" instead: how many of user0@… to userN-1@… had one.
 *   --max-connections N  greet a connection beyond N with 421 4.3.2 and close it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

enum { INPUT_SIZE = 16384, OUTPUT_SIZE = 4096, REPLY_ROOM = 512, MAXIMUM_MESSAGE = 32 << 20, MAXIMUM_LINE = 1000 };
enum { PARENT_CHECK_MS = 500, EVENTS = 256 };

enum step { CONNECT, EHLO, MAIL, RCPT, DATA, MESSAGE, RSET, QUIT, STEPS };
static const char *const step_names[STEPS] = {"connect", "ehlo", "mail", "rcpt", "data", "message", "rset", "quit"};

/* What --reply set; a code of 0 accepts. */
struct reply {
    int code;
    char text[REPLY_ROOM - 16];
};

struct options {
    int port, delay_ms, max_connections, recipients;
    const char *store;
    bool count;
    struct reply replies[STEPS];
};

/* Bytes of the message or of the envelope, kept only with --store. */
struct bytes {
    char *data;
    size_t size, capacity;
};

struct connection {
    int fd;
    bool in_data;       /* between 354 and the final dot */
    bool mid_line;      /* in data: the buffer's start continues a line whose first part was already taken */
    bool malformed;     /* in data: a bare CR or LF, a NUL or a line that is too long was seen */
    bool waiting;       /* the final dot's answer is due at due_ms */
    bool closing;       /* close once the output is written */
    bool has_sender;
    int recipients;
    int number;         /* of the last recipient, with --recipients; -1: none of those */
    size_t line_size;   /* in data: octets of the present line that were already taken */
    size_t message_size;
    long due_ms;
    struct connection *next_waiting;
    struct bytes envelope, message;
    size_t input_size, output_size;
    char input[INPUT_SIZE], output[OUTPUT_SIZE];
};

static struct options options;
static int epoll_fd;
static int open_connections;
static unsigned long messages, different;
static bool *has_mail; /* by the recipient's number, with --recipients */
/* Every answer waits equally long, so the list is in the order of due_ms. */
static struct connection *first_waiting, *last_waiting;

static void stop(const char *what)
{
    fprintf(stderr, "smtp_sink: %s: %s\n", what, strerror(errno));
    exit(1);
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void append(struct bytes *bytes, const char *data, size_t size)
{
    if (!options.store) return;
    if (bytes->size + size > bytes->capacity) {
        size_t capacity = (bytes->size + size) * 2 + 4096;
        char *grown = realloc(bytes->data, capacity);
        if (!grown) stop("out of memory");
        bytes->data = grown;
        bytes->capacity = capacity;
    }
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

static void write_all(int fd, const struct bytes *bytes)
{
    for (size_t written = 0; written < bytes->size;) {
        ssize_t n = write(fd, bytes->data + written, bytes->size - written);
        if (n < 0) stop("write to the store");
        written += (size_t)n;
    }
}

/* Writes under a name that does not end in .eml and renames, so that a reader never sees half a message. */
static void store(const struct connection *c)
{
    char temporary[4096], final[4096];
    snprintf(temporary, sizeof temporary, "%s/%08lu.part", options.store, messages);
    snprintf(final, sizeof final, "%s/%08lu.eml", options.store, messages);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) stop(temporary);
    write_all(fd, &c->envelope);
    write_all(fd, &c->message);
    close(fd);
    if (rename(temporary, final) < 0) stop(final);
}

static void answer(struct connection *c, const char *text)
{
    size_t size = strlen(text);
    if (c->output_size + size > OUTPUT_SIZE) return; /* cannot be: commands are taken while REPLY_ROOM is free */
    memcpy(c->output + c->output_size, text, size);
    c->output_size += size;
}

/* Answers what --reply set for the step, else `accepted`; true when the step was accepted. */
static bool answer_step(struct connection *c, enum step step, const char *accepted)
{
    const struct reply *reply = &options.replies[step];
    if (!reply->code) {
        answer(c, accepted);
        return true;
    }
    char text[REPLY_ROOM];
    snprintf(text, sizeof text, "%d %s\r\n", reply->code, reply->text);
    answer(c, text);
    if (reply->code == 421) c->closing = true;
    return reply->code < 400;
}

static void reset(struct connection *c)
{
    c->has_sender = false;
    c->recipients = 0;
    c->envelope.size = c->message.size = 0;
}

/* The address between < and > as a header line: "Return-Path: <a@example.com>". */
static void keep_address(struct connection *c, const char *header, const char *argument)
{
    const char *start = strchr(argument, '<'), *end = strrchr(argument, '>');
    if (!start || !end || end < start) return;
    append(&c->envelope, header, strlen(header));
    append(&c->envelope, start, (size_t)(end - start) + 1);
    append(&c->envelope, "\r\n", 2);
}

/* The 17 of RCPT TO:<user17@example.com>; -1 where it is not one of --recipients. */
static int number_of(const char *argument)
{
    static const char prefix[] = "<user";
    const char *start = strstr(argument, prefix);
    if (!options.recipients || !start) return -1;
    long number = strtol(start + sizeof prefix - 1, NULL, 10);
    return number >= 0 && number < options.recipients ? (int)number : -1;
}

static void count_message(const struct connection *c)
{
    messages++;
    if (!options.recipients || c->number < 0 || has_mail[c->number]) return;
    has_mail[c->number] = true;
    different++;
}

static void answer_message(struct connection *c)
{
    if (c->malformed) {
        answer(c, "554 5.6.0 bare CR or LF, NUL, line over 998 octets or message too large\r\n");
    } else {
        answer_step(c, MESSAGE, "250 2.0.0 accepted\r\n");
    }
    reset(c);
}

static void end_message(struct connection *c)
{
    c->in_data = false;
    bool refused = options.replies[MESSAGE].code >= 400;
    if (!c->malformed && !refused) {
        count_message(c);
        if (options.store) store(c);
    }
    if (!options.delay_ms) {
        answer_message(c);
        return;
    }
    c->waiting = true;
    c->due_ms = now_ms() + options.delay_ms;
    c->next_waiting = NULL;
    if (last_waiting) last_waiting->next_waiting = c;
    else first_waiting = c;
    last_waiting = c;
}

static bool is_command(const char *line, const char *name)
{
    return strncasecmp(line, name, strlen(name)) == 0;
}

static void take_command(struct connection *c, const char *line)
{
    if (is_command(line, "EHLO ")) {
        reset(c);
        answer_step(c, EHLO, "250-sink.invalid\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
                             "250-SIZE 33554432\r\n250 ENHANCEDSTATUSCODES\r\n");
    } else if (is_command(line, "HELO ")) {
        reset(c);
        answer_step(c, EHLO, "250 sink.invalid\r\n");
    } else if (is_command(line, "MAIL FROM:")) {
        if (c->has_sender) {
            answer(c, "503 5.5.1 nested MAIL\r\n");
        } else if (answer_step(c, MAIL, "250 2.1.0 sender ok\r\n")) {
            c->has_sender = true;
            keep_address(c, "Return-Path: ", line + 10);
        }
    } else if (is_command(line, "RCPT TO:")) {
        if (!c->has_sender) {
            answer(c, "503 5.5.1 MAIL first\r\n");
        } else if (answer_step(c, RCPT, "250 2.1.5 recipient ok\r\n")) {
            c->recipients++;
            c->number = number_of(line + 8);
            keep_address(c, "Delivered-To: ", line + 8);
        }
    } else if (strcasecmp(line, "DATA") == 0) {
        if (c->recipients == 0) {
            answer(c, "503 5.5.1 no valid recipient\r\n");
        } else if (answer_step(c, DATA, "354 go ahead\r\n")) {
            c->in_data = true;
            c->mid_line = c->malformed = false;
            c->line_size = c->message_size = 0;
        }
    } else if (strcasecmp(line, "RSET") == 0) {
        reset(c);
        answer_step(c, RSET, "250 2.0.0 ok\r\n");
    } else if (is_command(line, "NOOP")) {
        answer(c, "250 2.0.0 ok\r\n");
    } else if (strcasecmp(line, "QUIT") == 0) {
        answer_step(c, QUIT, "221 2.0.0 bye\r\n");
        c->closing = true;
    } else {
        answer(c, "502 5.5.1 command not known here\r\n");
    }
}

/* A part of a message: a line up to its LF, or what came of one so far. */
static void take_text(struct connection *c, const char *text, size_t size, bool ends_line)
{
    bool starts_line = !c->mid_line;
    if (starts_line) c->line_size = 0;
    c->mid_line = !ends_line;
    if (starts_line && ends_line && size == 3 && memcmp(text, ".\r\n", 3) == 0) {
        end_message(c);
        return;
    }
    size_t plain = size;
    if (ends_line) {
        if (size < 2 || text[size - 2] != '\r') c->malformed = true; /* bare LF */
        plain = size >= 2 ? size - 2 : 0;
    }
    if (memchr(text, '\r', plain) || memchr(text, 0, plain)) c->malformed = true;
    if (starts_line && size > 0 && text[0] == '.') text++, size--; /* RFC 5321 section 4.5.2 */
    c->line_size += size;
    c->message_size += size;
    if (c->line_size > MAXIMUM_LINE || c->message_size > MAXIMUM_MESSAGE) c->malformed = true;
    if (!c->malformed) append(&c->message, text, size);
}

/* Takes what the input holds until an answer is waited for; false when it stopped for want of room for answers. */
static bool take_input(struct connection *c)
{
    size_t taken = 0;
    bool has_room = true;
    while (taken < c->input_size && !c->waiting && !c->closing) {
        has_room = c->output_size + REPLY_ROOM <= OUTPUT_SIZE;
        if (!has_room) break;
        char *line = c->input + taken;
        size_t left = c->input_size - taken;
        char *newline = memchr(line, '\n', left);
        if (c->in_data) {
            size_t size = newline ? (size_t)(newline - line) + 1 : left;
            if (!newline && taken > 0) break; /* more of the line fits after the rest has moved to the start */
            if (!newline && left < INPUT_SIZE) break;
            /* A full buffer without an end of line: keep its last octet, which may be the CR of a CR LF. */
            if (!newline) size = left - 1;
            take_text(c, line, size, newline != NULL);
            taken += size;
        } else {
            if (!newline) {
                if (left == INPUT_SIZE) answer(c, "500 5.5.2 line too long\r\n"), c->closing = true;
                break;
            }
            size_t size = (size_t)(newline - line);
            taken += size + 1;
            if (size == 0 || line[size - 1] != '\r') {
                answer(c, "500 5.5.2 bare LF\r\n");
                continue;
            }
            line[size - 1] = 0;
            take_command(c, line);
        }
    }
    c->input_size -= taken;
    memmove(c->input, c->input + taken, c->input_size);
    return has_room;
}

static void leave_waiting(struct connection *c)
{
    struct connection *before = NULL;
    for (struct connection *w = first_waiting; w; before = w, w = w->next_waiting) {
        if (w != c) continue;
        if (before) before->next_waiting = c->next_waiting;
        else first_waiting = c->next_waiting;
        if (last_waiting == c) last_waiting = before;
        break;
    }
    c->waiting = false;
}

static void close_connection(struct connection *c)
{
    if (c->waiting) leave_waiting(c);
    close(c->fd);
    free(c->envelope.data);
    free(c->message.data);
    free(c);
    open_connections--;
}

/* Writes what it can; false when the connection is gone. */
static bool flush_output(struct connection *c)
{
    while (c->output_size > 0) {
        ssize_t n = send(c->fd, c->output, c->output_size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN;
        c->output_size -= (size_t)n;
        memmove(c->output, c->output + n, c->output_size);
    }
    return !c->closing;
}

/* Turns until the socket gives and takes no more (its events are edge-triggered) or an answer is waited for. */
static void turn(struct connection *c)
{
    for (;;) {
        bool took_all = take_input(c);
        if (!flush_output(c)) {
            close_connection(c);
            return;
        }
        if (c->waiting || c->output_size > 0) return;
        if (!took_all) continue;
        ssize_t n = recv(c->fd, c->input + c->input_size, INPUT_SIZE - c->input_size, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) {
            close_connection(c);
            return;
        }
        c->input_size += (size_t)n;
    }
}

static void accept_connections(int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EAGAIN) return;
            if (errno == EINTR || errno == ECONNABORTED) continue;
            stop("accept");
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *c = calloc(1, sizeof *c);
        if (!c) stop("out of memory");
        c->fd = fd;
        open_connections++;
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) stop("epoll_ctl");
        if (options.max_connections && open_connections > options.max_connections) {
            answer(c, "421 4.3.2 too many connections\r\n");
            c->closing = true;
        } else if (!answer_step(c, CONNECT, "220 sink.invalid ESMTP\r\n")) {
            c->closing = true;
        }
        turn(c);
    }
}

static void answer_due(void)
{
    long now = now_ms();
    while (first_waiting && first_waiting->due_ms <= now) {
        struct connection *c = first_waiting;
        leave_waiting(c);
        answer_message(c);
        turn(c);
    }
}

static int milliseconds_to_sleep(void)
{
    if (!first_waiting) return PARENT_CHECK_MS;
    long left = first_waiting->due_ms - now_ms();
    if (left < 0) left = 0;
    return left < PARENT_CHECK_MS ? (int)left : PARENT_CHECK_MS;
}

static void print_count(void)
{
    if (!options.count) return;
    if (options.recipients) printf("messages %lu different %lu\n", messages, different);
    else printf("messages %lu\n", messages);
    fflush(stdout);
}

static int listen_on_loopback(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0) stop("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd, (struct sockaddr *)&address, size) < 0) stop("bind");
    if (listen(fd, 4096) < 0) stop("listen");
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0) stop("getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void usage(void)
{
    fprintf(stderr, "usage: smtp_sink [--port N] [--delay MS] [--reply STEP=CODE]... [--store DIR] [--count] "
                    "[--recipients N] [--max-connections N]\n");
    exit(64);
}

static int number(const char *text, int maximum)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (*end || end == text || value < 0 || value > maximum) usage();
    return (int)value;
}

/* "rcpt=550" or "rcpt=550 5.1.1 no such user" */
static void set_reply(const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals) usage();
    for (int step = 0; step < STEPS; step++) {
        if (strlen(step_names[step]) != (size_t)(equals - text)) continue;
        if (strncmp(text, step_names[step], (size_t)(equals - text)) != 0) continue;
        struct reply *reply = &options.replies[step];
        char *rest;
        long code = strtol(equals + 1, &rest, 10);
        if (code < 200 || code > 599) usage();
        reply->code = (int)code;
        if (*rest == ' ') snprintf(reply->text, sizeof reply->text, "%s", rest + 1);
        else snprintf(reply->text, sizeof reply->text, "%ld.0.0 as asked by --reply", code / 100);
        return;
    }
    usage();
}

static void read_options(int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i];
        if (strcmp(name, "--count") == 0) {
            options.count = true;
            continue;
        }
        if (i + 1 == count) usage();
        const char *value = arguments[++i];
        if (strcmp(name, "--port") == 0) options.port = number(value, 65535);
        else if (strcmp(name, "--delay") == 0) options.delay_ms = number(value, 3600000);
        else if (strcmp(name, "--max-connections") == 0) options.max_connections = number(value, 1000000);
        else if (strcmp(name, "--recipients") == 0) options.recipients = number(value, 100000000);
        else if (strcmp(name, "--store") == 0) options.store = value;
        else if (strcmp(name, "--reply") == 0) set_reply(value);
        else usage();
    }
    if (options.recipients && !(has_mail = calloc((size_t)options.recipients, sizeof *has_mail))) stop("out of memory");
    if (options.store && access(options.store, W_OK | X_OK) < 0) stop(options.store);
}

static int watch_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) stop("signalfd");
    return fd;
}

/* Prints the count on SIGUSR1; false when it is time to end. */
static bool take_signals(int fd)
{
    struct signalfd_siginfo signal;
    while (read(fd, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo != SIGUSR1) return false;
        print_count();
    }
    return true;
}

int main(int count, char **arguments)
{
    /* The parent's id is compared, not PR_SET_PDEATHSIG: that fires when the thread that forked us ends. */
    pid_t parent = getppid();
    read_options(count, arguments);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) stop("epoll_create1");
    int signals = watch_signals();
    int listener = listen_on_loopback();
    int *sources[] = {&listener, &signals};
    for (size_t i = 0; i < 2; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = sources[i]};
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, *sources[i], &event) < 0) stop("epoll_ctl");
    }
    long next_parent_check = now_ms() + PARENT_CHECK_MS;
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(epoll_fd, events, EVENTS, milliseconds_to_sleep());
        if (ready < 0 && errno != EINTR) stop("epoll_wait");
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == &listener) {
                accept_connections(listener);
            } else if (events[i].data.ptr == &signals) {
                if (!take_signals(signals)) {
                    print_count();
                    return 0;
                }
            } else {
                turn(events[i].data.ptr);
            }
        }
        answer_due();
        if (now_ms() >= next_parent_check) {
            if (getppid() != parent) {
                print_count();
                return 0;
            }
            next_parent_check = now_ms() + PARENT_CHECK_MS;
        }
    }
}
