#include "shim_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/// What we ask for; the broker's default is the same.
#define WANTED_FRAME_SIZE 131072
/// What we accept beyond it, see amqp_shim_login.
#define ROOM_FOR_DEATH_HEADERS 32768

amqp_shim_connection *amqp_shim_create(void) {
    amqp_shim_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) return NULL;
    connection->state = amqp_new_connection();
    if (connection->state == NULL) {
        free(connection);
        return NULL;
    }
    return connection;
}

void amqp_shim_destroy(amqp_shim_connection *connection) {
    if (connection == NULL) return;
    amqp_destroy_connection(connection->state);
    free(connection->text.bytes);
    free(connection->fields);
    free(connection);
}

static amqp_shim_result failed_tls(int status, const char *what, const char *file) {
    amqp_shim_result result = {.outcome = AMQP_SHIM_TLS_FAILED, .code = status};
    snprintf(result.text, sizeof result.text, "%s %s: %s", what, file, amqp_error_string2(status));
    return result;
}

static amqp_shim_result
secure(amqp_shim_connection *connection, amqp_socket_t *socket, const amqp_shim_address *address) {
    amqp_ssl_socket_set_verify_peer(socket, 1);
    amqp_ssl_socket_set_verify_hostname(socket, 1);
    shim_tls_watch(connection, socket);
    int status = amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
    if (status != AMQP_STATUS_OK) return shim_status(status, "TLS 1.2 or newer");
    status = amqp_ssl_socket_set_cacert(socket, address->ca_file);
    if (status != AMQP_STATUS_OK) return failed_tls(status, "certificate authorities in", address->ca_file);
    if (address->certificate_file != NULL && address->key_file != NULL) {
        status = amqp_ssl_socket_set_key(socket, address->certificate_file, address->key_file);
        if (status != AMQP_STATUS_OK) return failed_tls(status, "client certificate", address->certificate_file);
    }
    return (amqp_shim_result){.outcome = AMQP_SHIM_OK};
}

amqp_shim_result amqp_shim_open(amqp_shim_connection *connection, const amqp_shim_address *address) {
    amqp_socket_t *socket =
        address->use_tls ? amqp_ssl_socket_new(connection->state) : amqp_tcp_socket_new(connection->state);
    if (socket == NULL) return shim_status(AMQP_STATUS_NO_MEMORY, "socket");
    if (address->use_tls) {
        amqp_shim_result result = secure(connection, socket, address);
        if (result.outcome != AMQP_SHIM_OK) return shim_tls_explain(connection, result);
    }
    struct timeval timeout = shim_timeval(address->timeout_ms);
    errno = 0;
    int status = amqp_socket_open_noblock(socket, address->host, address->port, &timeout);
    int error = errno;
    if (status != AMQP_STATUS_OK) {
        amqp_shim_result result = shim_status(status, "connecting");
        // Only here does the library say nothing but "socket error". errno has the reason where connecting failed at once;
        // where it failed later, the library has read the reason from the socket and dropped it.
        if (status == AMQP_STATUS_SOCKET_ERROR) {
            result.outcome = AMQP_SHIM_CONNECT_FAILED;
            bool is_known = error != 0 && error != EINPROGRESS;
            snprintf(
                result.text, sizeof result.text, "connecting: %s",
                is_known ? strerror(error) : "refused, or no way there: does the broker run and listen on this port?"
            );
        }
        return shim_tls_explain(connection, result);
    }
    int on = 1;
    setsockopt(amqp_get_sockfd(connection->state), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return (amqp_shim_result){.outcome = AMQP_SHIM_OK};
}

static amqp_table_entry_t text_entry(const char *key, const char *text) {
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = amqp_cstring_bytes(text);
    return entry;
}

static amqp_table_entry_t true_entry(const char *key) {
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};
    entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    entry.value.value.boolean = 1;
    return entry;
}

amqp_shim_result amqp_shim_login(amqp_shim_connection *connection, const amqp_shim_identity *identity) {
    amqp_table_entry_t capabilities[] = {
        true_entry("consumer_cancel_notify"),
        true_entry("connection.blocked"),
        true_entry("basic.nack"),
        true_entry("publisher_confirms"),
        true_entry("authentication_failure_close"),
    };
    amqp_table_entry_t properties[] = {
        text_entry("connection_name", identity->connection_name),
        text_entry("product", identity->product),
        text_entry("version", identity->version),
        {.key = amqp_cstring_bytes("capabilities")},
    };
    properties[3].value.kind = AMQP_FIELD_KIND_TABLE;
    properties[3].value.value.table.num_entries = sizeof capabilities / sizeof capabilities[0];
    properties[3].value.value.table.entries = capabilities;
    amqp_table_t table = {.num_entries = sizeof properties / sizeof properties[0], .entries = properties};

    struct timeval timeout = shim_timeval(identity->timeout_ms);
    int status = amqp_set_handshake_timeout(connection->state, &timeout);
    if (status != AMQP_STATUS_OK) return shim_status(status, "login");
    amqp_rpc_reply_t reply = amqp_login_with_properties(
        connection->state, identity->virtual_host, 0, WANTED_FRAME_SIZE, identity->heartbeat_seconds, &table,
        AMQP_SASL_METHOD_PLAIN, identity->username, identity->password
    );
    amqp_shim_result result = shim_reply(reply, "login");
    // With TLS 1.3 the broker judges our certificate after the handshake, and the login hears of it.
    if (result.outcome != AMQP_SHIM_OK) return shim_tls_explain(connection, result);

    connection->heartbeat_seconds = (uint16_t)amqp_get_heartbeat(connection->state);
    connection->frame_size = (uint32_t)amqp_get_frame_max(connection->state);
    // 0: the library keeps no heartbeats any more. Frames somewhat over the agreed size are accepted from now on: the
    // broker does not split content headers, and x-death can make one larger than the publisher's was, which the
    // library would take for an attack and end the connection, again and again. Not much over it: the library decodes
    // nested tables by recursion, and what one frame holds (5 bytes a level) takes up to 4 MB of stack as it is.
    status = amqp_tune_connection(
        connection->state, amqp_get_channel_max(connection->state), WANTED_FRAME_SIZE + ROOM_FOR_DEATH_HEADERS, 0
    );
    return shim_status(status, "login");
}

uint16_t amqp_shim_heartbeat_seconds(const amqp_shim_connection *connection) {
    return connection->heartbeat_seconds;
}

uint32_t amqp_shim_frame_size(const amqp_shim_connection *connection) {
    return connection->frame_size;
}

amqp_shim_bytes amqp_shim_server_property(amqp_shim_connection *connection, const char *name) {
    const amqp_table_t *table = amqp_get_server_properties(connection->state);
    size_t length = strlen(name);
    for (int i = 0; table != NULL && i < table->num_entries; i++) {
        const amqp_table_entry_t *entry = &table->entries[i];
        if (entry->key.len != length || memcmp(entry->key.bytes, name, length) != 0) continue;
        if (entry->value.kind != AMQP_FIELD_KIND_UTF8) break;
        return (amqp_shim_bytes){entry->value.value.bytes.bytes, entry->value.value.bytes.len};
    }
    return (amqp_shim_bytes){NULL, 0};
}

void amqp_shim_close_politely(amqp_shim_connection *connection, uint32_t timeout_ms) {
    struct timeval timeout = shim_timeval(timeout_ms);
    if (amqp_set_rpc_timeout(connection->state, &timeout) != AMQP_STATUS_OK) return;
    amqp_connection_close(connection->state, AMQP_REPLY_SUCCESS);
}
