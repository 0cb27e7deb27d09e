/** Reads `.npz` files with stored members, as the server writes them: APPNOTE.TXT of the ZIP format, 4.3.7. */

import { elements, header } from "./npy.js";

const MEMBER = 0x04034b50;
const HEAD = 30;

/** `{ name, array: { shape, values } }` of each member. */
export function members(buffer) {
    const view = new DataView(buffer);
    const found = [];
    let at = 0;
    while (at + HEAD <= buffer.byteLength && view.getUint32(at, true) === MEMBER) {
        const size = view.getUint32(at + 18, true);
        const [nameLength, extraLength] = [view.getUint16(at + 26, true), view.getUint16(at + 28, true)];
        const name = new TextDecoder().decode(new Uint8Array(buffer, at + HEAD, nameLength));
        const start = at + HEAD + nameLength + extraLength;
        const content = buffer.slice(start, start + size);
        const head = header(content);
        found.push({ name: name.replace(/\.npy$/, ""), array: { shape: head.shape, values: elements(content, head, head.offset) } });
        at = start + size;
    }
    return found;
}
