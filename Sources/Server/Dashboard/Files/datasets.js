/** The list of datasets. */

import { items } from "./api.js";
import { curl } from "./curl.js";
import { commands, element, table } from "./dom.js";
import { bytes, moment, shape } from "./format.js";
import { emptyState } from "./parts.js";

const MOST_ARRAYS = 4;

/** Shows the page. */
export async function show(main) {
    const datasets = await items("/v1/datasets");
    const heading = element("div", { class: "title" }, element("h1", {}, "Datasets"));
    if (datasets.length === 0) {
        main.replaceChildren(heading, emptyState("No datasets yet",
            "A dataset is a file of arrays, .npy, .npz, CSV, safetensors or JSON, sent as it is:",
            commands(curl("/v1/datasets/x", " -T x.npy")), element("a", { class: "button", href: "#/new" }, "Upload files")));
        return;
    }
    main.replaceChildren(heading, table("Datasets",
        ["Dataset", "Arrays", { text: "Size", class: "number" }, { text: "Uploaded", class: "wide" }], datasets.map(row)));
}

function row(dataset) {
    const shown = dataset.arrays.slice(0, MOST_ARRAYS).map(({ name, dtype, shape: sizes }) =>
        element("div", { class: "figures" }, name === dataset.name ? "" : `${name} `, element("span", { class: "faint" }, `${dtype} ${shape(sizes)}`)));
    const more = dataset.arrays.length - shown.length;
    return element("tr", {},
        element("th", { scope: "row" }, element("a", { href: `#/datasets/${dataset.name}` }, dataset.name)),
        element("td", {}, shown, more > 0 ? element("div", { class: "faint" }, `and ${more} more`) : null),
        element("td", { class: "number" }, bytes(dataset.bytes)),
        element("td", { class: "wide faint" }, moment(dataset.created_at)));
}
