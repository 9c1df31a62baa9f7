import DomainEvents
import Pipeline

extension NotifydConfiguration {
    /// Loads the catalogue that `catalogue.path` adds to the built-in one.
    func loadCatalogue() throws(CatalogueError) -> Catalogue {
        try Catalogue.load(
            path: catalogue.path,
            options: CatalogueOptions(
                locale: catalogue.locale,
                timezone: catalogue.timezone,
                maximumSegments: sms.maxSegments
            )
        )
    }

    /// The rules for links in events.
    var linkPolicy: LinkPolicy {
        LinkPolicy(hosts: links.hosts, passwordReset: links.passwordReset)
    }
}
