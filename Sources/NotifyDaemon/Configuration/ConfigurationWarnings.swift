extension NotifydConfiguration {
    /// What is allowed and yet worth a word in `notifyd check`; a line each.
    var warnings: [String] {
        var warnings: [String] = []
        if storage.key == nil {
            warnings.append("storage.key is not set: the bodies of parked and dead messages are stored unencrypted")
        }
        if storage.addressKey == nil {
            warnings.append(
                "storage.addressKey is not set: the key of address_hash is kept in the database beside the hashes"
            )
        }
        if links.hosts == nil {
            warnings.append("links.hosts is not set: links taken from events may point to any https host")
        }
        for provider in smtp where !provider.url.usesTLS && provider.startTLS != .require {
            guard !HostName.isLoopback(provider.url.host) else { continue }
            let prefix = provider.name == "smtp" ? "smtp" : "smtp.\(provider.name)"
            warnings.append("\(prefix).startTls is \(provider.startTLS.rawValue): emails may cross plain text")
        }
        return warnings
    }
}
