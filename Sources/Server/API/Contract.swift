/// The contract, `openapi.yaml` at the project's root, as it was when the server was built.
public enum Contract {
    /// The file's bytes.
    public static let bytes = PackageResources.openapi_yaml
}
