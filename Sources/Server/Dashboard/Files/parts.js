/** Pieces that several pages show. */

import { element } from "./dom.js";
import { duration, figure, numeric } from "./format.js";
import { ProblemError } from "./api.js";

/** A job's state, with a colour and a word. */
export function chip(status) {
    return element("span", { class: `chip ${status}` }, status);
}

/** A bar with the share that is done; `update(job)` moves it. */
export function progressBar() {
    const bar = element("progress", { max: "1", value: "0", "aria-label": "Progress" });
    const words = element("span", { class: "faint figures" });
    const node = element("div", { class: "progress" }, bar, words);
    return {
        node,
        update(job) {
            const { progress, status } = job;
            bar.hidden = status !== "running" && status !== "queued";
            if (status === "running" && progress === null) bar.removeAttribute("value");
            else bar.value = progress?.fraction ?? 0;
            setText(words, progressWords(job));
        },
    };
}

/** How far a job is, in words. */
function progressWords({ status, progress, queue_position: place, type }) {
    if (status === "queued") return place > 1 ? `${place - 1} ahead of it` : "next in line";
    if (progress === null || (type !== "fit" && status !== "running")) return "";
    const epochs = `epoch ${progress.epoch} of ${progress.epochs}`;
    if (status !== "running") return epochs;
    const done = `${Math.floor(100 * progress.fraction)} %`;
    const left = progress.eta_seconds === null ? "" : `, ${duration(progress.eta_seconds)} left`;
    return type === "fit" ? `${done} · ${epochs}${left}` : `${done}${left}`;
}

/** How long a job has run, or ran. */
export function runtime(job) {
    if (job.started_at === null) return "";
    const end = job.finished_at === null ? Date.now() : Date.parse(job.finished_at);
    return duration(Math.max(0, end - Date.parse(job.started_at)) / 1000);
}

/** The loss that a job last told. */
export function lastLoss(job) {
    const logs = job.progress?.logs ?? {};
    return logs.loss === undefined ? "" : figure(numeric(logs.loss));
}

/** What went wrong, in the server's words, fault by fault. */
export function faultNotice(error) {
    const problem = error instanceof ProblemError ? error.problem : null;
    const detail = problem?.detail ?? "The server cannot be reached. Is it running?";
    const faults = (problem?.errors ?? []).map(({ pointer, detail: what }) =>
        element("li", {}, pointer ? element("code", {}, pointer) : null, " ", what));
    return element("div", { class: "notice fault", role: "alert" },
        element("strong", {}, problem?.title ?? "No connection"),
        element("p", {}, detail),
        faults.length > 0 ? element("ul", {}, faults) : null);
}

/** What to do where there is nothing yet. */
export function emptyState(title, words, ...more) {
    return element("section", { class: "empty" }, element("h2", {}, title), element("p", {}, words), ...more);
}

/** Sets a text unless it is there already, so that nothing is selected anew or read out twice. */
export function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

/** A fresh state of a status chip. */
export function setChip(node, status) {
    node.className = `chip ${status}`;
    setText(node, status);
}
