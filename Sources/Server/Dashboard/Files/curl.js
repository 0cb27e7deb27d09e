/** The curl commands that do what the dashboard does. */

import { hasToken } from "./api.js";

/** One command: `path` under this server, with curl's options. */
export function curl(path, options = "") {
    const access = hasToken() ? ' -H "Authorization: Bearer $FITD_TOKEN"' : "";
    return `curl${access} ${quoted(location.origin + path)}${options}`;
}

/** An option that sends JSON. */
export function jsonOption(value) {
    return ` --json ${quoted(jsonText(value), true)}`;
}

/** JSON as people write it: in one line, but a definition with a layer a line. */
export function jsonText(value) {
    if (!Array.isArray(value?.layers)) return inLine(value);
    const { layers, ...rest } = value;
    const others = Object.entries(rest).map(([name, each]) => `${inLine(name)}: ${inLine(each)}, `);
    return `{${others.join("")}"layers": [\n${layers.map((layer) => `    ${inLine(layer)}`).join(",\n")}]}`;
}

function inLine(value) {
    if (Array.isArray(value)) return `[${value.map(inLine).join(", ")}]`;
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    return `{${Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${inLine(each)}`).join(", ")}}`;
}

/** A file's name or an address as the shell takes it. */
export function quoted(text, always = false) {
    if (!always && /^[\w@%+=:,./-]+$/.test(text)) return text;
    return `'${text.replaceAll("'", "'\\''")}'`;
}

/** How to define a first model. */
export function firstModel() {
    const definition = {
        layers: [
            { class_name: "Dense", units: 32, activation: "relu", input_dim: 100 },
            { class_name: "Dense", units: 1, activation: "sigmoid" },
        ],
    };
    return curl("/v1/models/first", ` -X PUT${jsonOption(definition)}`);
}

/** How to begin on a server with nothing in it. */
export function firstSteps() {
    const fit = { x: "x", y: "y", epochs: 10 };
    return [
        curl("/v1/datasets/x", " -T x.npy"),
        curl("/v1/datasets/y", " -T y.npy"),
        firstModel(),
        curl("/v1/models/first/compile", jsonOption({ optimizer: "rmsprop", loss: "binary_crossentropy" })),
        curl("/v1/models/first/fit", jsonOption(fit)),
    ].join("\n");
}
