/** The charts of one or several runs, with one set of controls for all of them. */

import { Chart, zoomed } from "./chart.js";
import { element, table } from "./dom.js";
import { figure } from "./format.js";
import { extent } from "./scale.js";
import { inside } from "./series.js";

const LEARNING_RATE = "learning_rate";
const MOST_ROWS = 500;

/** A panel of charts; `draw(runs)` shows `{ label, run }`. */
export class Curves {
    #charts = new Map();
    #view = { range: null, log: false, smoothing: 0 };
    #runs = [];
    #grid = element("div", { class: "charts" });
    #rows = element("details", { class: "rows", ontoggle: () => this.#tabulate() }, element("summary", {}, "The same as a table"));
    #widen;

    constructor() {
        const smoothing = element("input", {
            type: "range", min: "0", max: "0.98", step: "0.02", value: "0",
            oninput: () => this.#change({ smoothing: Number(smoothing.value) }),
        });
        const log = element("input", { type: "checkbox", onchange: () => this.#change({ log: log.checked }) });
        this.#widen = element("button", { type: "button", class: "quiet", disabled: true, onclick: () => this.#zoom(null) }, "Show all");
        const zoom = (factor, label, sign) => element("button", {
            type: "button", class: "quiet", "aria-label": label, onclick: () => this.#zoomBy(factor),
        }, sign);
        this.node = element("section", { "aria-label": "Curves" },
            element("div", { class: "controls" },
                element("label", {}, log, "Log scale"),
                element("label", {}, "Smoothing", smoothing),
                element("span", { class: "group", role: "group", "aria-label": "Zoom" },
                    zoom(0.5, "Zoom in", "+"), zoom(2, "Zoom out", "−"), this.#widen),
                element("span", { class: "faint wide" }, "Drag across a chart to zoom.")),
            this.#grid, this.#rows);
    }

    draw(runs) {
        this.#runs = runs;
        this.#render();
    }

    #change(change) {
        Object.assign(this.#view, change);
        this.#render();
    }

    #zoom(range) {
        const whole = this.#whole;
        const isWhole = range === null || whole === null || (range[0] <= whole[0] && range[1] >= whole[1]);
        const kept = isWhole ? null : [Math.max(range[0], whole[0]), Math.min(range[1], whole[1])];
        this.#widen.disabled = isWhole;
        this.#change({ range: kept });
    }

    #zoomBy(factor) {
        const range = this.#view.range ?? this.#whole;
        if (range !== null) this.#zoom(zoomed(range, factor < 1 ? range[1] - (range[1] - range[0]) / 4 : (range[0] + range[1]) / 2, factor));
    }

    get #whole() {
        return extent(this.#runs.map(({ run }) => run.points("loss").x));
    }

    #render() {
        const titles = chartTitles(this.#runs);
        for (const [title, chart] of this.#charts) {
            if (titles.includes(title)) continue;
            chart.node.remove();
            this.#charts.delete(title);
        }
        titles.forEach((title, index) => {
            if (!this.#charts.has(title)) this.#charts.set(title, new Chart(title, (range) => this.#zoom(range)));
            const { node } = this.#charts.get(title);
            if (this.#grid.children[index] !== node) this.#grid.insertBefore(node, this.#grid.children[index] ?? null);
            this.#charts.get(title).draw(seriesOf(title, this.#runs), this.#view);
        });
        this.#tabulate();
    }

    #tabulate() {
        if (!this.#rows.open) return;
        const columns = chartTitles(this.#runs).flatMap((title) => seriesOf(title, this.#runs)
            .map(({ points, ...each }) => ({ name: each.title ?? `${title}, ${each.name}`, ...points })));
        const epochs = [...new Set(this.#runs.flatMap(({ run }) => [...run.seconds.x.slice(-MOST_ROWS)]))]
            .sort((a, b) => b - a).slice(0, MOST_ROWS);
        const rows = epochs.map((epoch) => element("tr", {},
            element("th", { scope: "row" }, String(epoch)),
            columns.map(({ x, y }) => element("td", { class: "number" }, at(x, y, epoch)))));
        const headings = ["Epoch", ...columns.map(({ name }) => ({ text: name, class: "number" }))];
        this.#rows.replaceChildren(this.#rows.firstChild, table("Curves by epoch, the last first", headings, rows));
    }
}

/** What a table says of an epoch: the figure of the last point there, if any. */
function at(x, y, epoch) {
    const place = inside(x, [epoch, epoch])[1] - 1;
    return x[place] === epoch ? figure(y[place]) : "";
}

const THROUGHPUT = "samples per second";
const RATE = "learning rate";

function chartTitles(runs) {
    const names = [...new Set(runs.flatMap(({ run }) => run.names))];
    const metrics = names.map((name) => name.replace(/^val_/, "")).filter((name) => name !== LEARNING_RATE);
    const ordered = [...new Set(metrics)].sort((a, b) => (b === "loss") - (a === "loss"));
    return [
        ...ordered,
        ...(names.includes(LEARNING_RATE) ? [RATE] : []),
        ...(runs.some(({ run }) => run.throughput.length > 0) ? [THROUGHPUT] : []),
    ];
}

function seriesOf(title, runs) {
    const isOne = runs.length === 1;
    return runs.flatMap(({ label, run }, index) => {
        const color = `c${index + 1}`;
        if (title === THROUGHPUT || title === RATE) {
            const points = title === RATE ? run.points(LEARNING_RATE) : run.throughput;
            return [{ name: isOne ? title : label, title: isOne ? title : null, color, dashed: false, points: views(points) }];
        }
        const training = { name: isOne ? "training" : label, color, dashed: false, points: views(run.points(title)) };
        const validation = {
            name: isOne ? "validation" : `${label}, validation`, color: isOne ? "c2" : color, dashed: true,
            points: views(run.points(`val_${title}`)),
        };
        return [training, validation].filter(({ points: { y } }) => y.some((value) => !Number.isNaN(value)));
    });
}

/** Points as they stand, which more of them do not change. */
function views({ x, y }) {
    return { x, y };
}
