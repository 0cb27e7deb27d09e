// Runs before the page is drawn, so that a chosen theme does not flash the other one first.
try {
    const chosen = localStorage.getItem("fitd-theme");
    if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
    // Storage may be switched off; the system's theme it is.
}
