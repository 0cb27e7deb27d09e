/** All jobs as they stand, kept so by the server's stream of their changes. */

import { listed } from "./api.js";
import { follow } from "./stream.js";

/** Jobs that are asked for at first, and that each `loadOlder` adds. */
const PAGE = 200;
const jobs = new Map();
const listeners = new Set();
let isLoaded = false;
let isTelling = false;
let waiting = [];
let loading = 0;
let wanted = PAGE;
let isMore = false;

/** Follows the jobs as long as the page is open; `tellConnection` gets null while all is well, else why not. */
export function followJobs(tellConnection) {
    follow("/v1/events", {
        opened: () => { tellConnection(null); load(tellConnection); },
        received: (events) => take(events.map((event) => event.data)),
        broken: tellConnection,
    }, new AbortController().signal);
}

/** Has `listener` told the jobs, newest first, now and at every change, until `signal` aborts. */
export function watchJobs(listener, signal) {
    listeners.add(listener);
    signal.addEventListener("abort", () => listeners.delete(listener));
    if (isLoaded) listener(newestFirst());
}

/** Whether there are jobs older than those that are told. */
export function hasOlder() {
    return isMore;
}

/** Has listeners told of some older jobs, too. */
export async function loadOlder() {
    wanted += PAGE;
    await load((error) => { if (error) throw error; });
}

// The list is asked for once the stream is open: a job that ends in between is in one of them.
async function load(tellConnection) {
    loading += 1;
    try {
        const { items, next } = await listed("/v1/jobs", wanted);
        jobs.clear();
        for (const job of items) jobs.set(job.id, job);
        isMore = next !== null;
        isLoaded = true;
    } catch (error) {
        tellConnection(error);
    } finally {
        loading -= 1;
        take([]);
    }
}

function take(changed) {
    waiting.push(...changed);
    if (loading > 0) return;
    for (const job of waiting) jobs.set(job.id, job);
    waiting = [];
    if (isTelling) return;
    isTelling = true;
    requestAnimationFrame(() => {
        isTelling = false;
        if (!isLoaded) return;
        const current = newestFirst();
        for (const listener of listeners) listener(current);
    });
}

function newestFirst() {
    return [...jobs.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}
