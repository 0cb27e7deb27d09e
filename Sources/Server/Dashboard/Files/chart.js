/** A line chart in SVG: curves over epochs, read by pointer, by touch or by the arrow keys. */

import { announce, drawing, element } from "./dom.js";
import { figure } from "./format.js";
import { extent, scale, ticks } from "./scale.js";
import { below, beside, inside, nearest, smoothed, thinned, within } from "./series.js";

const HEIGHT = 230;
const MARGIN = { top: 10, right: 12, bottom: 26, left: 58 };
/** Pixels a pointer travels before it selects rather than points. */
const DRAG = 6;
/** Pixels a point that a dashed line needs to read as one. */
const DASHED = 4;
let made = 0;

/**
 * One chart. `onzoom(range)` is told the epochs that the user selects, or null for all.
 * `draw(series, view)` shows `{ name, color, dashed, points }` under `{ range, log, smoothing }`.
 */
export class Chart {
    #title;
    #onzoom;
    #svg = drawing("svg", { height: HEIGHT, "aria-hidden": "true" });
    #cursor = drawing("g", {});
    #tip = element("div", { class: "tip figures", hidden: true });
    #legend = element("ul", { class: "legend" });
    #plot;
    #series = [];
    #view = {};
    #scales = null;
    #drag = null;
    #at = null;
    #area = `plot-area-${made += 1}`;

    constructor(title, onzoom) {
        this.#title = title;
        this.#onzoom = onzoom;
        this.#plot = element("div", {
            class: "plot", tabindex: "0", role: "group", "aria-roledescription": "chart",
            onkeydown: (event) => this.#key(event),
            onblur: () => this.#point(null),
        }, this.#svg, this.#tip);
        this.#svg.addEventListener("pointerdown", (event) => this.#press(event));
        this.#svg.addEventListener("pointermove", (event) => this.#move(event));
        this.#svg.addEventListener("pointerup", (event) => this.#release(event));
        this.#svg.addEventListener("pointerleave", () => { if (!this.#drag) this.#point(null); });
        this.#svg.addEventListener("pointercancel", () => { this.#drag = null; this.#point(null); });
        this.#svg.addEventListener("dblclick", () => onzoom(null));
        this.node = element("figure", { class: "chart" },
            element("figcaption", {}, title), this.#plot, this.#legend);
        new ResizeObserver(() => this.#render()).observe(this.#plot);
    }

    draw(series, view) {
        this.#series = series;
        this.#view = view;
        this.#render();
    }

    #render() {
        const width = this.#plot.clientWidth;
        if (width === 0) return;
        const { range, log, smoothing } = this.#view;
        const drawn = this.#series.map(({ points: { x, y }, ...each }) => ({ ...each, x, y, smooth: smoothed(y, smoothing) }));
        const x = range ?? extent(drawn.map((each) => each.x));
        const seen = x ? drawn.map((each) => each.y.subarray(...within(each.x, x))) : [];
        const y = extent(seen, log);
        this.#svg.setAttribute("width", width);
        if (x === null || y === null) {
            this.#scales = null;
            this.#svg.replaceChildren(drawing("text", { x: width / 2, y: HEIGHT / 2, class: "tick middle" },
                log && seen.some(({ length }) => length > 0) ? "Nothing above zero to show on a log scale" : "No finite values yet"));
            return;
        }
        this.#scales = {
            x: scale(x, [MARGIN.left, width - MARGIN.right]), domain: x, width,
            y: scale(padded(y, log), [HEIGHT - MARGIN.bottom, MARGIN.top], log), drawn,
        };
        this.#svg.replaceChildren(
            this.#axes(x, padded(y, log), width, log),
            clip(this.#area, width), ...drawn.map((each) => this.#curve(each, x, width, smoothing, log)), this.#cursor);
        this.#name();
        if (this.#at !== null && !this.#drag) this.#point(this.#at);
    }

    #axes(x, y, width, log) {
        const group = drawing("g", {});
        for (const value of ticks(y, 4, log)) {
            const at = this.#scales.y(value);
            group.append(
                drawing("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: at, y2: at, class: "grid" }),
                drawing("text", { x: MARGIN.left - 8, y: at + 4, class: "tick end" }, figure(value)));
        }
        const whole = ticks(x, Math.max(2, Math.min(8, width / 90))).filter(
            (value) => x[1] - x[0] < 2 || Number.isInteger(value));
        for (const value of whole) {
            group.append(drawing("text", { x: this.#scales.x(value), y: HEIGHT - 8, class: "tick middle" }, figure(value)));
        }
        return group;
    }

    #curve({ x, y, smooth, color, dashed }, range, width, smoothing, log) {
        const group = drawing("g", { class: `curve ${color}`, "clip-path": `url(#${this.#area})` });
        const line = (values, kind) => {
            const visible = thinned(x, values, within(x, range), width);
            const dash = !dashed ? "" : visible.length > width / DASHED ? " dense" : " dashed";
            if (visible.length === 1) {
                const [at, value] = [x[visible[0]], values[visible[0]]];
                if (!Number.isFinite(value) || (log && value <= 0)) return null;
                return drawing("circle", { cx: this.#scales.x(at), cy: this.#scales.y(value), r: 3, class: "dot" });
            }
            return drawing("path", { d: path(x, values, visible, this.#scales, log), class: `${kind}${dash}` });
        };
        const lines = [smoothing > 0 ? line(y, "raw") : null, line(smooth, "line")];
        group.append(...lines.filter(Boolean));
        return group;
    }

    #name() {
        const told = this.#series.filter(({ points }) => points.x.length > 0).map(({ name, points: { x, y } }) =>
            `${name}: ${figure(y.at(-1))} at epoch ${figure(x.at(-1))}, from ${figure(y[0])}`);
        this.#plot.setAttribute("aria-label",
            `${this.#title}. ${told.join("; ")}. Arrow keys read values, plus and minus zoom, 0 shows all.`);
        this.#legend.replaceChildren(...this.#series.map(({ name, color, dashed, points }) =>
            element("li", {}, swatch(color, dashed), name, " ",
                element("span", { class: "figures faint" }, points.x.length > 0 ? figure(points.y.at(-1)) : ""))));
    }

    /** Shows the values at an epoch; null hides them. */
    #point(at) {
        this.#at = at;
        this.#tip.hidden = at === null || this.#scales === null;
        this.#cursor.replaceChildren();
        if (this.#tip.hidden) return [];
        const { x, y, drawn, domain, width } = this.#scales;
        const epoch = nearest(drawn, at) ?? at;
        const values = drawn.map((each) => ({ ...each, place: below(each.x, epoch) }))
            .filter((each) => each.x[each.place] === epoch && Number.isFinite(each.smooth[each.place]))
            .map((each) => ({ ...each, hit: each.smooth[each.place] }));
        const place = x(epoch);
        if (epoch < domain[0] || epoch > domain[1]) { this.#tip.hidden = true; return []; }
        this.#cursor.append(drawing("line", { x1: place, x2: place, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, class: "cursor" }));
        for (const { hit, color } of values) {
            if (this.#view.log && hit <= 0) continue;
            const dot = drawing("circle", { cx: place, cy: y(hit), r: 3.5, class: "dot" });
            this.#cursor.append(drawing("g", { class: `curve ${color}` }, dot));
        }
        this.#tip.replaceChildren(element("strong", {}, `Epoch ${figure(epoch)}`),
            ...values.map(({ name, hit, color, dashed }) =>
                element("div", {}, swatch(color, dashed), name, " ", element("b", {}, figure(hit)))));
        this.#tip.classList.toggle("left", place > width / 2);
        this.#tip.style.left = `${place}px`;
        return values.map(({ name, hit }) => `${name} ${figure(hit)}`);
    }

    #press(event) {
        if (event.button !== 0 || this.#scales === null) return;
        this.#drag = { from: this.#offset(event), to: null };
        if (event.pointerType === "mouse") this.#svg.setPointerCapture(event.pointerId);
    }

    #move(event) {
        if (this.#scales === null) return;
        const at = this.#offset(event);
        const isSelecting = this.#drag && event.pointerType === "mouse" && Math.abs(at - this.#drag.from) > DRAG;
        if (!isSelecting) { this.#point(this.#scales.x.inverse(at)); return; }
        this.#drag.to = at;
        this.#point(null);
        const [left, right] = [this.#drag.from, at].sort((a, b) => a - b);
        this.#cursor.replaceChildren(drawing("rect", {
            x: left, width: right - left, y: MARGIN.top, height: HEIGHT - MARGIN.top - MARGIN.bottom, class: "selection",
        }));
    }

    #release() {
        const drag = this.#drag;
        this.#drag = null;
        if (!drag || drag.to === null || this.#scales === null) return;
        this.#cursor.replaceChildren();
        const range = [drag.from, drag.to].map(this.#scales.x.inverse).sort((a, b) => a - b);
        this.#onzoom(range);
    }

    #key(event) {
        if (this.#scales === null || event.ctrlKey || event.metaKey || event.altKey) return;
        const { domain, drawn } = this.#scales;
        const visible = drawn.map(({ x }) => ({ x: x.subarray(...inside(x, domain)) }));
        const [first, last] = domain.map((edge) => nearest(visible, edge));
        const next = (step) => nearest(visible, beside(visible, this.#at, step));
        const moves = {
            ArrowRight: this.#at === null ? first : next(1), ArrowLeft: this.#at === null ? last : next(-1),
            Home: first, End: last,
        };
        const middle = this.#at ?? (domain[0] + domain[1]) / 2;
        if (event.key in moves) {
            const epoch = moves[event.key];
            if (epoch === null) return;
            const values = this.#point(epoch);
            announce(`Epoch ${figure(epoch)}: ${values.join(", ")}`);
        } else if (event.key === "+" || event.key === "=") this.#onzoom(zoomed(domain, middle, 0.5));
        else if (event.key === "-") this.#onzoom(zoomed(domain, middle, 2));
        else if (event.key === "0") this.#onzoom(null);
        else if (event.key === "Escape") this.#point(null);
        else return;
        event.preventDefault();
    }

    #offset(event) {
        const left = this.#svg.getBoundingClientRect().left;
        return Math.max(MARGIN.left, Math.min(this.#scales.width - MARGIN.right, event.clientX - left));
    }
}

/** A range of epochs made wider or narrower around one of them. */
export function zoomed([low, high], middle, factor) {
    return [middle - (middle - low) * factor, middle + (high - middle) * factor];
}

/** The line of a curve, small. */
function swatch(color, dashed) {
    return drawing("svg", { width: 22, height: 8, class: `swatch curve ${color}`, "aria-hidden": "true" },
        drawing("path", { d: "M1 4H21", class: `line${dashed ? " dashed" : ""}` }));
}

function padded([low, high], log) {
    if (log) return [low / (high / low) ** 0.05, high * (high / low) ** 0.05];
    const margin = (high - low) * 0.05;
    return [low >= 0 && low < margin ? 0 : low - margin, high + margin];
}

function clip(id, width) {
    return drawing("clipPath", { id }, drawing("rect", {
        x: MARGIN.left - 4, y: 0, width: Math.max(0, width - MARGIN.left - MARGIN.right + 8), height: HEIGHT - MARGIN.bottom + 4,
    }));
}

function path(x, y, places, scales, log) {
    let drawn = "";
    let isDown = false;
    for (const place of places) {
        const value = y[place];
        if (!Number.isFinite(value) || (log && value <= 0)) { isDown = false; continue; }
        drawn += `${isDown ? "L" : "M"}${scales.x(x[place]).toFixed(1)} ${scales.y(value).toFixed(1)}`;
        isDown = true;
    }
    return drawn;
}
