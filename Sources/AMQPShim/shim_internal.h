#pragma once

#include "amqp_shim.h"

#include <sys/time.h>

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

/// Memory that lives until the next pull: blocks are kept and used again.
typedef struct {
    uint8_t *bytes;
    size_t used;
    size_t capacity;
} shim_arena;

struct amqp_shim_connection {
    amqp_connection_state_t state;
    shim_arena text;
    amqp_shim_field *fields;
    size_t field_count;
    size_t field_capacity;
    uint16_t heartbeat_seconds;
    uint32_t frame_size;
    /// What OpenSSL has against the peer's certificate (X509_V_ERR_…); 0: nothing.
    int verification_error;
    /// The broker asked for our certificate in the handshake.
    bool is_certificate_wanted;
};

/// The funnel for the library's status codes; `what` names the call for the reader.
amqp_shim_result shim_status(int status, const char *what);

/// The funnel for the library's RPC replies, the broker's own words included.
amqp_shim_result shim_reply(amqp_rpc_reply_t reply, const char *what);

/// Verifies the peer's certificate in the handshake and remembers what is wrong with it; before the socket is opened.
void shim_tls_watch(amqp_shim_connection *connection, amqp_socket_t *socket);

/// Adds to a failure of TLS what OpenSSL knows of it, on the thread of the failed call and right after it.
amqp_shim_result shim_tls_explain(const amqp_shim_connection *connection, amqp_shim_result result);

struct timeval shim_timeval(uint32_t milliseconds);

/// Fills in the fields of `frame` from the table; false when memory is short.
bool shim_flatten(amqp_shim_connection *connection, const amqp_table_t *table, amqp_shim_frame *frame);

/// Copies a frame that the library decoded into the handle's memory, and lets go of the library's; false when memory is
/// short.
bool shim_take_out(amqp_shim_connection *connection, const amqp_frame_t *source, amqp_shim_frame *frame);
