/** Server-sent events by `fetch`, which can carry a token where EventSource cannot. */

import { request, ProblemError } from "./api.js";

const ENDED = new Set(["succeeded", "failed", "cancelled"]);
const LONGEST_PAUSE = 10_000;

/**
 * Follows a stream until `signal` aborts or an event ends it: comes back behind the last event when the
 * connection breaks, and rests while the page is hidden, so that tabs leave each other connections.
 *
 * `listener` has `opened()`, `received(events)` with `{ id, type, data }`, and `broken(error)`.
 */
export async function follow(path, listener, signal) {
    let last = null;
    let pause = 500;
    while (!signal.aborted) {
        await visible(signal);
        const attempt = new AbortController();
        const stop = () => attempt.abort();
        const rest = () => { if (document.hidden) attempt.abort(); };
        signal.addEventListener("abort", stop);
        document.addEventListener("visibilitychange", rest);
        try {
            const headers = { Accept: "text/event-stream", ...(last === null ? {} : { "Last-Event-ID": last }) };
            const answer = await request(path, { headers, signal: attempt.signal, cache: "no-store" });
            listener.opened?.();
            pause = 500;
            for await (const events of parsed(answer.body)) {
                last = events.at(-1).id ?? last;
                listener.received(events);
                if (ENDED.has(events.at(-1).type)) return;
            }
        } catch (error) {
            if (signal.aborted) return;
            if (!attempt.signal.aborted) listener.broken?.(error);
            if (error instanceof ProblemError && error.problem.status === 404) return;
        } finally {
            signal.removeEventListener("abort", stop);
            document.removeEventListener("visibilitychange", rest);
        }
        if (!document.hidden) await delay(pause, signal);
        pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
}

/** The events of `text/event-stream` (HTML Standard, 9.2.6), as many at a time as have arrived. */
async function* parsed(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        const events = blocks.map(event).filter((each) => each !== null);
        if (events.length > 0) yield events;
    }
}

function event(block) {
    const fields = {};
    for (const line of block.split("\n")) {
        const colon = line.indexOf(":");
        if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
    }
    if (fields.data === undefined) return null;
    return { id: fields.id ?? null, type: fields.event ?? "message", data: JSON.parse(fields.data) };
}

function visible(signal) {
    if (!document.hidden) return undefined;
    return new Promise((resolve) => {
        const done = () => {
            document.removeEventListener("visibilitychange", done);
            signal.removeEventListener("abort", done);
            resolve();
        };
        document.addEventListener("visibilitychange", done);
        signal.addEventListener("abort", done);
    });
}

function delay(milliseconds, signal) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); });
    });
}
