/** Figures of many numbers. */

/** `{ count, odd, low, high, mean, deviation, zeros }`; what is not finite is counted in `odd` alone. */
export function summary(values) {
    let [number, odd, zeros, mean, squares] = [0, 0, 0, 0, 0];
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
        if (!Number.isFinite(value)) { odd += 1; continue; }
        number += 1;
        if (value === 0) zeros += 1;
        if (value < low) low = value;
        if (value > high) high = value;
        const away = value - mean;
        mean += away / number;
        squares += away * (value - mean);
    }
    return { count: number, odd, low, high, mean: number > 0 ? mean : NaN, deviation: number > 0 ? Math.sqrt(squares / number) : NaN, zeros };
}

/** One column of rows that lie one behind the other. */
export function column(values, width, index) {
    const rows = Math.floor(values.length / width);
    const picked = new Float64Array(rows);
    for (let row = 0; row < rows; row += 1) picked[row] = values[row * width + index];
    return picked;
}
