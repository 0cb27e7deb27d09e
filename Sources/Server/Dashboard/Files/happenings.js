/** A job's events in plain words. */

import { element } from "./dom.js";
import { duration, figure } from "./format.js";

const MOST_SHOWN = 200;

const WORDS = {
    queued: ({ queue_position: place }) => (place > 1 ? `Accepted, with ${place - 1} of the model's jobs ahead of it` : "Accepted"),
    started: () => "Started",
    epoch_end: ({ epoch, epochs, logs, seconds }) =>
        `Epoch ${epoch} of ${epochs} took ${duration(seconds)}${spelt(logs)}`,
    checkpoint: ({ name }) => `Kept the weights as ${name}`,
    interrupted: () => "Interrupted: the server stopped. The job goes on when it is back",
    resumed: ({ epoch, step, detail }) =>
        `Went on with epoch ${epoch}${step === undefined ? "" : `, behind step ${step}`}${detail ? `. ${detail}` : ""}`,
    succeeded: () => "Done",
    failed: ({ error }) => `Failed: ${error.detail}`,
    cancelled: () => "Cancelled. The model keeps what it had learnt",
};

/** A list of events, the last first; `update(events)` adds some, and answers with what is new to say, or null. */
export function eventList() {
    const list = element("ol", { class: "events", reversed: true });
    const older = element("p", { class: "faint" });
    let isFirst = true;
    return {
        node: element("div", { class: "scroll short", tabindex: "0", role: "region", "aria-label": "Events" }, list, older),
        update(events) {
            const told = events.filter(isTold).slice(-MOST_SHOWN);
            list.prepend(...told.map(line).reverse());
            while (list.childElementCount > MOST_SHOWN) list.lastElementChild.remove();
            older.textContent = list.childElementCount === MOST_SHOWN ? "Earlier events are left out." : "";
            const last = told.at(-1);
            const wasFirst = isFirst;
            isFirst &&= events.length === 0;
            return last && !wasFirst ? { words: words(last), isEpoch: last.type === "epoch_end" } : null;
        },
    };
}

/** Checkpoints without a name are the server's own, and too many to tell. */
function isTold({ type, data }) {
    return type in WORDS && (type !== "checkpoint" || data.name !== undefined);
}

function line(event) {
    const notes = (event.data.notes ?? []).map((note) => element("div", { class: "faint" }, note));
    return element("li", { value: event.id, class: event.type }, words(event), notes);
}

function words({ type, data }) {
    return WORDS[type](data);
}

function spelt(logs) {
    const told = Object.entries(logs).filter(([, value]) => typeof value === "number");
    return told.length === 0 ? "" : `: ${told.map(([name, value]) => `${name} ${figure(value)}`).join(", ")}`;
}
