#include "shim_internal.h"

#define MAXIMUM_ARGUMENTS 16

/// Sets the limit for the RPC that follows; the library's own default is none.
static int limit(amqp_shim_connection *connection, uint32_t timeout_ms) {
    struct timeval timeout = shim_timeval(timeout_ms);
    return amqp_set_rpc_timeout(connection->state, &timeout);
}

amqp_shim_result amqp_shim_open_channel(amqp_shim_connection *connection, uint16_t channel, uint32_t timeout_ms) {
    int status = limit(connection, timeout_ms);
    if (status != AMQP_STATUS_OK) return shim_status(status, "channel.open");
    amqp_channel_open(connection->state, channel);
    return shim_reply(amqp_get_rpc_reply(connection->state), "channel.open");
}

amqp_shim_result amqp_shim_declare_exchange(
    amqp_shim_connection *connection, uint16_t channel, const char *name, bool passive, uint32_t timeout_ms
) {
    int status = limit(connection, timeout_ms);
    if (status != AMQP_STATUS_OK) return shim_status(status, "exchange.declare");
    amqp_exchange_declare(
        connection->state, channel, amqp_cstring_bytes(name), amqp_cstring_bytes("topic"), passive, 1, 0, 0,
        amqp_empty_table
    );
    return shim_reply(amqp_get_rpc_reply(connection->state), "exchange.declare");
}

amqp_shim_result amqp_shim_declare_queue(
    amqp_shim_connection *connection, uint16_t channel, const char *name, bool passive,
    const amqp_shim_argument *arguments, size_t argument_count, uint32_t timeout_ms
) {
    if (argument_count > MAXIMUM_ARGUMENTS) return shim_status(AMQP_STATUS_INVALID_PARAMETER, "queue.declare");
    amqp_table_entry_t entries[MAXIMUM_ARGUMENTS];
    for (size_t i = 0; i < argument_count; i++) {
        entries[i].key = amqp_cstring_bytes(arguments[i].name);
        if (arguments[i].text != NULL) {
            entries[i].value.kind = AMQP_FIELD_KIND_UTF8;
            entries[i].value.value.bytes = amqp_cstring_bytes(arguments[i].text);
        } else {
            entries[i].value.kind = AMQP_FIELD_KIND_I32;
            entries[i].value.value.i32 = arguments[i].number;
        }
    }
    amqp_table_t table = {.num_entries = (int)argument_count, .entries = entries};
    int status = limit(connection, timeout_ms);
    if (status != AMQP_STATUS_OK) return shim_status(status, "queue.declare");
    amqp_queue_declare(connection->state, channel, amqp_cstring_bytes(name), passive, 1, 0, 0, table);
    return shim_reply(amqp_get_rpc_reply(connection->state), "queue.declare");
}

amqp_shim_result amqp_shim_bind_queue(
    amqp_shim_connection *connection, uint16_t channel, const char *queue, const char *exchange,
    const char *routing_key, uint32_t timeout_ms
) {
    int status = limit(connection, timeout_ms);
    if (status != AMQP_STATUS_OK) return shim_status(status, "queue.bind");
    amqp_queue_bind(
        connection->state, channel, amqp_cstring_bytes(queue), amqp_cstring_bytes(exchange),
        amqp_cstring_bytes(routing_key), amqp_empty_table
    );
    return shim_reply(amqp_get_rpc_reply(connection->state), "queue.bind");
}

amqp_shim_result amqp_shim_select_confirms(amqp_shim_connection *connection, uint16_t channel, uint32_t timeout_ms) {
    int status = limit(connection, timeout_ms);
    if (status != AMQP_STATUS_OK) return shim_status(status, "confirm.select");
    amqp_confirm_select(connection->state, channel);
    return shim_reply(amqp_get_rpc_reply(connection->state), "confirm.select");
}
