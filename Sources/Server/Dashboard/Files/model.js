/** A model's page: its layers, drawn and listed, what it is compiled with, and how its weights are spread. */

import { json, request } from "./api.js";
import { curl } from "./curl.js";
import { commands, element, facts, table } from "./dom.js";
import { watchJobs } from "./feed.js";
import { bytes, count, figure, kerasObject, moment, shape } from "./format.js";
import { histogramChart } from "./histogram.js";
import { members } from "./npz.js";
import { chip, faultNotice, lastLoss } from "./parts.js";
import { stack } from "./stack.js";
import { summary } from "./statistics.js";

/** Weights up to this size are fetched unasked. */
const SMALL = 4e6;
const MOST_JOBS = 10;

/** Shows the page of model `name`. */
export async function show(main, { name }, signal) {
    const model = await json(`/v1/models/${encodeURIComponent(name)}`, { signal });
    const jobs = element("div", {});
    main.replaceChildren(
        element("div", { class: "title" }, element("h1", {}, model.name),
            element("span", { class: "chip" }, model.compiled ? "compiled" : model.built ? "built" : "not yet built")),
        facts([
            ["Parameters", count(model.params.total)],
            ["Trainable", count(model.params.trainable)],
            ["Not trainable", count(model.params.non_trainable)],
            ["Input", shape(model.input_shape)],
            ["Output", shape(model.output_shape)],
            ["Changed", moment(model.updated_at)],
        ]),
        element("div", { class: "columns" },
            element("section", {}, element("h2", {}, "Layers"), layerTable(model)),
            element("section", {}, element("h2", {}, "The stack"), stack(model))),
        element("section", {}, element("h2", {}, "Compiled with"), compiled(model)),
        element("section", {}, element("h2", {}, "Weights"), weights(model, signal)),
        element("section", {}, element("h2", {}, "Jobs"), jobs),
        element("details", {}, element("summary", {}, "The same by curl"), commands([
            curl(`/v1/models/${name}/summary`),
            curl(`/v1/models/${name}/config`, ` -s -o ${name}.json`),
            curl(`/v1/models/${name}/weights`, ` -s -o ${name}.npz`),
        ].join("\n"))));
    watchJobs((current) => {
        const own = current.filter(({ model: its }) => its === name).slice(0, MOST_JOBS);
        jobs.replaceChildren(own.length === 0 ? element("p", { class: "faint" }, "None yet.") : jobTable(own));
    }, signal);
    return model.name;
}

function layerTable({ layers }) {
    const total = layers.reduce((sum, { params }) => sum + params, 0);
    return table("Layers", ["Layer", "Class", "Output shape", { text: "Parameters", class: "number" }, { text: "Share", class: "number wide" }],
        layers.map((layer) => element("tr", {},
            element("th", { scope: "row" }, layer.name),
            element("td", {}, layer.class_name),
            element("td", { class: "figures" }, shape(layer.output_shape)),
            element("td", { class: "number" }, count(layer.params), layer.trainable ? null : element("span", { class: "faint" }, " frozen")),
            element("td", { class: "number wide" }, total === 0 ? "" : `${Math.round((100 * layer.params) / total)} %`))));
}

function compiled({ compile, name }) {
    if (compile === null) {
        return element("div", {}, element("p", {}, "Not compiled yet. Compile it by the form for a new fit, or:"),
            commands(curl(`/v1/models/${name}/compile`, ` --json '{"optimizer": "rmsprop", "loss": "mse"}'`)));
    }
    const told = Object.entries(compile).filter(([, value]) => value !== null && kerasObject(value) !== "none");
    return facts(told.map(([key, value]) => [key.replaceAll("_", " "), kerasObject(value)]));
}

function jobTable(jobs) {
    return table("Jobs of this model, newest first", ["Job", "State", { text: "Loss", class: "number" }, "Asked for"],
        jobs.map((job) => element("tr", {},
            element("th", { scope: "row" }, element("a", { href: `#/jobs/${job.id}` }, job.type)),
            element("td", {}, chip(job.status)),
            element("td", { class: "number" }, lastLoss(job)),
            element("td", { class: "faint" }, moment(job.created_at)))));
}

function weights(model, signal) {
    if (!model.built) return element("p", { class: "faint" }, "The model has weights once its input shape is known: after its first fit.");
    if (model.params.total === 0) return element("p", { class: "faint" }, "These layers have no weights.");
    const place = element("div", {});
    const size = 4 * model.params.total;
    const load = async () => {
        place.replaceChildren(element("p", { class: "faint" }, "Fetching the weights…"));
        try {
            const answer = await request(`/v1/models/${model.name}/weights`, { signal });
            place.replaceChildren(element("div", { class: "histograms" }, members(await answer.arrayBuffer()).map(spread)));
        } catch (error) {
            if (!signal.aborted) place.replaceChildren(faultNotice(error));
        }
    };
    if (size <= SMALL) load();
    else place.append(element("button", { type: "button", onclick: load }, `Fetch the weights (${bytes(size)}) for their histograms`));
    return place;
}

function spread({ name, array }) {
    const { mean, deviation, low, high, odd } = summary(array.values);
    const words = `mean ${figure(mean)}, deviation ${figure(deviation)}, from ${figure(low)} to ${figure(high)}`;
    return element("figure", { class: "chart" },
        element("figcaption", {}, name, " ", element("span", { class: "faint figures" }, shape(array.shape))),
        histogramChart(array.values, low, high, `${name}: ${words}`),
        element("p", { class: "faint figures" }, words, odd > 0 ? element("strong", {}, ` ${count(odd)} are not finite`) : null));
}
