#include "shim_internal.h"

#include <stdio.h>
#include <string.h>

static amqp_shim_outcome outcome_of(int status) {
    switch (status) {
    case AMQP_STATUS_OK:
        return AMQP_SHIM_OK;
    case AMQP_STATUS_TIMEOUT:
        return AMQP_SHIM_TIMED_OUT;
    case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED:
    case AMQP_STATUS_TCP_ERROR:
    case AMQP_STATUS_TCP_SOCKETLIB_INIT_ERROR:
        return AMQP_SHIM_CONNECT_FAILED;
    case AMQP_STATUS_SSL_ERROR:
    case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
    case AMQP_STATUS_SSL_PEER_VERIFY_FAILED:
    case AMQP_STATUS_SSL_CONNECTION_FAILED:
        return AMQP_SHIM_TLS_FAILED;
    case AMQP_STATUS_CONNECTION_CLOSED:
    case AMQP_STATUS_SOCKET_ERROR:
    case AMQP_STATUS_SOCKET_CLOSED:
        return AMQP_SHIM_LOST;
    case AMQP_STATUS_BAD_AMQP_DATA:
    case AMQP_STATUS_UNKNOWN_CLASS:
    case AMQP_STATUS_UNKNOWN_METHOD:
    case AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION:
    case AMQP_STATUS_WRONG_METHOD:
    case AMQP_STATUS_UNEXPECTED_STATE:
        return AMQP_SHIM_BAD_DATA;
    default:
        return AMQP_SHIM_FAILED;
    }
}

amqp_shim_result shim_status(int status, const char *what) {
    amqp_shim_result result = {.outcome = outcome_of(status), .code = status};
    if (status != AMQP_STATUS_OK) {
        snprintf(result.text, sizeof result.text, "%s: %s", what, amqp_error_string2(status));
    }
    return result;
}

static amqp_shim_result closed(amqp_shim_outcome outcome, uint16_t code, amqp_bytes_t text) {
    amqp_shim_result result = {.outcome = outcome, .code = code};
    size_t length = text.len < sizeof result.text - 1 ? text.len : sizeof result.text - 1;
    if (length > 0) memcpy(result.text, text.bytes, length);
    return result;
}

amqp_shim_result shim_reply(amqp_rpc_reply_t reply, const char *what) {
    switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
        return (amqp_shim_result){.outcome = AMQP_SHIM_OK};
    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
        return shim_status(reply.library_error, what);
    case AMQP_RESPONSE_SERVER_EXCEPTION:
        if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
            const amqp_channel_close_t *method = reply.reply.decoded;
            return closed(AMQP_SHIM_CHANNEL_CLOSED, method->reply_code, method->reply_text);
        }
        if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
            const amqp_connection_close_t *method = reply.reply.decoded;
            return closed(AMQP_SHIM_CONNECTION_CLOSED, method->reply_code, method->reply_text);
        }
        break;
    default:
        break;
    }
    amqp_shim_result result = {.outcome = AMQP_SHIM_BAD_DATA, .code = (int32_t)reply.reply.id};
    snprintf(result.text, sizeof result.text, "%s: an answer that does not belong here", what);
    return result;
}

struct timeval shim_timeval(uint32_t milliseconds) {
    return (struct timeval){.tv_sec = milliseconds / 1000, .tv_usec = (milliseconds % 1000) * 1000};
}
