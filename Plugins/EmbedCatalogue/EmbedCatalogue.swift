import Foundation
import PackagePlugin

/// Compiles the target's folder `BuiltInCatalogue` into it, as a generated Swift file.
@main
struct EmbedCatalogue: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let target = target as? SourceModuleTarget else { return [] }
        let folder = target.directoryURL.appending(path: "BuiltInCatalogue").resolvingSymlinksInPath()
        let output = context.pluginWorkDirectoryURL.appending(path: "BuiltInCatalogueFiles.swift")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        return [
            .buildCommand(
                displayName: "Embedding the built-in catalogue",
                executable: try context.tool(named: "CatalogueEmbedder").url,
                arguments: [folder.path, output.path],
                inputFiles: files.map { folder.appending(path: $0) },
                outputFiles: [output]
            )
        ]
    }
}
