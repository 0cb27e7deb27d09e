"""The dashboard in a real browser: Debian's Chromium, driven by Playwright. Without one, these tests are skipped."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from fitd import good, layer, npy

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = playwright.expect

RANDOM = np.random.default_rng(6)
ENDLESS = 1_000_000  # epochs; such a fit is cancelled by its test
PHONE = {"width": 360, "height": 740}
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"Chromium does not start here: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Opens pages: visit(url, **context); afterwards, none of them may have told of an error or a breach of the policy."""
    contexts, faults = [], []

    def open_page(url, expected=None, **options):
        context = chromium.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()

        def hear(message):
            if message.type in ("error", "warning") and not (expected and expected in message.text):
                faults.append(f"{message.type}: {message.text}")

        page.on("console", hear)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A server with two fits that have ended, of two models, and datasets of several kinds."""
    import fitd

    server = fitd.Server(tmp_path_factory.mktemp("dashboard"), "--threads", "1").start()
    x, y = RANDOM.random((256, 8)), RANDOM.integers(2, size=(256, 1))
    server.upload("x", x)
    server.upload("y", y)
    server.jobs = []
    for name in ("narrow", "wide"):
        server.define(name, layer("Dense", units=8, activation="relu", input_dim=8), layer("Dense", units=1, activation="sigmoid"))
        server.compile(name, {"class_name": "RMSprop", "config": {"learning_rate": 0.002}}, "binary_crossentropy", metrics=["accuracy"])
        job = server.start_fit(name, x="x", y="y", epochs=12, validation_split=0.25)
        server.jobs.append(server.end(job))
    yield server
    assert server.stop() == 0


def epoch(page):
    """The last epoch that the first chart tells of."""
    told = re.search(r"at epoch ([\d.]+)", page.locator(".plot").first.get_attribute("aria-label") or "")
    return float(told[1]) if told else 0


def number(text):
    return float(text.replace("−", "-").replace(",", ""))


def test_the_first_view_is_small_and_all_from_here(trained, visit):
    page = visit("about:blank")
    sizes, hosts = [], set()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(trained.url)
    expect(page.get_by_role("row", name=re.compile("narrow fit"))).to_be_visible()
    assert 10_000 < sum(sizes) < 100_000
    assert hosts == {trained.url.split("/")[2]}


def test_a_fit_by_the_form(trained, visit, tmp_path):
    """From files to a curve that grows, and cancelled; the commands shown do the same."""
    x = RANDOM.random((50_000, 8)).astype("f4")
    (tmp_path / "samples.npy").write_bytes(npy(x))
    (tmp_path / "labels.npy").write_bytes(npy((x.sum(axis=1) > 4).astype("i8")))
    page = visit(f"{trained.url}/#/new")
    page.get_by_label("Choose files").set_input_files([tmp_path / "samples.npy", tmp_path / "labels.npy"])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Uploaded: labels int64 (50000,)")).to_be_visible()
    page.get_by_label("Samples, x").select_option("samples")
    page.get_by_label("Targets, y").select_option("labels")
    expect(page.get_by_label("Layers")).to_have_value(re.compile('"input_dim": 8.*"sigmoid"', re.DOTALL))
    expect(page.get_by_label("Loss")).to_have_value("binary_crossentropy")
    page.get_by_label("Name", exact=True).fill("by-form")
    page.get_by_label("Epochs").fill(str(ENDLESS))
    script = page.get_by_label("Commands").inner_text()
    page.get_by_role("button", name="Start the fit").click()

    expect(page.get_by_role("heading", name="fit of by-form")).to_be_visible()
    expect(page.locator(".chip").first).to_have_text("running")
    expect(page.get_by_text(re.compile(r"epoch \d+ of 1000000, .* left"))).to_be_visible()
    page.wait_for_function("() => document.querySelector('.plot path.line')?.getAttribute('d').includes('L')")
    before = epoch(page)
    page.wait_for_function("n => Number(/at epoch ([0-9.]+)/.exec(document.querySelector('.plot').ariaLabel)[1]) > n", arg=before + 5)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".chip").first).to_have_text("cancelled")
    expect(page.get_by_label("Events")).to_contain_text("Cancelled")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    identifier = page.locator(".id").inner_text()
    assert good(trained.get(f"/v1/jobs/{identifier}")).json()["status"] == "cancelled"

    assert script.count("curl") == 5
    script = script.replace(str(ENDLESS), "2")
    run = subprocess.run(["bash", "-ec", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and "/problems/" not in run.stdout, run.stdout
    job = good(trained.get("/v1/jobs?type=fit&model=by-form")).json()["items"][0]
    assert job["id"] != identifier
    trained.end(job)


def test_the_list_is_live(trained, visit):
    page = visit(trained.url)
    expect(page.get_by_role("row", name=re.compile("narrow fit"))).to_be_visible()
    trained.define("late", layer("Dense", units=1, input_dim=8))
    trained.compile("late")
    job = trained.start_fit("late", x="x", y="y", epochs=ENDLESS)
    row = page.get_by_role("row", name=re.compile("late fit"))
    expect(row).to_contain_text("running")
    expect(row).to_contain_text(re.compile(r"epoch \d+ of 1000000, .* left"))
    good(trained.post(f"/v1/jobs/{job['id']}/cancel"))
    expect(row).to_contain_text("cancelled")


def test_short_epochs_show_their_loss(trained, visit):
    trained.define("short", layer("Dense", units=1, input_dim=8))
    trained.compile("short")
    job = trained.start_fit("short", x="x", y="y", epochs=ENDLESS, batch_size=256)
    page = visit(trained.url)
    row = page.get_by_role("row", name=re.compile("short fit"))
    expect(row.locator("td.number").first).to_have_text(re.compile(r"^0\.\d+$"))
    told = set()
    for _ in range(30):
        told.add(row.locator("td.number").first.inner_text())
        page.wait_for_timeout(50)
    assert "" not in told
    good(trained.post(f"/v1/jobs/{job['id']}/cancel"))
    trained.end(job, wanted="cancelled")


def test_a_flood_of_epochs_is_followed_to_its_end(trained, visit):
    """What an epoch costs the page does not grow with those before it, and a curve of any length is drawn in its pixels."""
    trained.upload("few", RANDOM.random((4, 8)))
    trained.upload("targets", RANDOM.random((4, 1)))
    trained.define("flood", layer("Dense", units=1, input_dim=8))
    trained.compile("flood")
    job = trained.start_fit("flood", x="few", y="targets", epochs=100_000, batch_size=4)
    page = visit(f"{trained.url}/#/jobs/{job['id']}")
    trained.end(job)
    expect(page.get_by_label("Events").get_by_text("Done", exact=True)).to_be_visible()
    expect(page.locator(".plot").first).to_have_attribute("aria-label", re.compile("at epoch 100K"))
    assert 100 < page.locator("ol.events li").count() <= 200
    assert page.locator(".plot path.line").first.get_attribute("d").count("L") < 5000
    page.get_by_text("The same as a table").click()
    assert page.locator(".rows tbody th").first.inner_text() == "100000"


def test_epochs_that_run_again_replace_what_was_told_of_them(trained, visit):
    page = visit(trained.url)
    curves = page.evaluate("""async () => {
        const { Run } = await import("/dashboard/run.js");
        const run = new Run();
        const begin = (epoch) => run.apply({ type: "epoch_begin", data: { epoch, epochs: 500, batch_size: 1 } });
        const end = (epoch, loss) => run.apply(
            { type: "epoch_end", data: { epoch, epochs: 500, steps: 1, batch_size: 1, seconds: 1, logs: { loss } } });
        for (let epoch = 1; epoch <= 300; epoch += 1) { begin(epoch); end(epoch, epoch); }
        begin(200);
        run.apply({ type: "batch", data: { epoch: 200, step: 1, steps: 2, logs: { loss: 7 } } });
        const during = run.points("loss");
        const shown = [during.length, during.x.at(-1), during.y.at(-1)];
        end(200, "NaN");
        const { x, y } = run.points("loss");
        return { shown, x: [...x], y: [...y], epochs: run.epochs, events: run.takeEvents().length };
    }""")
    assert curves["shown"] == [200, 199.5, 7]
    assert curves["x"] == list(range(1, 201)) and curves["epochs"] == 200
    assert curves["y"][:-1] == list(range(1, 200)) and np.isnan(curves["y"][-1])
    assert curves["events"] == 200


def test_older_jobs_are_a_click_away(launch, visit):
    server = launch("many")
    server.define("m", layer("Dense", units=1, input_dim=1))
    jobs = [good(server.post("/v1/models/m/compile", json={"loss": "mse"})).json() for _ in range(405)]
    server.end(jobs[-1])
    page = visit(server.url)
    rows = page.locator("tbody tr")
    older = page.get_by_role("button", name="Older jobs")
    expect(rows).to_have_count(200)
    older.click()
    expect(rows).to_have_count(400)
    older.click()
    expect(rows).to_have_count(405)
    expect(older).to_be_hidden()
    assert rows.last.locator("a").get_attribute("href") == f"#/jobs/{jobs[0]['id']}"


def test_a_fit_that_fails_while_it_is_watched(launch, visit):
    server = launch("short", "--max-job-time", "4s")
    # Epochs of some milliseconds: the page shows each one.
    server.upload("x", RANDOM.random((20000, 8)))
    server.upload("y", RANDOM.random((20000, 1)))
    server.define("late", layer("Dense", units=64, input_dim=8), layer("Dense", units=1))
    server.compile("late")
    job = server.start_fit("late", x="x", y="y", epochs=ENDLESS, batch_size=8)
    page = visit(f"{server.url}/#/jobs/{job['id']}")
    expect(page.locator(".chip").first).to_have_text("running")
    expect(page.locator(".chip").first).to_have_text("failed")
    error = good(server.get(f"/v1/jobs/{job['id']}")).json()["error"]
    expect(page.get_by_role("alert")).to_contain_text(error["detail"])
    expect(page.get_by_label("Events")).to_contain_text("Failed")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    assert epoch(page) >= 1
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("row", name=re.compile("late fit"))).to_contain_text("failed")


def test_two_jobs_are_compared(trained, visit):
    page = visit(trained.url)
    for name in ("narrow", "wide"):
        page.get_by_label(re.compile(f"Compare the fit of {name}")).check()
    page.get_by_role("link", name="Compare 2").click()
    for color in ("c1", "c2"):
        expect(page.locator(f".plot svg g.{color} path.line").first).to_be_attached()
    legend = page.locator(".chart").first.locator(".legend")
    for text in ("narrow", "wide", "narrow, validation", "wide, validation"):
        expect(legend.get_by_text(text, exact=False).first).to_be_visible()

    page.get_by_text("The same as a table").click()
    headings = page.locator(".rows thead th").all_inner_texts()
    last = page.locator(".rows tbody tr").first.locator("th, td").all_inner_texts()
    shown = dict(zip(headings, last))
    assert shown["Epoch"] == "12"
    for job in trained.jobs:
        history = trained.history(job)["history"]
        assert number(shown[f"loss, {job['model']}"]) == pytest.approx(history["loss"][-1], abs=5e-5)
        assert number(shown[f"accuracy, {job['model']}, validation"]) == pytest.approx(history["val_accuracy"][-1], abs=5e-5)


def test_charts_zoom_smooth_and_read_by_keys(trained, visit):
    page = visit(f"{trained.url}/#/jobs/{trained.jobs[0]['id']}")
    plot = page.locator(".plot").first
    expect(plot).to_have_attribute("aria-label", re.compile("at epoch 12"))
    plot.focus()
    page.keyboard.press("Home")
    first = trained.history(trained.jobs[0])["history"]["loss"][0]
    said = page.locator("#announcements")
    expect(said).to_contain_text("Epoch 1: training")
    assert number(re.search(r"training ([\d.]+)", said.inner_text())[1]) == pytest.approx(first, abs=5e-5)
    page.keyboard.press("+")
    everything = page.get_by_role("button", name="Show all")
    expect(everything).to_be_enabled()
    everything.click()
    expect(everything).to_be_disabled()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + 120, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 90, steps=4)
    page.mouse.up()
    expect(everything).to_be_enabled()
    page.get_by_label("Log scale").check()
    page.get_by_label("Smoothing").fill("0.6")
    expect(plot.locator("path.raw").first).to_be_attached()


def test_a_model(trained, visit):
    trained.define("odd", layer("Dense", units=4, input_dim=8, name="first"), layer("BatchNormalization"))
    page = visit(f"{trained.url}/#/models/odd")
    rows = page.get_by_role("region", name="Layers").get_by_role("row")
    expect(rows.nth(1)).to_have_text(re.compile(r"first\s*Dense\s*\(None, 4\)\s*36"))
    expect(rows.nth(2)).to_contain_text("BatchNormalization")
    expect(page.get_by_role("img", name="2 layers, one on the other")).to_be_visible()
    weights = trained.weights("odd")
    for name, values in weights.items():
        figure = page.locator(".histograms figure", has=page.get_by_text(name)).first
        words = figure.locator("p").inner_text()
        assert number(re.search(r"mean ([−\d.]+)", words)[1]) == pytest.approx(values.mean(), abs=1e-4)
    page = visit(f"{trained.url}/#/models/wide")
    expect(page.get_by_text("RMSprop(learning_rate=0.002)")).to_be_visible()
    expect(page.get_by_text("binary_crossentropy")).to_be_visible()


def test_a_dataset(trained, visit):
    """Figures of columns are NumPy's, for each kind of number; what is big is not downloaded."""
    kinds = {
        "half": RANDOM.normal(size=(50, 2)).astype("f2"),
        "wide": np.asfortranarray(RANDOM.integers(-5, 5, (40, 3, 2))).astype(">i4"),
        "flags": RANDOM.random(30) > 0.5,
    }
    trained.upload("kinds", **kinds)
    page = visit(f"{trained.url}/#/datasets/kinds")
    for name, array in kinds.items():
        section = page.locator("details.array", has=page.get_by_role("heading", name=name, exact=True))
        table = section.get_by_role("region", name="Columns")
        expect(table).to_be_visible()
        cells = table.get_by_role("row").last.locator("td").all_inner_texts()
        column = array.reshape(len(array), -1)[:, -1].astype(float)
        wanted = [column.min(), column.mean(), column.max(), column.std()]
        assert [number(text) for text in cells[1:5]] == pytest.approx(wanted, abs=6e-5), name
    rows = page.get_by_role("region", name="The first rows").first.get_by_role("row")
    expect(rows.nth(1)).to_contain_text(f"{kinds['half'][0, 0]:.4f}".rstrip("0").replace("-", "−"))

    trained.upload("big", RANDOM.random((250_000, 16), dtype="f4"))
    page = visit("about:blank")
    taken = []
    page.on("response", lambda answer: taken.append(int(answer.headers["content-length"])) if "/arrays/" in answer.url else None)
    page.goto(f"{trained.url}/#/datasets/big")
    expect(page.get_by_text(re.compile("From a sample of .* of 250,000 rows"))).to_be_visible()
    assert 0 < sum(taken) < 5_000_000


def test_a_failure_in_plain_words(trained, visit):
    """What is refused says why, in the form; names are text, never markup."""
    page = visit(f"{trained.url}/#/new", expected="422")
    page.get_by_label("Samples, x").select_option("x")
    page.get_by_label("Targets, y").select_option("y")
    expect(page.get_by_label("Layers")).to_have_value(re.compile('"input_dim": 8'))
    page.get_by_label("Layers").fill(f'{{"layers": [{{"class_name": "Dens", "units": 1}}], "name": "{MARKUP}"}}')
    page.get_by_role("button", name="Start the fit").click()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Dense")
    expect(notice).to_contain_text("/layers/0")
    assert page.locator("main img").count() == 0


def test_dark_and_light(trained, visit):
    page = visit(trained.url, color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    theme = page.get_by_role("button", name="Theme: system")
    expect(theme).to_be_visible()
    theme.click()
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    light = page.evaluate(ground)
    assert sum(map(int, re.findall(r"\d+", dark)[:3])) < 150 < 600 < sum(map(int, re.findall(r"\d+", light)[:3]))
    page.reload()
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    assert page.evaluate(ground) == light


def test_on_a_phone(trained, visit):
    """Nothing is wider than 360 pixels, and all of it has a name for screen readers."""
    page = visit(trained.url, viewport=PHONE, has_touch=True)
    places = ["jobs", f"jobs/{trained.jobs[0]['id']}?with={trained.jobs[1]['id']}", "models", "models/wide", "datasets", "datasets/x", "new"]
    for place in places:
        page.goto(f"{trained.url}/#/{place}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("main :is(table, .chart, form)").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], place
        nameless = page.evaluate("""() => [...document.querySelectorAll("button, a, input, select, textarea, [role=img], [role=region]")]
            .filter((node) => !(node.ariaLabel || node.textContent.trim() || node.labels?.length)).map((node) => node.outerHTML)""")
        assert nameless == [], place


def test_it_asks_for_a_token(launch, visit, tmp_path):
    (tmp_path / "tokens").write_text("let-me-in\n")
    server = launch("server", "--token-file", str(tmp_path / "tokens"))
    page = visit(server.url, expected="401")
    for token in ("wrong", "let-me-in"):
        expect(page.get_by_role("dialog")).to_be_visible()
        page.get_by_role("textbox", name="Token").fill(token)
        page.get_by_role("button", name="Continue").click()
        if token == "wrong":
            expect(page.get_by_text("That token is not known here")).to_be_visible()
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    expect(page.get_by_label("Commands")).to_contain_text("Authorization: Bearer $FITD_TOKEN")
    page.reload()
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
