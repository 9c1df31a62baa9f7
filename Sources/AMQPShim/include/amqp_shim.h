#pragma once

// The fence around librabbitmq: the only place that includes its headers.
//
// Everything crosses it flat. Strings that come out lie in memory of the handle and stay valid until the next call that
// takes the same handle; nothing of librabbitmq's own memory leaks out. No policy lives here: what to send, when to
// retry and what an answer means is decided in Swift. A handle belongs to one thread at a time.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct amqp_shim_connection amqp_shim_connection;

/// Bytes of the handle's memory; `data` is NULL where the peer sent no such field.
typedef struct {
    const uint8_t *data;
    size_t length;
} amqp_shim_bytes;

typedef enum {
    AMQP_SHIM_OK = 0,
    /// Nothing to read now, or no room to write now: watch the descriptor.
    AMQP_SHIM_WOULD_BLOCK,
    AMQP_SHIM_TIMED_OUT,
    /// The broker answered with channel.close: `code` and `text` are its own.
    AMQP_SHIM_CHANNEL_CLOSED,
    /// The broker answered with connection.close: `code` and `text` are its own.
    AMQP_SHIM_CONNECTION_CLOSED,
    AMQP_SHIM_CONNECT_FAILED,
    AMQP_SHIM_TLS_FAILED,
    AMQP_SHIM_LOST,
    /// Bytes that are not AMQP 0-9-1.
    AMQP_SHIM_BAD_DATA,
    AMQP_SHIM_FAILED,
} amqp_shim_outcome;

/// Whose matter a failure of TLS is: the `code` of AMQP_SHIM_TLS_FAILED.
typedef enum {
    AMQP_SHIM_TLS_OTHER = 0,
    /// The broker's certificate is past its end, or before its beginning.
    AMQP_SHIM_TLS_EXPIRED,
    /// No authority of the file vouches for the broker's certificate.
    AMQP_SHIM_TLS_UNTRUSTED,
    /// The broker's certificate is for another name.
    AMQP_SHIM_TLS_OTHER_NAME,
    /// The broker wants a client certificate, or another one than ours.
    AMQP_SHIM_TLS_CLIENT_REFUSED,
} amqp_shim_tls_matter;

/// What a call came to; `text` is one line, NUL-terminated, and may hold any bytes of the peer's.
typedef struct {
    amqp_shim_outcome outcome;
    int32_t code;
    char text[512];
} amqp_shim_result;

// MARK: Life

/// Swift cannot make librabbitmq's opaque state itself. NULL when memory is short.
amqp_shim_connection *amqp_shim_create(void);

/// Closes the descriptor and frees all; says nothing to the broker. NULL is fine.
void amqp_shim_destroy(amqp_shim_connection *connection);

// MARK: Connecting: these block, each no longer than its timeout, the look-up of a name excepted

typedef struct {
    const char *host;
    uint16_t port;
    bool use_tls;
    /// PEM files; `certificate` and `key` may be NULL.
    const char *ca_file;
    const char *certificate_file;
    const char *key_file;
    uint32_t timeout_ms;
} amqp_shim_address;

/// Opens the socket, over TLS with peer and host name verified, and turns Nagle's algorithm off: three library calls
/// with distinct ways to fail, which come out as one result.
amqp_shim_result amqp_shim_open(amqp_shim_connection *connection, const amqp_shim_address *address);

typedef struct {
    const char *virtual_host;
    const char *username;
    const char *password;
    const char *connection_name;
    const char *product;
    const char *version;
    uint16_t heartbeat_seconds;
    uint32_t timeout_ms;
} amqp_shim_identity;

/// Logs in by SASL PLAIN with our properties and capabilities: the library's plain `amqp_login` leaves out
/// consumer_cancel_notify, and its login function is variadic, which Swift cannot call.
///
/// Afterwards the library's own heartbeats are off (it would write them inside reads, where a full socket blocks); the
/// caller keeps them: `amqp_shim_heartbeat_seconds`, `amqp_shim_send_heartbeat`.
amqp_shim_result amqp_shim_login(amqp_shim_connection *connection, const amqp_shim_identity *identity);

/// The heartbeat both sides agreed on, 0 for none: the library forgets it when its own are turned off.
uint16_t amqp_shim_heartbeat_seconds(const amqp_shim_connection *connection);

/// The largest frame the broker takes, in bytes: ours is raised after the login, see amqp_shim_login.
uint32_t amqp_shim_frame_size(const amqp_shim_connection *connection);

/// A text entry of the broker's properties ("version", "product"), which the library keeps as a tagged union.
amqp_shim_bytes amqp_shim_server_property(amqp_shim_connection *connection, const char *name);

/// One argument of a declaration: text when not NULL, else the number.
typedef struct {
    const char *name;
    const char *text;
    int32_t number;
} amqp_shim_argument;

// The declarations below take C strings instead of the library's structs, and turn its tri-state reply into a result.

amqp_shim_result amqp_shim_open_channel(amqp_shim_connection *connection, uint16_t channel, uint32_t timeout_ms);

/// Durable topic exchange; passive: only looks whether one of that name exists.
amqp_shim_result amqp_shim_declare_exchange(
    amqp_shim_connection *connection, uint16_t channel, const char *name, bool passive, uint32_t timeout_ms
);

/// Durable queue; passive: only looks whether one of that name exists. At most 16 arguments.
amqp_shim_result amqp_shim_declare_queue(
    amqp_shim_connection *connection, uint16_t channel, const char *name, bool passive,
    const amqp_shim_argument *arguments, size_t argument_count, uint32_t timeout_ms
);

amqp_shim_result amqp_shim_bind_queue(
    amqp_shim_connection *connection, uint16_t channel, const char *queue, const char *exchange,
    const char *routing_key, uint32_t timeout_ms
);

/// Turns publisher confirms on for the channel.
amqp_shim_result amqp_shim_select_confirms(amqp_shim_connection *connection, uint16_t channel, uint32_t timeout_ms);

/// connection.close and the wait for its answer, for connections that never reached the reactor.
void amqp_shim_close_politely(amqp_shim_connection *connection, uint32_t timeout_ms);

// MARK: On the reactor: none of these blocks

/// The socket's descriptor, which the library owns; -1 when there is none (any more).
int amqp_shim_descriptor(const amqp_shim_connection *connection);

/// Whether bytes (or the end) wait in the socket: tells a silent peer from one that only sent heartbeats, which the
/// library swallows.
bool amqp_shim_is_readable(const amqp_shim_connection *connection);

typedef enum {
    AMQP_SHIM_FRAME_OTHER = 0,
    AMQP_SHIM_FRAME_DELIVER,
    AMQP_SHIM_FRAME_RETURN,
    AMQP_SHIM_FRAME_HEADER,
    AMQP_SHIM_FRAME_BODY,
    AMQP_SHIM_FRAME_QOS_OK,
    AMQP_SHIM_FRAME_CONSUME_OK,
    AMQP_SHIM_FRAME_CANCEL_OK,
    AMQP_SHIM_FRAME_CANCEL,
    AMQP_SHIM_FRAME_BIND_OK,
    AMQP_SHIM_FRAME_ACK,
    AMQP_SHIM_FRAME_NACK,
    AMQP_SHIM_FRAME_CHANNEL_CLOSE,
    AMQP_SHIM_FRAME_CONNECTION_CLOSE,
    AMQP_SHIM_FRAME_CONNECTION_CLOSE_OK,
    AMQP_SHIM_FRAME_BLOCKED,
    AMQP_SHIM_FRAME_UNBLOCKED,
} amqp_shim_frame_kind;

/// One value of a field table. Tables and arrays come before their members (pre-order); `members` counts the direct
/// ones. A table's members have names.
typedef struct {
    /// The type's letter on the wire, 'S' for text, 'F' for a table and so on; 'V' for null.
    uint8_t type;
    /// Of a decimal.
    uint8_t scale;
    uint32_t members;
    amqp_shim_bytes name;
    amqp_shim_bytes bytes;
    int64_t integer;
    uint64_t natural;
    double real;
} amqp_shim_field;

/// One frame, flat: which members are set goes by its kind.
typedef struct {
    amqp_shim_frame_kind kind;
    uint16_t channel;
    /// The method's number (class and method) for the kinds not known here.
    uint32_t method;
    uint64_t delivery_tag;
    bool multiple;
    bool requeue;
    bool redelivered;
    uint16_t reply_code;
    amqp_shim_bytes reply_text;
    amqp_shim_bytes consumer_tag;
    amqp_shim_bytes exchange;
    amqp_shim_bytes routing_key;
    /// Of a content header.
    uint64_t body_size;
    amqp_shim_bytes message_id;
    amqp_shim_bytes correlation_id;
    amqp_shim_bytes content_type;
    amqp_shim_bytes type;
    bool has_timestamp;
    uint64_t timestamp;
    bool has_delivery_mode;
    uint8_t delivery_mode;
    /// The headers' entries and everything below them in pre-order; `header_count` counts the entries themselves.
    const amqp_shim_field *fields;
    size_t field_count;
    size_t header_count;
    /// Of a body frame.
    amqp_shim_bytes body;
} amqp_shim_frame;

/// Takes the next frame without waiting. Call until it would block: bytes can wait in the library and in the TLS layer,
/// where no descriptor tells. Tables nested deeper than 32 levels come out as null.
amqp_shim_result amqp_shim_pull(amqp_shim_connection *connection, amqp_shim_frame *frame);

// Each of these writes one small frame when the socket has room for it and says AMQP_SHIM_WOULD_BLOCK, with nothing
// written, when not: the library itself waits without limit on a full socket.

amqp_shim_result amqp_shim_send_qos(amqp_shim_connection *connection, uint16_t channel, uint16_t prefetch);
amqp_shim_result amqp_shim_send_consume(
    amqp_shim_connection *connection, uint16_t channel, const char *queue, const char *consumer_tag
);
amqp_shim_result amqp_shim_send_cancel(amqp_shim_connection *connection, uint16_t channel, const char *consumer_tag);
amqp_shim_result amqp_shim_send_bind(
    amqp_shim_connection *connection, uint16_t channel, const char *queue, const char *exchange,
    const char *routing_key
);
amqp_shim_result amqp_shim_send_ack(
    amqp_shim_connection *connection, uint16_t channel, uint64_t delivery_tag, bool multiple
);
amqp_shim_result amqp_shim_send_nack(
    amqp_shim_connection *connection, uint16_t channel, uint64_t delivery_tag, bool multiple, bool requeue
);
amqp_shim_result amqp_shim_send_channel_close_ok(amqp_shim_connection *connection, uint16_t channel);
amqp_shim_result amqp_shim_send_connection_close(amqp_shim_connection *connection);
amqp_shim_result amqp_shim_send_connection_close_ok(amqp_shim_connection *connection);
amqp_shim_result amqp_shim_send_heartbeat(amqp_shim_connection *connection);

/// One header of a message to be published: text, or a number when `text` is NULL.
typedef struct {
    const char *name;
    const char *text;
    size_t text_length;
    int64_t number;
} amqp_shim_header;

typedef struct {
    const char *exchange;
    const char *routing_key;
    const char *message_id;
    const char *correlation_id;
    const char *content_type;
    const char *type;
    bool has_timestamp;
    uint64_t timestamp;
    uint8_t delivery_mode;
    const amqp_shim_header *headers;
    size_t header_count;
    uint64_t body_size;
} amqp_shim_message;

/// Begins a mandatory message: the basic.publish frame, and the content header by `amqp_shim_send_content_header`; two
/// calls because either may find the socket full. The body follows in pieces of at most `amqp_shim_frame_size` - 8.
amqp_shim_result amqp_shim_send_publish(
    amqp_shim_connection *connection, uint16_t channel, const amqp_shim_message *message
);
amqp_shim_result amqp_shim_send_content_header(
    amqp_shim_connection *connection, uint16_t channel, const amqp_shim_message *message
);
amqp_shim_result amqp_shim_send_body(
    amqp_shim_connection *connection, uint16_t channel, const uint8_t *bytes, size_t length
);
