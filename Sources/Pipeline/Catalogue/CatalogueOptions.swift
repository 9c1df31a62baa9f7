/// What the configuration says about every notification of the catalogue.
public struct CatalogueOptions: Sendable, Equatable {
    /// Locale of a message whose recipient has none, or none that a template exists for (`catalogue.locale`).
    public var locale: String
    /// Time zone of times shown to a recipient who has none (`catalogue.timezone`), an IANA name.
    public var timezone: String
    /// The most SMS segments one message may take (`sms.maxSegments`).
    public var maximumSegments: Int

    public init(locale: String = "en", timezone: String = "UTC", maximumSegments: Int = 3) {
        self.locale = locale
        self.timezone = timezone
        self.maximumSegments = maximumSegments
    }
}
