import Pipeline

/// All targets, in the order of the way an event takes through the program.
struct FuzzTargets: Sendable {
    let all: [FuzzTarget]

    /// - Throws: when the built-in catalogue, which most targets start from, cannot be loaded.
    init() throws {
        let catalogue = try Catalogue.load(path: nil, options: CatalogueOptions())
        all = [
            .frames, .deliveries, .traceHeaders,
            .events(catalogue), .contacts,
            .catalogues, .templates, .definitions, .rendering(catalogue),
            .mails, .smtpReplies, .smtpTransactions, .serverTexts, .twilioAnswers,
            .rows, .spans,
        ]
    }

    subscript(name: String) -> FuzzTarget? { all.first { $0.name == name } }
}
