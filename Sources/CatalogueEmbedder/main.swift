import Foundation

/// Build tool: writes a folder of text files as Swift source, so that a program carries them within itself.
///
/// `CatalogueEmbedder FOLDER OUTPUT`

/// A multi-line raw string literal with as many `#` as the text leaves unambiguous; one line break belongs to it.
func literal(_ text: String) -> String {
    var fence = "#"
    while text.contains("\"\"\"" + fence) || text.contains("\\" + fence) { fence += "#" }
    return "\(fence)\"\"\"\n\(text)\n\"\"\"\(fence)"
}

struct EmptyFolder: Error, CustomStringConvertible {
    var description: String { "no files in the folder" }
}

func embed(folder: String, output: String) throws {
    let manager = FileManager.default
    var count = 0
    var source = """
        // Generated from the folder BuiltInCatalogue.

        enum BuiltInCatalogueFiles {
            /// Path below the catalogue's root, and text.
            static let files: [(path: String, text: String)] = [

        """
    for path in try manager.subpathsOfDirectory(atPath: folder).sorted() {
        let name = path.split(separator: "/").last ?? ""
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder), !isFolder.boolValue,
            !name.hasPrefix("."), !name.hasSuffix("~")
        else { continue }
        let text = try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
        count += 1
        source += "(\"\(path)\", \(literal(text))),\n"
    }
    guard count > 0 else { throw EmptyFolder() }
    source += "    ]\n}\n"
    try source.write(toFile: output, atomically: true, encoding: .utf8)
}

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    FileHandle.standardError.write(Data("usage: CatalogueEmbedder FOLDER OUTPUT\n".utf8))
    exit(64)
}
do {
    try embed(folder: arguments[1], output: arguments[2])
} catch {
    FileHandle.standardError.write(Data("error: the built-in catalogue cannot be embedded: \(error)\n".utf8))
    exit(1)
}
