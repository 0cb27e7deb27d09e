/** What a job's events tell of it. */

import { numeric } from "./format.js";
import { merged, Points } from "./series.js";

/** With so few epochs, the curve within an epoch is worth keeping when the epoch is over. */
const FEW_EPOCHS = 3;
/** The most events that are kept until they are shown. */
const MOST_EVENTS = 200;

/** A job as its events build it up; what an event costs does not grow with the epochs before it. */
export class Run {
    /** A curve over the epochs that have ended for each name that is logged, in the server's order. */
    #ended = new Map();
    /** The same over the batches told since then; x counts epochs. */
    #batches = new Map();
    #events = [];
    /** How many seconds each epoch took. */
    seconds = new Points();
    /** Samples a second. */
    throughput = new Points();
    /** What the last epoch logged. */
    logs = null;
    /** Samples of a batch, once known. */
    batchSize = null;

    /** Takes an event in. */
    apply({ type, data, id }) {
        if (type === "batch") {
            const x = data.epoch - 1 + (data.steps ? data.step / data.steps : 0);
            add(this.#batches, x, data.logs);
        } else if (type === "epoch_begin") {
            this.#begin(data);
        } else {
            if (type === "epoch_end") this.#end(data);
            this.#events.push({ id, type, data });
            if (this.#events.length >= 2 * MOST_EVENTS) this.#events.splice(0, MOST_EVENTS);
        }
    }

    #begin({ epoch, epochs, batch_size: batchSize }) {
        this.batchSize = batchSize;
        // A job that goes on after an interruption runs epochs again.
        for (const curve of [...this.#ended.values(), this.seconds, this.throughput]) curve.cut(epoch - 1);
        if (epochs > FEW_EPOCHS) this.#batches.clear();
        for (const curve of this.#batches.values()) curve.cut(epoch - 1);
    }

    #end({ epoch, epochs, logs, seconds, steps, batch_size: batchSize }) {
        this.logs = logs;
        this.seconds.add(epoch, seconds);
        if (steps && batchSize && seconds > 0) this.throughput.add(epoch, (steps * batchSize) / seconds);
        add(this.#ended, epoch, logs);
        if (epochs > FEW_EPOCHS) this.#batches.clear();
    }

    /** The last events since this was asked for, but batches and begins of epochs. */
    takeEvents() {
        const events = this.#events.slice(-MOST_EVENTS);
        this.#events = [];
        return events;
    }

    /** How many epochs have ended. */
    get epochs() { return this.seconds.length; }

    /** The names of what is logged, in the server's order. */
    get names() { return [...new Set([...this.#ended.keys(), ...this.#batches.keys()])]; }

    /** The curve of a name. */
    points(name) {
        return merged(this.#ended.get(name) ?? new Points(), this.#batches.get(name) ?? new Points());
    }
}

/** Adds a point to the curve of each scalar that is logged. */
function add(curves, x, logs) {
    for (const name in logs) {
        const value = logs[name];
        if (Array.isArray(value)) continue;
        let curve = curves.get(name);
        if (curve === undefined) curves.set(name, curve = new Points());
        curve.add(x, numeric(value));
    }
}
