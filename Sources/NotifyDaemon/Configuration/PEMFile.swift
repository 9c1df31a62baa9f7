import COpenSSL

/// Looks into PEM files at the start, since OpenSSL itself would speak up at the first handshake only.
///
/// Files that cannot be read are not its business: both answers are nil for them.
enum PEMFile {
    /// Why it is of no use as a file of certificates; nil: it has one.
    static func problem(certificates path: String) -> String? {
        guard let source = source(path) else { return nil }
        defer { BIO_free(source) }
        guard let certificate = certificate(from: source) else { return "holds no certificate in PEM form" }
        X509_free(certificate)
        return nil
    }

    /// Why it cannot be used as the key of the first certificate in the other file; nil: it is its key.
    static func problem(key path: String, of certificatePath: String) -> String? {
        guard let certificateSource = source(certificatePath) else { return nil }
        defer { BIO_free(certificateSource) }
        guard let certificate = certificate(from: certificateSource) else { return nil }
        defer { X509_free(certificate) }
        guard let source = source(path) else { return nil }
        defer { BIO_free(source) }
        // Without a callback of ours OpenSSL would ask the terminal for a passphrase.
        guard let key = PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in 0 }, nil) else {
            ERR_clear_error()
            return "holds no private key in PEM form without a passphrase"
        }
        defer { EVP_PKEY_free(key) }
        guard X509_check_private_key(certificate, key) == 1 else {
            ERR_clear_error()
            return "is not the key of the certificate"
        }
        return nil
    }

    private static func source(_ path: String) -> OpaquePointer? {
        guard let bytes = try? FileBytes.read(path, limit: sizeLimit) else { return nil }
        guard let memory = BIO_new(BIO_s_mem()) else { return nil }
        if !bytes.isEmpty { BIO_write(memory, bytes, Int32(bytes.count)) }
        return memory
    }

    private static func certificate(from source: OpaquePointer) -> OpaquePointer? {
        let certificate = PEM_read_bio_X509(source, nil, { _, _, _, _ in 0 }, nil)
        if certificate == nil { ERR_clear_error() }
        return certificate
    }

    /// A system's whole store has 200 to 300 KiB.
    private static let sizeLimit = 4 << 20
}
