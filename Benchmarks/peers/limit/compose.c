/* Reads an event and writes its mail: plain text, into the event's own room. */
#define _GNU_SOURCE
#include "limit.h"
#include <stdio.h>
#include <string.h>

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
    if (!quote) stop(name, "does not end");
    size_t length = (size_t)(quote - start);
    if (length >= room || memchr(start, '\\', length)) stop(name, "is too long, or has escapes");
    memcpy(to, start, length);
    to[length] = 0;
}

void compose(struct event *event, const char *body, size_t size)
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
        const char *done = has_failed ? "we could not take" : "we received";
        snprintf(subject, sizeof subject, "Your payment of %s %s%s", amount, currency, has_failed ? " failed" : "");
        snprintf(text, sizeof text, "%s %s %s. Reference: %s.", done, amount, currency, payment);
    } else {
        snprintf(subject, sizeof subject, "Welcome");
        snprintf(text, sizeof text, "your account is ready.");
    }
    static const char form[] = "From: Payments <no-reply@example.com>\r\nTo: <%s>\r\nSubject: %s\r\n"
                               "Message-ID: <%s@example.com>\r\nMIME-Version: 1.0\r\n"
                               "Content-Type: text/plain; charset=utf-8\r\n\r\nHello %s,\r\n\r\n%s\r\n.\r\n";
    int written = snprintf(event->mail, sizeof event->mail, form, event->email, subject, event->id, name, text);
    if (written >= (int)sizeof event->mail) stop("mail", "is too long");
    event->mail_size = (size_t)written;
}
