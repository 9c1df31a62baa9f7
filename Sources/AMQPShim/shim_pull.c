#include "shim_internal.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

int amqp_shim_descriptor(const amqp_shim_connection *connection) {
    return amqp_get_sockfd(connection->state);
}

bool amqp_shim_is_readable(const amqp_shim_connection *connection) {
    struct pollfd descriptor = {.fd = amqp_get_sockfd(connection->state), .events = POLLIN};
    return descriptor.fd >= 0 && poll(&descriptor, 1, 0) > 0;
}

static amqp_shim_bytes view(amqp_bytes_t bytes) {
    // An empty string is present all the same; NULL stands for absent.
    static const uint8_t nothing[1];
    return (amqp_shim_bytes){bytes.len > 0 ? bytes.bytes : nothing, bytes.len};
}

static void read_method(const amqp_method_t *method, amqp_shim_frame *frame) {
    frame->method = method->id;
    switch (method->id) {
    case AMQP_BASIC_DELIVER_METHOD: {
        const amqp_basic_deliver_t *deliver = method->decoded;
        frame->kind = AMQP_SHIM_FRAME_DELIVER;
        frame->consumer_tag = view(deliver->consumer_tag);
        frame->delivery_tag = deliver->delivery_tag;
        frame->redelivered = deliver->redelivered;
        frame->exchange = view(deliver->exchange);
        frame->routing_key = view(deliver->routing_key);
        break;
    }
    case AMQP_BASIC_RETURN_METHOD: {
        const amqp_basic_return_t *returned = method->decoded;
        frame->kind = AMQP_SHIM_FRAME_RETURN;
        frame->reply_code = returned->reply_code;
        frame->reply_text = view(returned->reply_text);
        frame->exchange = view(returned->exchange);
        frame->routing_key = view(returned->routing_key);
        break;
    }
    case AMQP_BASIC_QOS_OK_METHOD:
        frame->kind = AMQP_SHIM_FRAME_QOS_OK;
        break;
    case AMQP_BASIC_CONSUME_OK_METHOD:
        frame->kind = AMQP_SHIM_FRAME_CONSUME_OK;
        frame->consumer_tag = view(((const amqp_basic_consume_ok_t *)method->decoded)->consumer_tag);
        break;
    case AMQP_BASIC_CANCEL_OK_METHOD:
        frame->kind = AMQP_SHIM_FRAME_CANCEL_OK;
        frame->consumer_tag = view(((const amqp_basic_cancel_ok_t *)method->decoded)->consumer_tag);
        break;
    case AMQP_BASIC_CANCEL_METHOD:
        frame->kind = AMQP_SHIM_FRAME_CANCEL;
        frame->consumer_tag = view(((const amqp_basic_cancel_t *)method->decoded)->consumer_tag);
        break;
    case AMQP_QUEUE_BIND_OK_METHOD:
        frame->kind = AMQP_SHIM_FRAME_BIND_OK;
        break;
    case AMQP_BASIC_ACK_METHOD: {
        const amqp_basic_ack_t *ack = method->decoded;
        frame->kind = AMQP_SHIM_FRAME_ACK;
        frame->delivery_tag = ack->delivery_tag;
        frame->multiple = ack->multiple;
        break;
    }
    case AMQP_BASIC_NACK_METHOD: {
        const amqp_basic_nack_t *nack = method->decoded;
        frame->kind = AMQP_SHIM_FRAME_NACK;
        frame->delivery_tag = nack->delivery_tag;
        frame->multiple = nack->multiple;
        frame->requeue = nack->requeue;
        break;
    }
    case AMQP_CHANNEL_CLOSE_METHOD: {
        const amqp_channel_close_t *close = method->decoded;
        frame->kind = AMQP_SHIM_FRAME_CHANNEL_CLOSE;
        frame->reply_code = close->reply_code;
        frame->reply_text = view(close->reply_text);
        break;
    }
    case AMQP_CONNECTION_CLOSE_METHOD: {
        const amqp_connection_close_t *close = method->decoded;
        frame->kind = AMQP_SHIM_FRAME_CONNECTION_CLOSE;
        frame->reply_code = close->reply_code;
        frame->reply_text = view(close->reply_text);
        break;
    }
    case AMQP_CONNECTION_CLOSE_OK_METHOD:
        frame->kind = AMQP_SHIM_FRAME_CONNECTION_CLOSE_OK;
        break;
    case AMQP_CONNECTION_BLOCKED_METHOD:
        frame->kind = AMQP_SHIM_FRAME_BLOCKED;
        frame->reply_text = view(((const amqp_connection_blocked_t *)method->decoded)->reason);
        break;
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
        frame->kind = AMQP_SHIM_FRAME_UNBLOCKED;
        break;
    default:
        frame->kind = AMQP_SHIM_FRAME_OTHER;
        break;
    }
}

static bool read_header(
    amqp_shim_connection *connection, const amqp_frame_t *source, amqp_shim_frame *frame
) {
    // The only class with content. The library decodes the header of any class it knows, into a smaller struct than this
    // one's: nothing of such a header may be read.
    if (source->payload.properties.class_id != AMQP_BASIC_CLASS) {
        frame->kind = AMQP_SHIM_FRAME_OTHER;
        return true;
    }
    frame->kind = AMQP_SHIM_FRAME_HEADER;
    frame->body_size = source->payload.properties.body_size;
    const amqp_basic_properties_t *properties = source->payload.properties.decoded;
    amqp_flags_t flags = properties->_flags;
    if (flags & AMQP_BASIC_MESSAGE_ID_FLAG) frame->message_id = view(properties->message_id);
    if (flags & AMQP_BASIC_CORRELATION_ID_FLAG) frame->correlation_id = view(properties->correlation_id);
    if (flags & AMQP_BASIC_CONTENT_TYPE_FLAG) frame->content_type = view(properties->content_type);
    if (flags & AMQP_BASIC_TYPE_FLAG) frame->type = view(properties->type);
    if (flags & AMQP_BASIC_TIMESTAMP_FLAG) {
        frame->has_timestamp = true;
        frame->timestamp = properties->timestamp;
    }
    if (flags & AMQP_BASIC_DELIVERY_MODE_FLAG) {
        frame->has_delivery_mode = true;
        frame->delivery_mode = properties->delivery_mode;
    }
    if (flags & AMQP_BASIC_HEADERS_FLAG) return shim_flatten(connection, &properties->headers, frame);
    return true;
}

/// Moves the bytes one field points to into the handle's memory, which has room for them.
static void keep(shim_arena *arena, amqp_shim_bytes *bytes) {
    if (bytes->data == NULL) return;
    uint8_t *place = arena->bytes + arena->used;
    if (bytes->length > 0) memcpy(place, bytes->data, bytes->length);
    bytes->data = place;
    arena->used += bytes->length;
}

/// Copies everything the frame points to out of the library's memory, so that it can be released at once.
static bool copy_out(amqp_shim_connection *connection, amqp_shim_frame *frame) {
    amqp_shim_bytes *parts[] = {
        &frame->reply_text, &frame->consumer_tag, &frame->exchange, &frame->routing_key, &frame->message_id,
        &frame->correlation_id, &frame->content_type, &frame->type, &frame->body,
    };
    size_t part_count = sizeof parts / sizeof parts[0];
    size_t needed = 1;
    for (size_t i = 0; i < part_count; i++) needed += parts[i]->length;
    for (size_t i = 0; i < connection->field_count; i++) {
        needed += connection->fields[i].name.length + connection->fields[i].bytes.length;
    }
    shim_arena *arena = &connection->text;
    if (arena->capacity < needed) {
        uint8_t *bytes = realloc(arena->bytes, needed);
        if (bytes == NULL) return false;
        arena->bytes = bytes;
        arena->capacity = needed;
    }
    arena->used = 0;
    for (size_t i = 0; i < part_count; i++) keep(arena, parts[i]);
    for (size_t i = 0; i < connection->field_count; i++) {
        keep(arena, &connection->fields[i].name);
        keep(arena, &connection->fields[i].bytes);
    }
    return true;
}

bool shim_take_out(amqp_shim_connection *connection, const amqp_frame_t *source, amqp_shim_frame *frame) {
    memset(frame, 0, sizeof *frame);
    connection->field_count = 0;
    bool enough = true;
    frame->channel = source->channel;
    switch (source->frame_type) {
    case AMQP_FRAME_METHOD:
        read_method(&source->payload.method, frame);
        break;
    case AMQP_FRAME_HEADER:
        enough = read_header(connection, source, frame);
        break;
    case AMQP_FRAME_BODY:
        frame->kind = AMQP_SHIM_FRAME_BODY;
        frame->body = view(source->payload.body_fragment);
        break;
    default:
        frame->kind = AMQP_SHIM_FRAME_OTHER;
        break;
    }
    enough = enough && copy_out(connection, frame);
    amqp_maybe_release_buffers_on_channel(connection->state, source->channel);
    return enough;
}

amqp_shim_result amqp_shim_pull(amqp_shim_connection *connection, amqp_shim_frame *frame) {
    memset(frame, 0, sizeof *frame);
    amqp_frame_t source;
    struct timeval none = {0, 0};
    int status = amqp_simple_wait_frame_noblock(connection->state, &source, &none);
    if (status == AMQP_STATUS_TIMEOUT) return (amqp_shim_result){.outcome = AMQP_SHIM_WOULD_BLOCK};
    if (status != AMQP_STATUS_OK) return shim_status(status, "reading from the broker");
    bool enough = shim_take_out(connection, &source, frame);
    return shim_status(enough ? AMQP_STATUS_OK : AMQP_STATUS_NO_MEMORY, "reading from the broker");
}
