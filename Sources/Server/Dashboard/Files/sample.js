/** A part of an array, taken by ranges of bytes so that a big one is not downloaded. */

import { request } from "./api.js";
import { elements, header } from "./npy.js";

const PIECE = 256 * 1024;
const PIECES = 12;

/**
 * Rows of an array: `{ values, rows, width, all, first }`, of `all` rows those at the beginning, `first` of
 * them, and more from places that are spread evenly. A row too long for a piece is cut, and is the only one.
 */
export async function sampleOf(dataset, array, signal) {
    const path = `/v1/datasets/${encodeURIComponent(dataset)}/arrays/${encodeURIComponent(array)}`;
    const start = await bytesOf(path, 0, PIECE, signal);
    const head = header(start);
    const [all, ...inner] = head.shape.length === 0 ? [1] : head.shape;
    const width = inner.reduce((product, size) => product * size, 1);
    const rowBytes = width * head.size;
    const readable = Math.floor((start.byteLength - head.offset) / head.size);
    if (all * width === 0) return { values: new Float64Array(0), rows: 0, width, all, first: 0 };
    if (readable < width) return { values: elements(start, head, head.offset, readable), rows: 1, width: readable, all, first: 1 };
    const first = Math.min(all, Math.floor(readable / width));
    const parts = [elements(start, head, head.offset, first * width)];
    const each = Math.floor(PIECE / rowBytes);
    const spread = Math.min(PIECES, Math.floor((all - first) / each) + (first < all ? 1 : 0));
    const more = Array.from({ length: spread }, async (_, index) => {
        const row = first + Math.floor(((all - first) * index) / spread);
        const count = Math.min(each, all - row, Math.ceil((all - first) / spread));
        const piece = await bytesOf(path, head.offset + row * rowBytes, count * rowBytes, signal);
        return elements(piece, head, 0, count * width);
    });
    parts.push(...await Promise.all(more));
    const values = joined(parts);
    return { values, rows: values.length / width, width, all, first };
}

async function bytesOf(path, from, count, signal) {
    const range = `bytes=${from}-${from + count - 1}`;
    const answer = await request(path, { headers: { Range: range, Accept: "application/x-npy" }, signal, cache: "no-store" });
    return answer.arrayBuffer();
}

function joined(parts) {
    const values = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        values.set(part, at);
        at += part.length;
    }
    return values;
}
