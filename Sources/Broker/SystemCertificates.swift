#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where Linux distributions keep the certificate authorities: librabbitmq has to be told a file.
enum SystemCertificates {
    /// Debian, Ubuntu, Alpine; Fedora, RHEL; openSUSE; RHEL 7 and later; Alpine's and others' OpenSSL folder.
    private static let places = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    /// The first that can be read, or nil.
    static var file: String? { places.first { access($0, R_OK) == 0 } }
}
