/** A stack of layers, drawn. */

import { drawing, element } from "./dom.js";
import { count, shape } from "./format.js";

const WIDTH = 300;
const BOX = 46;
const GAP = 30;

/** A drawing of a model's layers from the input down; the table beside it says the same in words. */
export function stack({ layers, input_shape: input }) {
    const most = Math.max(1, ...layers.map(({ params }) => params));
    const height = GAP + layers.length * (BOX + GAP) + 8;
    const parts = [arrow(6, input)];
    layers.forEach((layer, index) => {
        const top = GAP + 4 + index * (BOX + GAP);
        parts.push(box(layer, top, layer.params / most), arrow(top + BOX, layer.output_shape));
    });
    return element("div", { class: "scroll tall stack" },
        drawing("svg", { width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": `${layers.length} layers, one on the other` },
            ...parts));
}

function box({ name, class_name: kind, params, trainable }, top, share) {
    const inner = WIDTH - 2;
    return drawing("g", { class: trainable ? "layer" : "layer frozen" },
        drawing("rect", { x: 1, y: top, width: inner, height: BOX, rx: 6 }),
        share > 0 ? drawing("rect", { class: "share", x: 1, y: top + BOX - 4, width: Math.max(3, inner * share), height: 4, rx: 2 }) : null,
        drawing("text", { x: 12, y: top + 19, class: "name" }, kind),
        drawing("text", { x: 12, y: top + 34, class: "tick" }, clipped(name)),
        params > 0 ? drawing("text", { x: WIDTH - 12, y: top + 19, class: "tick end" }, count(params)) : null);
}

function arrow(top, sizes) {
    const [x, end] = [20, top + GAP - 4];
    return drawing("g", { class: "arrow" },
        drawing("path", { d: `M${x} ${top + 3}V${end}m-4 -5l4 5l4 -5` }),
        drawing("text", { x: x + 14, y: top + GAP / 2 + 4, class: "tick" }, sizes === null ? "" : shape(sizes)));
}

function clipped(name) {
    return name.length > 40 ? `${name.slice(0, 39)}…` : name;
}
