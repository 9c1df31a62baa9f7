#include "include/frame_feed.h"

#include "../../Sources/AMQPShim/shim_internal.h"

amqp_shim_connection *frame_feed_create(uint32_t frame_max) {
    amqp_shim_connection *connection = amqp_shim_create();
    if (connection == NULL) return NULL;
    // A new handle waits for what a broker of another version would answer, and takes settings only after it.
    static const uint8_t greeting[] = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    amqp_shim_frame frame;
    bool is_frame = false;
    size_t taken = frame_feed_decode(connection, greeting, sizeof greeting, &frame, &is_frame);
    if (taken == sizeof greeting && amqp_tune_connection(connection->state, 0, (int)frame_max, 0) == AMQP_STATUS_OK) {
        return connection;
    }
    amqp_shim_destroy(connection);
    return NULL;
}

size_t frame_feed_decode(
    amqp_shim_connection *connection, const uint8_t *bytes, size_t length, amqp_shim_frame *frame, bool *is_frame
) {
    size_t taken = 0;
    *is_frame = false;
    while (taken < length) {
        amqp_frame_t source;
        amqp_bytes_t rest = {.len = length - taken, .bytes = (void *)(bytes + taken)};
        int count = amqp_handle_input(connection->state, rest, &source);
        if (count <= 0) return 0;
        taken += (size_t)count;
        // 0 stands for "not a whole frame yet", which no frame's type is.
        if (source.frame_type == 0) continue;
        *is_frame = shim_take_out(connection, &source, frame);
        return taken;
    }
    return taken;
}
