/** What a job's events tell of it. */

import { numeric } from "./format.js";

/** With so few epochs, the curve within an epoch is worth keeping when the epoch is over. */
const FEW_EPOCHS = 3;

/** A job as its events build it up. */
export class Run {
    /** `{ epoch, logs, seconds, samples }` of each epoch that has ended. */
    epochs = [];
    /** `{ x, logs }` of the batches told since then; x counts epochs. */
    batches = [];
    /** All events but batches. */
    events = [];
    /** Samples of a batch, once known. */
    batchSize = null;

    /** Takes an event in. */
    apply({ type, data, id }) {
        if (type === "batch") {
            const x = data.epoch - 1 + (data.steps ? data.step / data.steps : 0);
            this.batches.push({ x, logs: scalars(data.logs) });
            return;
        }
        this.events.push({ id, type, data });
        if (type === "epoch_begin") this.#begin(data);
        if (type === "epoch_end") this.#end(data);
    }

    #begin({ epoch, epochs, batch_size: batchSize }) {
        this.batchSize = batchSize;
        // A job that goes on after an interruption runs epochs again.
        this.epochs = this.epochs.filter((ended) => ended.epoch < epoch);
        this.batches = epochs <= FEW_EPOCHS ? this.batches.filter(({ x }) => x <= epoch - 1) : [];
    }

    #end({ epoch, epochs, logs, seconds, steps, batch_size: batchSize }) {
        const samples = steps && batchSize && seconds > 0 ? (steps * batchSize) / seconds : null;
        this.epochs.push({ epoch, logs: scalars(logs), seconds, samples });
        if (epochs > FEW_EPOCHS) this.batches = [];
    }

    /** The names of what is logged, in the server's order. */
    get names() {
        return [...new Set([...this.epochs, ...this.batches].flatMap(({ logs }) => Object.keys(logs)))];
    }

    /** `[epoch, value]` of a name. */
    points(name) {
        const ended = this.epochs.map(({ epoch, logs }) => [epoch, logs[name] ?? NaN]);
        const within = this.batches.filter(({ logs }) => name in logs).map(({ x, logs }) => [x, logs[name]]);
        return [...ended, ...within].sort((a, b) => a[0] - b[0]);
    }

    /** `[epoch, samples a second]`. */
    get throughput() {
        return this.epochs.filter(({ samples }) => samples !== null).map(({ epoch, samples }) => [epoch, samples]);
    }
}

function scalars(logs) {
    return Object.fromEntries(
        Object.entries(logs ?? {}).filter(([, value]) => !Array.isArray(value)).map(([name, value]) => [name, numeric(value)]));
}
