/** Histograms, computed here and drawn in SVG. */

import { drawing } from "./dom.js";
import { figure } from "./format.js";

const WIDTH = 260;
const HEIGHT = 90;
const FOOT = 16;

/** How many of the values fall in each of `bins` equal parts from `low` to `high`. */
function histogram(values, low, high, bins) {
    const counts = new Array(bins).fill(0);
    const stretch = high > low ? bins / (high - low) : 0;
    for (const value of values) {
        if (Number.isFinite(value)) counts[Math.min(bins - 1, Math.floor((value - low) * stretch))] += 1;
    }
    return counts;
}

/** A drawing of the values' histogram, described by `words`; a small one has no figures at its ends. */
export function histogramChart(values, low, high, words, { bins = 40, isSmall = false } = {}) {
    const counts = histogram(values, low, high, bins);
    const most = Math.max(1, ...counts);
    const width = WIDTH / bins;
    const foot = isSmall ? 0 : FOOT;
    const bars = counts.map((number, index) => {
        const height = number === 0 ? 0 : Math.max(1, (number / most) * (HEIGHT - foot - 2));
        return drawing("rect", { x: index * width + 0.5, width: width - 1, y: HEIGHT - foot - height, height });
    });
    const ends = isSmall || low > high ? []
        : [drawing("text", { x: 0, y: HEIGHT - 3, class: "tick" }, figure(low)),
            drawing("text", { x: WIDTH, y: HEIGHT - 3, class: "tick end" }, figure(high))];
    return drawing("svg", {
        class: `histogram${isSmall ? " small" : ""}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words,
        preserveAspectRatio: isSmall ? "none" : null,
    }, ...bars, ...ends);
}
