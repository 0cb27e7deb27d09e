/** The list of models. */

import { items } from "./api.js";
import { commands, element, table } from "./dom.js";
import { count, kerasObject, moment, shape } from "./format.js";
import { emptyState } from "./parts.js";
import { firstModel } from "./curl.js";

/** Shows the page. */
export async function show(main) {
    const models = await items("/v1/models");
    const heading = element("div", { class: "title" }, element("h1", {}, "Models"));
    if (models.length === 0) {
        main.replaceChildren(heading, emptyState("No models yet",
            "A model is a stack of layers, sent as the JSON that Keras prints or in a short form:",
            commands(firstModel()),
            element("a", { class: "button", href: "#/new" }, "New fit")));
        return;
    }
    main.replaceChildren(heading, table("Models", [
        "Model", "Layers", { text: "Parameters", class: "number" }, { text: "Input", class: "wide" },
        { text: "Output", class: "wide" }, { text: "Compiled with", class: "wide" }, { text: "Changed", class: "wide" },
    ], models.map(row)));
}

function row(model) {
    return element("tr", {},
        element("th", { scope: "row" }, element("a", { href: `#/models/${model.name}` }, model.name)),
        element("td", {}, String(model.layers.length)),
        element("td", { class: "number" }, model.built ? count(model.params.total) : "not yet built"),
        element("td", { class: "wide" }, shape(model.input_shape)),
        element("td", { class: "wide" }, shape(model.output_shape)),
        element("td", { class: "wide" }, model.compile ? `${kerasObject(model.compile.optimizer)}, ${kerasObject(model.compile.loss)}` : "not compiled"),
        element("td", { class: "wide faint" }, moment(model.updated_at)));
}
