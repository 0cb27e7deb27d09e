/** Points of a curve made fit to draw. */

/** The exponential moving average, without the pull of its start; gaps stay gaps. */
export function smoothed(points, weight) {
    if (weight === 0) return points;
    let sum = 0;
    let share = 0;
    return points.map(([x, y]) => {
        if (!Number.isFinite(y)) return [x, y];
        sum = weight * sum + (1 - weight) * y;
        share = weight * share + (1 - weight);
        return [x, sum / share];
    });
}

/** At most about four points a column: its first, least, greatest and last, which draw the same line. */
export function thinned(points, columns) {
    if (points.length <= 4 * columns) return points;
    const [first, last] = [points[0][0], points.at(-1)[0]];
    const width = (last - first) / columns || 1;
    const kept = [];
    let column = [];
    let number = 0;
    for (const point of points) {
        const its = Math.floor((point[0] - first) / width);
        if (its !== number) {
            kept.push(...corners(column));
            column = [];
            number = its;
        }
        column.push(point);
    }
    kept.push(...corners(column));
    return kept;
}

function corners(column) {
    if (column.length <= 4) return column;
    let [least, greatest] = [0, 0];
    column.forEach(([, y], index) => {
        if (y < column[least][1]) least = index;
        if (y > column[greatest][1]) greatest = index;
    });
    const kept = new Set([0, least, greatest, column.length - 1]);
    return [...kept].sort((a, b) => a - b).map((index) => column[index]);
}

/** The point whose x is nearest, in points sorted by x; null of none. */
export function nearest(points, x) {
    let [low, high] = [0, points.length - 1];
    while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (points[middle][0] < x) low = middle; else high = middle;
    }
    const candidates = [points[low], points[high]].filter(Boolean);
    return candidates.length === 0 ? null
        : candidates.reduce((best, each) => (Math.abs(each[0] - x) < Math.abs(best[0] - x) ? each : best));
}

/** The points between two x, with one neighbour on each side so that lines run to the edge. */
export function within(points, [low, high]) {
    const first = points.findIndex(([x]) => x >= low);
    if (first < 0) return points.slice(-1);
    let last = points.findIndex(([x]) => x > high);
    if (last < 0) last = points.length;
    return points.slice(Math.max(0, first - 1), last + 1);
}
