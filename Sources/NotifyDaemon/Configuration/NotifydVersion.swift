/// The version of the program: in `--version`, client properties, resource attributes and `notifyd_build_info`.
enum NotifydVersion {
    static let current = "0.1.0"
}
