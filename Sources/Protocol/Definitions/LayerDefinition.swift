/// One layer of a stack as a client wrote it: a class and its configuration.
public struct LayerDefinition: Sendable, Hashable {
    /// Keras's class name, such as `Dense`.
    public var className: String
    /// The constructor's arguments, without those that only state an input shape.
    public var config: JSONObject
    /// Where the configuration stands in the body.
    public var pointer: JSONPointer
    /// Where the class name stands in the body.
    public var classPointer: JSONPointer
    /// The input's shape that Keras wrote the layer with: where a layer was adapted to data, theirs.
    public var buildShape: Shape?

    /// A layer at a place in a body.
    public init(className: String, config: JSONObject, pointer: JSONPointer, classPointer: JSONPointer) {
        self.className = className
        self.config = config
        self.pointer = pointer
        self.classPointer = classPointer
    }

    /// Reads `{"class_name", "config"}`, or the config's keys beside `class_name`.
    ///
    /// Nil when the value is no layer; the faults say why.
    public init?(reading json: JSONValue, at place: JSONPointer, faults: Faults) {
        guard let object = json.object else {
            faults.add(place, "A layer is an object with a class_name, not \(json.kind).")
            return nil
        }
        guard let className = object["class_name"]?.string else {
            faults.add(
                place.appending("class_name"), "A layer needs a class_name, such as \"Dense\".")
            return nil
        }
        let config: JSONObject
        var pointer = place
        switch object["config"] {
        case .object(let members):
            config = members
            pointer = place.appending("config")
        case .array(let layers) where className == "Sequential":
            config = ["layers": .array(layers)]
        case nil, .null:
            config = object.filter { !Self.envelope.contains($0.key) }
        case let other?:
            faults.add(place.appending("config"), "config is an object of arguments, not \(other.kind).")
            return nil
        }
        self.init(
            className: className, config: config, pointer: pointer,
            classPointer: place.appending("class_name"))
        buildShape = object["build_config"]?.object?["input_shape"].flatMap {
            $0.array == nil ? nil : Shape(reading: $0, at: place, faults: Faults())
        }
    }

    /// The keys that Keras writes around a configuration.
    private static let envelope: Set<String> = [
        "class_name", "config", "module", "registered_name", "build_config", "compile_config",
        "inbound_nodes",
    ]

    /// The form that reads back as this layer.
    public var json: JSONValue {
        var object: JSONObject = ["class_name": .string(className), "config": .object(config)]
        if let buildShape { object["build_config"] = ["input_shape": buildShape.json] }
        return .object(object)
    }
}
