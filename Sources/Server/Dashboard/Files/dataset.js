/** A dataset's page: its arrays, with some rows and the figures of their columns. */

import { json } from "./api.js";
import { curl } from "./curl.js";
import { commands, element, facts, table } from "./dom.js";
import { bytes, count, figure, moment, shape } from "./format.js";
import { histogramChart } from "./histogram.js";
import { faultNotice } from "./parts.js";
import { sampleOf } from "./sample.js";
import { column, summary } from "./statistics.js";

const ROWS = 8;
const SAMPLE_COLUMNS = 16;
const COLUMNS_AT_A_TIME = 25;
/** Arrays whose rows are fetched unasked. */
const OPENED = 4;

/** Shows the page of dataset `name`. */
export async function show(main, { name }, signal) {
    const dataset = await json(`/v1/datasets/${encodeURIComponent(name)}`, { signal });
    main.replaceChildren(
        element("div", { class: "title" }, element("h1", {}, dataset.name)),
        facts([
            ["Size", bytes(dataset.bytes)],
            ["Arrays", count(dataset.arrays.length)],
            ["Uploaded", moment(dataset.created_at)],
            ["SHA-256", element("code", { class: "digest" }, dataset.sha256)],
        ]),
        ...dataset.arrays.map((array, index) => arraySection(name, array, index < OPENED, signal)),
        element("details", {}, element("summary", {}, "The same by curl"), commands([
            curl(`/v1/datasets/${name}`),
            ...dataset.arrays.slice(0, OPENED).map((array) =>
                curl(`/v1/datasets/${name}/arrays/${encodeURIComponent(array.name)}`, ` -s -o ${array.name.replaceAll(/[^\w.-]/g, "_")}.npy`)),
        ].join("\n"))));
    return dataset.name;
}

function arraySection(dataset, array, isOpen, signal) {
    const place = element("div", {}, element("p", { class: "faint" }, "Fetching some rows…"));
    let isFetched = false;
    const fetchRows = async () => {
        if (isFetched) return;
        isFetched = true;
        try {
            const sample = await sampleOf(dataset, array.name, signal);
            place.replaceChildren(...(sample.values.length === 0 ? [element("p", { class: "faint" }, "The array is empty.")] : described(array, sample)));
        } catch (error) {
            if (!signal.aborted) place.replaceChildren(faultNotice(error));
        }
    };
    if (isOpen) fetchRows();
    return element("details", { class: "array", open: isOpen, ontoggle: fetchRows },
        element("summary", {}, element("h2", {}, array.name), " ", element("span", { class: "faint figures" }, `${array.dtype} ${shape(array.shape)}`)),
        place);
}

function described({ shape: sizes }, sample) {
    const { values, rows, width, all } = sample;
    const inner = sizes.slice(1);
    const isWhole = rows === all && (inner.length === 0 || width === inner.reduce((a, b) => a * b, 1));
    const basis = isWhole ? `All ${count(all)} rows are looked at.`
        : `From a sample of ${count(rows)} of ${count(all)} rows${rows === 1 ? ` and ${count(width)} of a row's values` : ", spread evenly"}.`;
    return [
        element("h3", {}, "The first rows"), firstRows(sample, inner),
        element("h3", {}, "Columns"), element("p", { class: "faint" }, basis),
        columnTable(values, width, inner),
    ];
}

function firstRows({ values, first, width }, inner) {
    const shown = Math.min(width, SAMPLE_COLUMNS);
    const headings = ["Row", ...Array.from({ length: shown }, (_, index) => ({ text: place(index, inner), class: "number" }))];
    const rows = Array.from({ length: Math.min(ROWS, first) }, (_, row) => element("tr", {},
        element("th", { scope: "row" }, String(row)),
        Array.from({ length: shown }, (_, index) => element("td", { class: "number" }, figure(values[row * width + index]))),
        shown < width ? element("td", { class: "faint" }, "…") : null));
    return table("The first rows", shown < width ? [...headings, `${count(width - shown)} more`] : headings, rows);
}

function columnTable(values, width, inner) {
    const headings = ["Column", "Spread", ...["Least", "Mean", "Greatest", "Deviation"].map((text) => ({ text, class: "number" })),
        { text: "Zeros", class: "number wide" }, { text: "Not finite", class: "number wide" }];
    const list = table("Columns", headings, width > 1 ? [columnRow("all", values)] : []);
    const body = list.querySelector("tbody");
    let shown = 0;
    const more = element("button", { type: "button", class: "quiet", onclick: () => extend() });
    function extend() {
        const end = Math.min(width, shown + COLUMNS_AT_A_TIME);
        for (; shown < end; shown += 1) body.append(columnRow(place(shown, inner), column(values, width, shown)));
        more.textContent = `Show ${Math.min(COLUMNS_AT_A_TIME, width - shown)} more of ${count(width - shown)}`;
        more.hidden = shown >= width;
    }
    extend();
    return element("div", {}, list, more);
}

function columnRow(name, values) {
    const { low, high, mean, deviation, zeros, odd } = summary(values);
    const isNone = low > high;
    const told = isNone ? ["", "", "", ""] : [low, mean, high, deviation].map(figure);
    return element("tr", {},
        element("th", { scope: "row" }, name),
        element("td", { class: "spread" }, isNone ? "" : histogramChart(values, low, high, `Histogram of column ${name}`, { bins: 24, isSmall: true })),
        told.map((text) => element("td", { class: "number" }, text)),
        element("td", { class: "number wide" }, `${Math.round((100 * zeros) / values.length)} %`),
        element("td", { class: "number wide" }, odd === 0 ? "none" : count(odd)));
}

/** A column's index in the row's shape: `3`, or `2, 0, 1`. */
function place(index, inner) {
    if (inner.length === 0) return "value";
    if (inner.length === 1) return String(index);
    const parts = [];
    for (const size of [...inner].reverse()) {
        parts.unshift(index % size);
        index = Math.floor(index / size);
    }
    return parts.join(", ");
}
