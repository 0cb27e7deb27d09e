/** A job's page: how far it is, its curves, what happened; beside other jobs to compare. */

import { json, ProblemError } from "./api.js";
import { curl } from "./curl.js";
import { Curves } from "./curves.js";
import { announce, commands, element, facts, fill } from "./dom.js";
import { watchJobs } from "./feed.js";
import { count, figure, kerasObject, moment, numeric } from "./format.js";
import { MOST_COMPARED } from "./jobs.js";
import { chip, faultNotice, progressBar, runtime, setChip } from "./parts.js";
import { Run } from "./run.js";
import { follow } from "./stream.js";
import { eventList } from "./happenings.js";

/** Milliseconds between drawings, and between epochs that are read out. */
const BETWEEN_DRAWINGS = 200;
const BETWEEN_EPOCHS = 15_000;
const ENDED = new Set(["succeeded", "failed", "cancelled"]);

/** Shows the page of job `name`, with the jobs of `?with=` beside it. */
export async function show(main, { name: id, query }, signal) {
    const others = (query.get("with") ?? "").split(",").filter((each) => each && each !== id).slice(0, MOST_COMPARED - 1);
    const jobs = await Promise.all([id, ...others].map((each) => json(`/v1/jobs/${encodeURIComponent(each)}`, { signal })));
    const runs = jobs.map((job) => ({ job, label: label(job, jobs), run: new Run() }));
    const page = new JobPage(main, runs, await optimizerOf(jobs[0], signal));
    watchJobs((current) => page.update(current), signal);
    for (const each of runs) {
        follow(`/v1/jobs/${each.job.id}/events`, {
            received: (events) => { for (const event of events) each.run.apply(event); page.draw(); },
        }, signal);
    }
    return `${jobs[0].type} of ${jobs[0].model}`;
}

function label(job, jobs) {
    const alike = jobs.filter(({ model }) => model === job.model);
    return alike.length === 1 ? job.model : `${job.model} …${job.id.slice(-4)}`;
}

async function optimizerOf(job, signal) {
    if (job.type !== "fit") return null;
    try {
        const { compile } = await json(`/v1/models/${job.model}`, { signal });
        return compile === null ? null : await withRate(compile.optimizer, signal);
    } catch (error) {
        if (error instanceof ProblemError) return null; // The model may have been deleted since.
        throw error;
    }
}

/** An optimizer with its learning rate, which is the default unless it is configured. */
async function withRate(optimizer, signal) {
    const { class_name: name, config = {} } = typeof optimizer === "string" ? { class_name: optimizer } : optimizer;
    if (config.learning_rate !== undefined) return { class_name: name, config };
    const { optimizers } = await json("/v1", { signal });
    const known = optimizers.find((each) => each.name.toLowerCase() === name.toLowerCase());
    const rate = known?.arguments.find((argument) => argument.name === "learning_rate")?.default;
    return { class_name: name, config: rate === undefined ? config : { ...config, learning_rate: rate } };
}

class JobPage {
    #runs;
    #optimizer;
    #curves = new Curves();
    #state;
    #progress = progressBar();
    #cancel;
    #failure = element("div", {});
    #facts = element("div", {});
    #events = eventList();
    #compare;
    #isDrawing = false;
    #saidAt = -Infinity;

    constructor(main, runs, optimizer) {
        this.#runs = runs;
        this.#optimizer = optimizer;
        const { job } = runs[0];
        this.#state = chip(job.status);
        this.#cancel = element("button", { type: "button", class: "danger", onclick: () => this.#stop() }, "Cancel");
        this.#compare = element("select", { "aria-label": "Compare with another fit", onchange: () => this.#add() });
        const isFit = job.type === "fit";
        fill(main,
            element("div", { class: "title" },
                element("div", {},
                    element("h1", {}, `${job.type} of `, element("a", { href: `#/models/${job.model}` }, job.model)),
                    element("p", { class: "faint id" }, job.id)),
                this.#state, element("span", { class: "spring" }),
                isFit ? this.#compare : null, this.#cancel),
            this.#progress.node, this.#failure,
            runs.length > 1 ? this.#compared() : null,
            isFit ? this.#curves.node : null,
            element("section", {}, element("h2", {}, "In figures"), this.#facts),
            element("section", {}, element("h2", {}, "What happened"), this.#events.node),
            element("details", {}, element("summary", {}, "The same by curl"), commands(this.#commands(job))));
        this.#refresh(job);
    }

    /** Takes in how the jobs stand now. */
    update(jobs) {
        for (const each of this.#runs) {
            const now = jobs.find(({ id }) => id === each.job.id);
            if (now) each.job = now;
        }
        this.#offer(jobs);
        this.#refresh(this.#runs[0].job);
    }

    /** Draws what the events have told; seldom enough to leave the machine to the training. */
    draw() {
        if (this.#isDrawing) return;
        this.#isDrawing = true;
        setTimeout(() => {
            this.#isDrawing = false;
            const { run, job } = this.#runs[0];
            if (job.type === "fit") this.#curves.draw(this.#runs);
            this.#say(this.#events.update(run.takeEvents()));
            this.#refresh(job);
        }, BETWEEN_DRAWINGS);
    }

    #refresh(job) {
        setChip(this.#state, job.status);
        this.#progress.update(job);
        this.#cancel.hidden = ENDED.has(job.status);
        if (job.error !== null && this.#failure.childElementCount === 0) {
            this.#failure.replaceChildren(faultNotice(new ProblemError(job.error)));
        }
        const { run } = this.#runs[0];
        const logs = run.logs ?? job.result ?? {};
        const speed = run.throughput.last;
        const rate = logs.learning_rate === undefined ? null : figure(numeric(logs.learning_rate));
        this.#facts.replaceChildren(facts([
            ["Asked for", moment(job.created_at)],
            job.started_at && ["Ran", `${runtime(job)}, since ${moment(job.started_at)}`],
            job.type === "fit" && ["Epochs", `${run.epochs}${job.progress ? ` of ${job.progress.epochs}` : ""}`],
            run.batchSize && ["Batch size", count(run.batchSize)],
            speed && ["Throughput", `${count(Math.round(speed))} samples per second`],
            this.#optimizer && ["Optimizer", kerasObject(this.#optimizer)],
            job.type === "fit" && ["Learning rate", rate ?? constantRate(this.#optimizer)],
            ...Object.entries(logs).filter(([name]) => name !== "learning_rate" && typeof logs[name] !== "object")
                .map(([name, value]) => [name, job.type === "predict" ? value : figure(numeric(value))]),
        ]));
    }

    /** Tells listeners of the end at once, and of epochs now and then. */
    #say(news) {
        if (news === null || (news.isEpoch && performance.now() - this.#saidAt < BETWEEN_EPOCHS)) return;
        this.#saidAt = performance.now();
        announce(news.words);
    }

    #compared() {
        return element("ul", { class: "legend", "aria-label": "Compared jobs" }, this.#runs.map(({ label: text, job }, index) =>
            element("li", {}, element("span", { class: `swatch c${index + 1}` }),
                element("a", { href: `#/jobs/${job.id}` }, text),
                element("a", { class: "quiet", href: this.#address(this.#runs.filter((each) => each.job !== job)), "aria-label": `Leave out ${text}` }, "×"))));
    }

    #offer(jobs) {
        const shown = new Set(this.#runs.map(({ job }) => job.id));
        const offered = jobs.filter(({ id, type }) => type === "fit" && !shown.has(id)).slice(0, 50);
        const isFull = this.#runs.length >= MOST_COMPARED;
        this.#compare.hidden = offered.length === 0 || isFull;
        const known = [...this.#compare.options].slice(1).map(({ value }) => value);
        if (known.join() === offered.map(({ id }) => id).join()) return;
        this.#compare.replaceChildren(element("option", { value: "" }, "Compare with…"),
            ...offered.map((job) => element("option", { value: job.id }, `${job.model} …${job.id.slice(-4)}, ${moment(job.created_at)}`)));
    }

    #add() {
        const added = this.#compare.value;
        if (added) location.hash = this.#address([...this.#runs, { job: { id: added } }]);
    }

    #address(runs) {
        const [first, ...others] = runs.map(({ job }) => job.id);
        return `#/jobs/${first}${others.length > 0 ? `?with=${others.join(",")}` : ""}`;
    }

    async #stop() {
        this.#cancel.disabled = true;
        try {
            await json(`/v1/jobs/${this.#runs[0].job.id}/cancel`, { method: "POST" });
            announce("Asked to stop at the next batch. The model keeps what it has learnt.");
        } catch (error) {
            this.#failure.replaceChildren(faultNotice(error));
        } finally {
            this.#cancel.disabled = false;
        }
    }

    #commands({ id, type, status }) {
        return [
            curl(`/v1/jobs/${id}/events`, " -N -H 'Accept: text/plain'"),
            curl(`/v1/jobs/${id}`),
            type === "fit" && curl(`/v1/jobs/${id}/history`),
            !ENDED.has(status) && curl(`/v1/jobs/${id}/cancel`, " -X POST"),
        ].filter(Boolean).join("\n");
    }
}

function constantRate(optimizer) {
    const rate = optimizer?.config.learning_rate;
    if (rate === undefined) return "not known";
    return typeof rate === "number" ? `${figure(rate)}, constant` : kerasObject(rate);
}
