#include "shim_internal.h"

#include <poll.h>
#include <string.h>

#define MAXIMUM_HEADERS 64

/// Linux reports room for writing only while a third of the send buffer is free, which is far more than one of our frames.
static bool has_room(amqp_shim_connection *connection) {
    struct pollfd descriptor = {.fd = amqp_get_sockfd(connection->state), .events = POLLOUT};
    // A dead descriptor counts as room: the write then says what is wrong.
    return descriptor.fd < 0 || poll(&descriptor, 1, 0) != 0;
}

static amqp_shim_result send_method(
    amqp_shim_connection *connection, uint16_t channel, amqp_method_number_t id, void *method, const char *what
) {
    if (!has_room(connection)) return (amqp_shim_result){.outcome = AMQP_SHIM_WOULD_BLOCK};
    return shim_status(amqp_send_method(connection->state, channel, id, method), what);
}

static amqp_bytes_t text(const char *string) {
    return string != NULL ? amqp_cstring_bytes(string) : amqp_empty_bytes;
}

amqp_shim_result amqp_shim_send_qos(amqp_shim_connection *connection, uint16_t channel, uint16_t prefetch) {
    amqp_basic_qos_t method = {.prefetch_size = 0, .prefetch_count = prefetch, .global = 0};
    return send_method(connection, channel, AMQP_BASIC_QOS_METHOD, &method, "basic.qos");
}

amqp_shim_result amqp_shim_send_consume(
    amqp_shim_connection *connection, uint16_t channel, const char *queue, const char *consumer_tag
) {
    amqp_basic_consume_t method = {
        .queue = text(queue), .consumer_tag = text(consumer_tag), .arguments = amqp_empty_table
    };
    return send_method(connection, channel, AMQP_BASIC_CONSUME_METHOD, &method, "basic.consume");
}

amqp_shim_result amqp_shim_send_cancel(amqp_shim_connection *connection, uint16_t channel, const char *consumer_tag) {
    amqp_basic_cancel_t method = {.consumer_tag = text(consumer_tag)};
    return send_method(connection, channel, AMQP_BASIC_CANCEL_METHOD, &method, "basic.cancel");
}

amqp_shim_result amqp_shim_send_bind(
    amqp_shim_connection *connection, uint16_t channel, const char *queue, const char *exchange,
    const char *routing_key
) {
    amqp_queue_bind_t method = {
        .queue = text(queue), .exchange = text(exchange), .routing_key = text(routing_key),
        .arguments = amqp_empty_table,
    };
    return send_method(connection, channel, AMQP_QUEUE_BIND_METHOD, &method, "queue.bind");
}

amqp_shim_result amqp_shim_send_ack(
    amqp_shim_connection *connection, uint16_t channel, uint64_t delivery_tag, bool multiple
) {
    amqp_basic_ack_t method = {.delivery_tag = delivery_tag, .multiple = multiple};
    return send_method(connection, channel, AMQP_BASIC_ACK_METHOD, &method, "basic.ack");
}

amqp_shim_result amqp_shim_send_nack(
    amqp_shim_connection *connection, uint16_t channel, uint64_t delivery_tag, bool multiple, bool requeue
) {
    amqp_basic_nack_t method = {.delivery_tag = delivery_tag, .multiple = multiple, .requeue = requeue};
    return send_method(connection, channel, AMQP_BASIC_NACK_METHOD, &method, "basic.nack");
}

amqp_shim_result amqp_shim_send_channel_close_ok(amqp_shim_connection *connection, uint16_t channel) {
    amqp_channel_close_ok_t method = {0};
    return send_method(connection, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &method, "channel.close-ok");
}

amqp_shim_result amqp_shim_send_connection_close(amqp_shim_connection *connection) {
    amqp_connection_close_t method = {.reply_code = AMQP_REPLY_SUCCESS, .reply_text = text("closing")};
    return send_method(connection, 0, AMQP_CONNECTION_CLOSE_METHOD, &method, "connection.close");
}

amqp_shim_result amqp_shim_send_connection_close_ok(amqp_shim_connection *connection) {
    amqp_connection_close_ok_t method = {0};
    return send_method(connection, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &method, "connection.close-ok");
}

static amqp_shim_result send_frame(amqp_shim_connection *connection, const amqp_frame_t *frame, const char *what) {
    if (!has_room(connection)) return (amqp_shim_result){.outcome = AMQP_SHIM_WOULD_BLOCK};
    return shim_status(amqp_send_frame(connection->state, frame), what);
}

amqp_shim_result amqp_shim_send_heartbeat(amqp_shim_connection *connection) {
    amqp_frame_t frame = {.frame_type = AMQP_FRAME_HEARTBEAT, .channel = 0};
    return send_frame(connection, &frame, "heartbeat");
}

amqp_shim_result amqp_shim_send_publish(
    amqp_shim_connection *connection, uint16_t channel, const amqp_shim_message *message
) {
    amqp_basic_publish_t method = {
        .exchange = text(message->exchange), .routing_key = text(message->routing_key), .mandatory = 1,
    };
    return send_method(connection, channel, AMQP_BASIC_PUBLISH_METHOD, &method, "basic.publish");
}

amqp_shim_result amqp_shim_send_content_header(
    amqp_shim_connection *connection, uint16_t channel, const amqp_shim_message *message
) {
    if (message->header_count > MAXIMUM_HEADERS) return shim_status(AMQP_STATUS_INVALID_PARAMETER, "headers");
    amqp_table_entry_t entries[MAXIMUM_HEADERS];
    for (size_t i = 0; i < message->header_count; i++) {
        const amqp_shim_header *header = &message->headers[i];
        entries[i].key = amqp_cstring_bytes(header->name);
        if (header->text != NULL) {
            entries[i].value.kind = AMQP_FIELD_KIND_UTF8;
            entries[i].value.value.bytes = (amqp_bytes_t){header->text_length, (void *)header->text};
        } else {
            entries[i].value.kind = AMQP_FIELD_KIND_I64;
            entries[i].value.value.i64 = header->number;
        }
    }
    amqp_basic_properties_t properties = {
        .message_id = text(message->message_id),
        .correlation_id = text(message->correlation_id),
        .content_type = text(message->content_type),
        .type = text(message->type),
        .timestamp = message->timestamp,
        .delivery_mode = message->delivery_mode,
        .headers = {.num_entries = (int)message->header_count, .entries = entries},
    };
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    if (message->message_id != NULL) properties._flags |= AMQP_BASIC_MESSAGE_ID_FLAG;
    if (message->correlation_id != NULL) properties._flags |= AMQP_BASIC_CORRELATION_ID_FLAG;
    if (message->content_type != NULL) properties._flags |= AMQP_BASIC_CONTENT_TYPE_FLAG;
    if (message->type != NULL) properties._flags |= AMQP_BASIC_TYPE_FLAG;
    if (message->has_timestamp) properties._flags |= AMQP_BASIC_TIMESTAMP_FLAG;
    if (message->header_count > 0) properties._flags |= AMQP_BASIC_HEADERS_FLAG;
    amqp_frame_t frame = {.frame_type = AMQP_FRAME_HEADER, .channel = channel};
    frame.payload.properties.class_id = AMQP_BASIC_CLASS;
    frame.payload.properties.body_size = message->body_size;
    frame.payload.properties.decoded = &properties;
    return send_frame(connection, &frame, "content header");
}

amqp_shim_result amqp_shim_send_body(
    amqp_shim_connection *connection, uint16_t channel, const uint8_t *bytes, size_t length
) {
    amqp_frame_t frame = {.frame_type = AMQP_FRAME_BODY, .channel = channel};
    frame.payload.body_fragment = (amqp_bytes_t){length, (void *)bytes};
    return send_frame(connection, &frame, "content body");
}
