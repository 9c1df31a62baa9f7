#include "shim_internal.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

static int note_verification(int is_ok, X509_STORE_CTX *store) {
    if (is_ok) return 1;
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    amqp_shim_connection *connection = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    connection->verification_error = X509_STORE_CTX_get_error(store);
    return 0;
}

static int note_request(SSL *ssl, void *connection) {
    (void)ssl;
    ((amqp_shim_connection *)connection)->is_certificate_wanted = true;
    return 1;
}

// The library looks at the certificate after the handshake and says no more than that it failed. Verified within, the
// handshake fails before our own certificate goes out, and the reason can be told.
void shim_tls_watch(amqp_shim_connection *connection, amqp_socket_t *socket) {
    SSL_CTX *context = amqp_ssl_socket_get_context(socket);
    connection->verification_error = X509_V_OK;
    connection->is_certificate_wanted = false;
    ERR_clear_error();
    SSL_CTX_set_app_data(context, connection);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_verification);
    SSL_CTX_set_cert_cb(context, note_request, connection);
}

static amqp_shim_tls_matter matter_of_verification(int error) {
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return AMQP_SHIM_TLS_EXPIRED;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_INVALID_CA:
        return AMQP_SHIM_TLS_UNTRUSTED;
    default:
        return AMQP_SHIM_TLS_OTHER;
    }
}

/// Alerts by which a server refuses a client's certificate or its absence (RFC 8446 §6.2).
static bool is_about_our_certificate(unsigned long error) {
    switch (ERR_GET_REASON(error)) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        return true;
    default:
        return false;
    }
}

amqp_shim_result shim_tls_explain(const amqp_shim_connection *connection, amqp_shim_result result) {
    if (result.outcome != AMQP_SHIM_TLS_FAILED) return result;
    int status = result.code;
    result.code = AMQP_SHIM_TLS_OTHER;
    const char *reason = NULL;
    unsigned long error = ERR_peek_last_error();
    if (connection->verification_error != X509_V_OK) {
        result.code = matter_of_verification(connection->verification_error);
        reason = X509_verify_cert_error_string(connection->verification_error);
    } else if (status == AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED) {
        result.code = AMQP_SHIM_TLS_OTHER_NAME;
    } else if (error != 0) {
        if (is_about_our_certificate(error)) result.code = AMQP_SHIM_TLS_CLIENT_REFUSED;
        reason = ERR_reason_error_string(error);
    } else if (connection->is_certificate_wanted) {
        // A broker that refuses our certificate closes behind its alert. When our first bytes meet the closed socket, the
        // kernel throws the alert away, and all that is left is a broken connection.
        result.code = AMQP_SHIM_TLS_CLIENT_REFUSED;
        reason = "the broker asked for our certificate and hung up";
    }
    if (reason != NULL) {
        size_t length = strlen(result.text);
        snprintf(result.text + length, sizeof result.text - length, " (%s)", reason);
    }
    return result;
}
