#pragma once

// Hands bytes to librabbitmq's own decoder as if a broker had sent them, and what it makes of them to the shim's reader.

#include "../../../Sources/AMQPShim/include/amqp_shim.h"

/// A handle without a socket, that takes frames of up to `frame_max` bytes.
amqp_shim_connection *frame_feed_create(uint32_t frame_max);

/// Decodes from the bytes' start to the end of their first frame.
///
/// \return how many bytes were taken, 0 when they are no AMQP 0-9-1; `is_frame` tells whether `frame` was filled in.
size_t frame_feed_decode(
    amqp_shim_connection *connection, const uint8_t *bytes, size_t length, amqp_shim_frame *frame, bool *is_frame
);
