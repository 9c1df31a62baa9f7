/// A certificate and its key in one file, made for these tests and trusted by nobody.
enum TestCertificate {
    static let pair = """
        -----BEGIN CERTIFICATE-----
        MIIBdTCCARugAwIBAgIUFZiEFwFWqwZFiRKrrfgYibac5K0wCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMwMzEyMTdaGA8yMTI2MTAzMDAzMTIx
        N1owDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABG2v
        DWxe469z9FEClywUtsIjUwOmneKz1ZWVkNXCf9QQ5ANJ8R/C7GYVT5cBMYrqS9+w
        8budIR9ahLSnPA3XkVyjUzBRMB0GA1UdDgQWBBQcPVW5XQgbQWdjc9fA+Xub6FWI
        BjAfBgNVHSMEGDAWgBQcPVW5XQgbQWdjc9fA+Xub6FWIBjAPBgNVHRMBAf8EBTAD
        AQH/MAoGCCqGSM49BAMCA0gAMEUCIEOwQMzY8Oz34pEuCfdmmfeNM03B9FmE9oVq
        DGUF6TAPAiEAsNIhxAMOqBXFuR1mLQqrSAQCChoWQw14rp88Jh/UDIM=
        -----END CERTIFICATE-----
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg01rccXL/1vIb3AdI
        lnIndT0E1L3QmZ98oePa4odFvDKhRANCAARtrw1sXuOvc/RRApcsFLbCI1MDpp3i
        s9WVlZDVwn/UEOQDSfEfwuxmFU+XATGK6kvfsPG7nSEfWoS0pzwN15Fc
        -----END PRIVATE KEY-----

        """
}
