/** Requests to the server, with the token where one is needed. */

const KEY = "fitd-token";
const TYPES = { csv: "text/csv", json: "application/json" };
let token = null;
try {
    token = sessionStorage.getItem(KEY);
} catch {
    // Without storage, the token lasts as long as the page.
}
let asking = null;
let ask = async () => null;

/** A refusal of the server's, as its problem document tells it. */
export class ProblemError extends Error {
    constructor(problem) {
        super(problem.detail || problem.title);
        this.problem = problem;
    }
}

/** Has `question` ask the user for a token: it gets why, and answers with a token. */
export function askForTokensBy(question) {
    ask = question;
}

/** Whether requests carry a token. */
export function hasToken() {
    return token !== null;
}

/** Answers as `fetch` does, once the server lets us in; throws a ProblemError for what it refuses. */
export async function request(path, options = {}) {
    for (;;) {
        const used = token;
        const answer = await fetch(path, { ...options, headers: { ...options.headers, ...authorization() } });
        if (answer.ok) return answer;
        if (answer.status !== 401) throw new ProblemError(await problemOf(answer));
        if (token === used) await askOnce(used !== null);
    }
}

/** A JSON document. */
export async function json(path, options) {
    return (await request(path, options)).json();
}

/** The answer to a JSON document that is sent. */
export function send(method, path, body) {
    return json(path, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}

/** All items of a list, page by page, up to `most`. */
export async function items(path, most = 1000) {
    return (await listed(path, most)).items;
}

/** `{ items, next }` of a list, page by page, up to about `most`; `next` is null at the list's end. */
export async function listed(path, most) {
    const found = [];
    let next = null;
    do {
        const after = next === null ? "" : `&after=${encodeURIComponent(next)}`;
        const page = await json(`${path}${path.includes("?") ? "&" : "?"}limit=${Math.min(most, 200)}${after}`);
        found.push(...page.items);
        next = page.next;
    } while (next !== null && found.length < most);
    return { items: found, next };
}

/** Sends a file, and tells the share of it that has gone. */
export async function upload(path, file, tell) {
    for (;;) {
        const used = token;
        const { status, text } = await transfer(path, file, tell);
        if (status < 300) return JSON.parse(text);
        if (status !== 401) throw new ProblemError(parsed(text, status));
        if (token === used) await askOnce(used !== null);
    }
}

function transfer(path, file, tell) {
    return new Promise((resolve, reject) => {
        const call = new XMLHttpRequest();
        call.open("PUT", path);
        for (const [name, value] of Object.entries(authorization())) call.setRequestHeader(name, value);
        call.setRequestHeader("Content-Type", TYPES[file.name.split(".").at(-1)] ?? "application/octet-stream");
        call.upload.addEventListener("progress", (event) => tell(event.loaded / event.total));
        call.addEventListener("load", () => resolve({ status: call.status, text: call.responseText }));
        call.addEventListener("error", () => reject(new TypeError("The connection broke.")));
        call.send(file);
    });
}

function authorization() {
    return token === null ? {} : { Authorization: `Bearer ${token}` };
}

async function askOnce(isRefused) {
    asking ??= ask(isRefused).finally(() => { asking = null; });
    token = await asking;
    try {
        sessionStorage.setItem(KEY, token);
    } catch {
        // As above.
    }
}

async function problemOf(answer) {
    return parsed(await answer.text(), answer.status);
}

function parsed(text, status) {
    try {
        return JSON.parse(text);
    } catch {
        return { title: `The server answered ${status}.`, status, detail: text.slice(0, 200) };
    }
}
