/** The switch between the system's theme, the light and the dark one. */

const KEY = "fitd-theme";
const THEMES = ["system", "light", "dark"];

/** Makes a button go through the themes. */
export function offerThemes(button) {
    const current = () => document.documentElement.dataset.theme ?? "system";
    const tell = () => { button.textContent = `Theme: ${current()}`; };
    button.addEventListener("click", () => {
        choose(THEMES[(THEMES.indexOf(current()) + 1) % THEMES.length]);
        tell();
    });
    tell();
}

function choose(theme) {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
        if (theme === "system") localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, theme);
    } catch {
        // Without storage, the choice lasts as long as the page.
    }
}
