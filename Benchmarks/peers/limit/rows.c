/* Rows in batches: while one is with the server the next grows; a finished one is settled and acknowledged. */
#include "limit.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 4, VALUE = 140, LARGEST = 1000 };

static const char insert[] =
    "INSERT INTO notifications.notification_log"
    " (event_id, event_type, recipient_id, address, channel, status, provider)"
    " SELECT *, 'email', 'sent', 'smtp' FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])";

static PGconn *database;
static struct line waiting, under_way;
static char *arrays[COLUMNS];

static void check(PGresult *result, ExecStatusType wanted)
{
    if (PQresultStatus(result) != wanted) stop("database", PQerrorMessage(database));
    PQclear(result);
}

/* Appends "value" to an array literal; the values of these events need no escapes. */
static size_t append(char *array, size_t size, const char *value)
{
    size_t length = strlen(value);
    if (strpbrk(value, "\"\\") || length + 4 > VALUE) stop(value, "cannot be a value of an array");
    array[size] = size == 0 ? '{' : ',';
    array[size + 1] = '"';
    memcpy(array + size + 2, value, length);
    array[size + 2 + length] = '"';
    return size + length + 3;
}

static void begin(void)
{
    size_t sizes[COLUMNS] = {0};
    while (waiting.first && under_way.size < LARGEST) {
        struct event *event = line_take(&waiting);
        const char *values[COLUMNS] = {event->id, event->type, event->recipient, event->email};
        for (int i = 0; i < COLUMNS; i++) sizes[i] = append(arrays[i], sizes[i], values[i]);
        line_put(&under_way, event);
    }
    for (int i = 0; i < COLUMNS; i++) memcpy(arrays[i] + sizes[i], "}", 2);
    if (!PQsendQueryPrepared(database, "insert", COLUMNS, (const char *const *)arrays, NULL, NULL, 0)) {
        stop("insert", PQerrorMessage(database));
    }
    while (PQflush(database) == 1) continue;
}

static void finish(void)
{
    for (struct event *event; (event = line_take(&under_way)); event_free(event)) broker_settled(event->tag);
    broker_acknowledge();
}

static void turn(void *context)
{
    (void)context;
    if (!PQconsumeInput(database)) stop("database", PQerrorMessage(database));
    while (under_way.size && !PQisBusy(database)) {
        PGresult *result = PQgetResult(database);
        if (result) {
            check(result, PGRES_COMMAND_OK);
            continue;
        }
        finish();
    }
    if (!under_way.size && waiting.size) begin();
}

void rows_add(struct event *event)
{
    line_put(&waiting, event);
    if (!under_way.size) begin();
}

void rows_open(void)
{
    static struct source source = {turn, NULL};
    database = PQconnectdb(setting("BENCH_DATABASE_URL"));
    if (PQstatus(database) != CONNECTION_OK) stop("database", PQerrorMessage(database));
    check(PQprepare(database, "insert", insert, COLUMNS, NULL), PGRES_COMMAND_OK);
    for (int i = 0; i < COLUMNS; i++) {
        arrays[i] = malloc((size_t)LARGEST * VALUE + 2);
        if (!arrays[i]) stop("batch", "out of memory");
    }
    watch(PQsocket(database), &source);
}
