/** The form that starts a fit, and the curl commands that would do the same. */

import { items, json, send } from "./api.js";
import { curl, jsonOption, jsonText } from "./curl.js";
import { commands, element } from "./dom.js";
import { shape } from "./format.js";
import { faultNotice } from "./parts.js";
import { sampleOf } from "./sample.js";
import { summary } from "./statistics.js";
import { suggestion } from "./suggestion.js";
import { Uploads } from "./uploads.js";

const NAME = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,127}";
const FIRST = { layers: [{ class_name: "Dense", units: 32, activation: "relu" }, { class_name: "Dense", units: 1 }] };

/** Shows the form. */
export async function show(main, _, signal) {
    const [service, models, datasets] = await Promise.all([json("/v1", { signal }), items("/v1/models"), items("/v1/datasets")]);
    new FitForm(main, service, models, datasets, signal);
    return "New fit";
}

class FitForm {
    #models;
    #arrays = new Map();
    #signal;
    #fields = {};
    #uploads = new Uploads((dataset) => this.#arrived(dataset));
    #isDefinitionTheirs = false;
    #commands = element("div", {});
    #failure = element("div", { tabindex: "-1" });
    #note = element("p", { class: "faint" });
    #start = element("button", { class: "button", type: "submit" }, "Start the fit");

    constructor(main, service, models, datasets, signal) {
        this.#models = new Map(models.map((model) => [model.name, model]));
        this.#signal = signal;
        this.#make(service);
        for (const dataset of datasets) this.#add(dataset);
        this.#offer();
        const form = element("form", {
            class: "form", onsubmit: (event) => { event.preventDefault(); this.#submit(); },
            oninput: () => this.#refresh(),
        }, this.#dataPart(), this.#modelPart(), this.#compilePart(), this.#fitPart(),
        element("section", {}, element("h2", {}, "The same by curl"), this.#commands), this.#failure, this.#start);
        main.replaceChildren(element("div", { class: "title" }, element("h1", {}, "New fit")), form);
        this.#refresh();
        this.#suggest();
    }

    #make({ optimizers, losses }) {
        const options = (names) => names.map((name) => element("option", {}, name));
        const number = (attributes) => element("input", { type: "number", ...attributes });
        this.#fields = {
            x: element("select", { required: true, onchange: () => this.#suggest() }),
            y: element("select", { required: true, onchange: () => this.#suggest() }),
            model: element("select", {}, element("option", { value: "" }, "A new one"),
                options([...this.#models.keys()])),
            name: element("input", { value: this.#freeName(), pattern: NAME, required: true, maxlength: "128" }),
            definition: element("textarea", { rows: "8", spellcheck: "false", oninput: () => { this.#isDefinitionTheirs = true; } }),
            compiles: element("input", { type: "checkbox" }),
            optimizer: element("select", {}, options(optimizers.map(({ name }) => name))),
            rate: number({ min: "0", step: "any", placeholder: "the optimizer's default" }),
            loss: element("select", {}, options(losses.map(({ name, aliases }) => aliases?.[0] ?? name))),
            metrics: element("input", { placeholder: "none" }),
            epochs: number({ min: "1", max: "1000000", value: "10", required: true }),
            batch: number({ min: "1", value: "32", required: true }),
            split: number({ min: "0", max: "0.99", step: "any", value: "0.2", required: true }),
            seed: number({ min: "0", placeholder: "drawn" }),
        };
        this.#fields.definition.value = jsonText(FIRST);
        this.#fields.optimizer.value = "RMSprop";
    }

    #freeName() {
        let number = 1;
        while (this.#models.has(`model-${number}`)) number += 1;
        return `model-${number}`;
    }

    #dataPart() {
        return part("Data", this.#uploads.node,
            element("div", { class: "fields" }, field("Samples, x", this.#fields.x), field("Targets, y", this.#fields.y)));
    }

    #modelPart() {
        const { model, name, definition } = this.#fields;
        const fresh = element("div", { class: "fresh" },
            field("Name", name), this.#note, field("Layers, as Keras's to_json() prints them or in this short form", definition));
        return part("Model", element("div", { class: "fields" }, field("Model", model)), fresh);
    }

    #compilePart() {
        const { compiles, optimizer, rate, loss, metrics } = this.#fields;
        return part("Compile",
            element("label", { class: "check again" }, compiles, "Compile it anew; optimizer state is lost"),
            element("div", { class: "fields settings" }, field("Optimizer", optimizer), field("Learning rate", rate),
                field("Loss", loss), field("Metrics, separated by commas", metrics)));
    }

    #fitPart() {
        const { epochs, batch, split, seed } = this.#fields;
        return part("Fit", element("div", { class: "fields" }, field("Epochs", epochs), field("Batch size", batch),
            field("Share held out for validation", split), field("Seed", seed)));
    }

    #add(dataset) {
        for (const array of dataset.arrays) {
            const reference = dataset.arrays.length === 1 ? dataset.name : `${dataset.name}/${array.name}`;
            this.#arrays.set(reference, { ...array, dataset: dataset.name });
        }
    }

    #arrived(dataset) {
        this.#add(dataset);
        this.#offer();
        const own = [...this.#arrays].filter(([, { dataset: its }]) => its === dataset.name);
        for (const [reference, { name }] of own) {
            const last = name.toLowerCase();
            if (/^y|label|target/.test(last)) this.#fields.y.value = reference;
            else this.#fields.x.value = reference;
        }
        this.#suggest();
    }

    #offer() {
        for (const choice of [this.#fields.x, this.#fields.y]) {
            const kept = choice.value;
            choice.replaceChildren(element("option", { value: "" }, this.#arrays.size === 0 ? "Upload a file first" : "Choose an array"),
                ...[...this.#arrays].map(([reference, { dtype, shape: sizes }]) =>
                    element("option", { value: reference }, `${reference}: ${dtype} ${shape(sizes)}`)));
            choice.value = kept;
        }
    }

    async #suggest() {
        const [samples, targets] = [this.#arrays.get(this.#fields.x.value), this.#arrays.get(this.#fields.y.value)];
        if (samples && targets && !this.#isDefinitionTheirs) {
            const { values } = await sampleOf(targets.dataset, targets.name, this.#signal);
            const known = { ...summary(values), isWhole: values.every(Number.isInteger) };
            const { definition, loss, metrics } = suggestion(samples, targets, known);
            this.#fields.definition.value = jsonText(definition);
            this.#fields.metrics.value = metrics.join(", ");
            this.#fields.loss.value = loss;
        }
        this.#refresh();
    }

    #refresh() {
        const { model, name, definition, compiles } = this.#fields;
        const isNew = model.value === "";
        const known = this.#models.get(model.value);
        const form = model.closest("form");
        form?.querySelector(".fresh").toggleAttribute("hidden", !isNew);
        form?.querySelector(".again").toggleAttribute("hidden", isNew || !known?.compiled);
        form?.querySelector(".settings").toggleAttribute("hidden", !this.#compiles);
        name.disabled = definition.disabled = !isNew;
        this.#note.textContent = isNew && this.#models.has(name.value) ? `This replaces the model '${name.value}' and its weights.` : "";
        definition.setCustomValidity(isNew ? faultOf(definition.value) : "");
        this.#commands.replaceChildren(commands([...this.#uploads.commands, ...this.#requests.map(({ method, path, body }) =>
            curl(path, `${method === "PUT" ? " -X PUT" : ""}${jsonOption(body)}`))].join("\n")));
    }

    get #compiles() {
        const { model, compiles } = this.#fields;
        return compiles.checked || !this.#models.get(model.value)?.compiled;
    }

    /** What is sent, in its order. */
    get #requests() {
        const { model, name, definition } = this.#fields;
        const target = model.value || name.value;
        const path = `/v1/models/${encodeURIComponent(target)}`;
        return [
            model.value === "" && { method: "PUT", path, body: faultOf(definition.value) === "" ? JSON.parse(definition.value) : {} },
            this.#compiles && { method: "POST", path: `${path}/compile`, body: this.#compileBody },
            { method: "POST", path: `${path}/fit`, body: this.#fitBody },
        ].filter(Boolean);
    }

    get #compileBody() {
        const { optimizer, rate, loss, metrics } = this.#fields;
        const names = metrics.value.split(",").map((text) => text.trim()).filter(Boolean);
        return {
            optimizer: rate.value === "" ? optimizer.value : { class_name: optimizer.value, config: { learning_rate: Number(rate.value) } },
            loss: loss.value, ...(names.length > 0 ? { metrics: names } : {}),
        };
    }

    get #fitBody() {
        const { x, y, epochs, batch, split, seed } = this.#fields;
        return {
            x: x.value, y: y.value, epochs: Number(epochs.value), batch_size: Number(batch.value),
            ...(Number(split.value) > 0 ? { validation_split: Number(split.value) } : {}),
            ...(seed.value === "" ? {} : { seed: Number(seed.value) }),
        };
    }

    async #submit() {
        this.#start.disabled = true;
        this.#failure.replaceChildren();
        try {
            let job = null;
            for (const { method, path, body } of this.#requests) job = await send(method, path, body);
            location.hash = `#/jobs/${job.id}`;
        } catch (error) {
            this.#failure.replaceChildren(faultNotice(error));
            this.#failure.focus();
        } finally {
            this.#start.disabled = false;
        }
    }
}

function part(title, ...content) {
    return element("fieldset", {}, element("legend", {}, element("h2", {}, title)), ...content);
}

function field(label, control) {
    return element("label", { class: "field" }, element("span", {}, label), control);
}

function faultOf(text) {
    try {
        JSON.parse(text);
        return "";
    } catch (error) {
        return `This is not JSON: ${error.message}`;
    }
}
