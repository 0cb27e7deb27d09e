/** Reads `.npy` files, whole or in part: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */

const READERS = {
    "|b1": [1, (view, at) => view.getUint8(at)], "|u1": [1, (view, at) => view.getUint8(at)],
    "|i1": [1, (view, at) => view.getInt8(at)],
    "<u2": [2, (view, at) => view.getUint16(at, true)], "<i2": [2, (view, at) => view.getInt16(at, true)],
    "<u4": [4, (view, at) => view.getUint32(at, true)], "<i4": [4, (view, at) => view.getInt32(at, true)],
    "<u8": [8, (view, at) => Number(view.getBigUint64(at, true))],
    "<i8": [8, (view, at) => Number(view.getBigInt64(at, true))],
    "<f2": [2, (view, at) => half(view.getUint16(at, true))],
    "<f4": [4, (view, at) => view.getFloat32(at, true)], "<f8": [8, (view, at) => view.getFloat64(at, true)],
};

/** `{ offset, shape, size, read }` from a file's first bytes: where elements begin, and how one is read. */
export function header(buffer) {
    const view = new DataView(buffer);
    const [length, start] = view.getUint8(6) === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
    const text = new TextDecoder().decode(new Uint8Array(buffer, start, length));
    const type = /'descr': '([^']+)'/.exec(text)?.[1];
    const shape = /'shape': \(([^)]*)\)/.exec(text)?.[1];
    if (!(type in READERS) || shape === undefined) throw new Error(`An array of type ${type} cannot be shown.`);
    const [size, read] = READERS[type];
    return { offset: start + length, shape: shape.split(",").map((part) => part.trim()).filter(Boolean).map(Number), size, read };
}

/** The elements in some bytes, as numbers. */
export function elements(buffer, { size, read }, offset = 0, count = Math.floor((buffer.byteLength - offset) / size)) {
    const view = new DataView(buffer, offset);
    const values = new Float64Array(count);
    for (let index = 0; index < count; index += 1) values[index] = read(view, index * size);
    return values;
}

function half(bits) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
