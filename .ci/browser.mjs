// What .ci/browser checks. `events DIR` writes the events that reports are made of,
// `check DIR BROWSER [IMAGES]` opens the reports, and writes images where it is told to.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [task, folder, browserPath, images] = process.argv.slice(2);
const FINDINGS = 10_000;
const PAYLOAD = `</script><script>window.hit=1</script><img src=x onerror="window.hit=1">"'><svg onload=window.hit=1>\u202e\u2028\u0000{{7*7}}javascript:window.hit=1`;

function event(number, name, rest = {}) {
  const time = new Date(Date.UTC(2026, 0, 1) + number * 211_000).toISOString().replace(".000", "");
  return {
    eventVersion: "1.11",
    userIdentity: {
      type: "IAMUser",
      arn: `arn:aws:iam::111122223333:user/user-${number % 97}`,
      accountId: "111122223333",
      userName: `user-${number % 97}`,
    },
    eventTime: time,
    eventSource: "cloudtrail.amazonaws.com",
    eventName: name,
    awsRegion: ["eu-central-1", "us-east-1", "eu-west-1"][number % 3],
    sourceIPAddress: `198.51.100.${number % 250}`,
    userAgent: "aws-cli/2.31.0",
    requestParameters: { name: `trail-${number}` },
    eventID: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    eventCategory: "Management",
    recipientAccountId: ["111122223333", "444455556666"][number % 2],
    ...rest,
  };
}

function write(name, events) {
  const lines = events.map((event) => JSON.stringify(event) + "\n").join("");
  fs.writeFileSync(path.join(folder, name), lines);
}

function events() {
  const hostile = event(1, "StopLogging", {
    userAgent: PAYLOAD,
    requestParameters: { name: PAYLOAD, [PAYLOAD]: [PAYLOAD] },
    sourceIPAddress: PAYLOAD,
    awsRegion: PAYLOAD,
    eventID: PAYLOAD,
    recipientAccountId: PAYLOAD,
  });
  hostile.userIdentity.arn = PAYLOAD;
  write("hostile-events.jsonl", [hostile]);
  const burst = Array.from({ length: 4 }, (_, n) => ({
    ...hostile,
    ...{ eventName: "ConsoleLogin", eventTime: `2026-01-01T00:0${n}:00Z`, eventID: `${n}${PAYLOAD}` },
    ...{ eventSource: PAYLOAD, responseElements: { ConsoleLogin: "Failure" } },
  }));
  write("hostile-several-events.jsonl", burst);
  const names = ["StopLogging", "CreateTrail", "UpdateTrail"];
  write("many-events.jsonl", Array.from({ length: FINDINGS }, (_, n) => event(n, names[n % 7 % 3])));
  write("clean-events.jsonl", [event(1, "DescribeTrails")]);
}

async function check() {
  const { default: puppeteer } = await import("puppeteer-core");
  const browser = await puppeteer.launch({
    executablePath: browserPath,
    args: ["--no-sandbox", "--disable-gpu"],
    protocolTimeout: 60_000,
  });
  const wrong = [];
  const open = async (name, hash = "", before = async () => {}) => {
    const page = await browser.newPage();
    await page.setViewport({ width: 1300, height: 900 });
    page.on("console", (m) => ["error", "warning"].includes(m.type()) && wrong.push(`${name}: ${m.text()}`));
    page.on("pageerror", (error) => wrong.push(`${name}: ${error}`));
    page.on("dialog", (dialog) => { wrong.push(`${name}: a dialog`); dialog.dismiss(); });
    const url = pathToFileURL(path.join(folder, `${name}.html`)).href;
    await page.setRequestInterception(true);
    page.on("request", (request) => {
      const own = request.url().startsWith(url) || request.url().startsWith("data:");
      if (!own) wrong.push(`${name} asks for ${request.url()}`);
      if (own) request.continue(); else request.abort();
    });
    await before(page);
    await page.goto(url + hash, { waitUntil: "load", timeout: 30_000 });
    return page;
  };
  const shown = (page) =>
    page.$$eval(".chunk > .row", (rows) => rows.filter((row) => row.checkVisibility()).length);
  const found = (name) =>
    fs.readFileSync(path.join(folder, `${name}.jsonl`), "utf8").split("\n")
      .filter((line) => line.includes('"type":"finding"')).length;
  const said = (page) => page.$eval("#shown", (element) => element.textContent);
  const passed = (words) => console.log(`browser: ${words}`);

  // It renders, with or without its script.
  let page = await open("quickstart");
  const all = found("quickstart");
  assert.equal(await shown(page), all);
  assert.match(await page.$eval(".verdict", (element) => element.textContent), /exit 1/);
  assert.ok((await page.$$("table.controls tbody tr")).length > 100);
  assert.equal((await page.$$("figure svg.time rect")).length > 0, true);
  const still = await open("quickstart", "", (page) => page.setJavaScriptEnabled(false));
  const text = await still.evaluate(() => document.body.innerText).catch(() => null);
  assert.equal(await still.$$eval(".chunk > .row", (rows) => rows.length), all);
  if (text !== null) assert.match(text, /reviewed and clean/);
  assert.equal(await still.$eval(".framework[data-older] .scroll", (e) => e.getBoundingClientRect().height > 0), true);
  await still.close();
  await page.bringToFront();
  passed("renders, also without its script");

  // Names, roles and the order of focus.
  const tree = await page.accessibility.snapshot({ interestingOnly: false });
  const roles = new Set();
  (function walk(node) { roles.add(node.role); (node.children || []).forEach(walk); })(tree);
  for (const role of ["banner", "navigation", "main", "contentinfo", "table", "search", "status"]) {
    assert.ok(roles.has(role), `there is a ${role} among ${[...roles]}`);
  }
  const levels = await page.$$eval("h1,h2,h3,h4", (all) => all.map((h) => Number(h.tagName[1])));
  levels.reduce((before, level) => { assert.ok(level <= before + 1, "no heading level is left out"); return level; }, 0);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  passed("has landmarks, headings in order, and a way past the navigation");

  // Filters, search and the keyboard.
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "find");
  await page.keyboard.type("root");
  await page.waitForFunction(() => / of /.test(document.querySelector("#shown").textContent));
  const some = await shown(page);
  assert.ok(some > 0 && some < all, `${some} of ${all}`);
  assert.equal(await said(page), `${some} of ${all} shown`);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal((await page.$$(".detail")).length, 1);
  assert.ok((await page.$$(".tree mark")).length > 0, "what matched is marked");
  await page.keyboard.press("Escape");
  assert.equal((await page.$$(".detail")).length, 0);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Escape");
  assert.equal(await shown(page), all);
  await page.select("#by-severity", "critical");
  assert.equal(await shown(page), 1);
  await page.click("#clear");
  await page.select("#by-standing", "open");
  assert.equal(await shown(page), all);
  passed("filters and searches, with the keyboard alone");

  // Links to a finding, to a rule's findings and to a folded framework.
  const anchor = await page.$eval(".chunk > .row:nth-child(3)", (row) => row.id);
  const linked = await open("quickstart", `#${anchor}`);
  assert.equal(await linked.$eval(".row.at", (row) => row.id), anchor);
  assert.equal((await linked.$$(".detail")).length, 1);
  await linked.evaluate(() => { location.hash = "#rule=root-credentials-used"; });
  await linked.waitForFunction(() => / of /.test(document.querySelector("#shown").textContent));
  assert.equal(await shown(linked), 1);
  await linked.evaluate(() => { location.hash = "#fw-0"; });
  await linked.waitForFunction(() => !document.querySelector("#fw-0").classList.contains("folded"));
  await linked.close();
  await page.bringToFront();
  passed("links to findings, rules and controls");

  // It prints whole, whatever is folded or filtered.
  await page.select("#by-severity", "critical");
  await page.emulateMediaType("print");
  assert.equal(await page.$$eval(".chunk > .row", (rows) => rows.filter((r) => r.getBoundingClientRect().height > 0).length), all);
  assert.ok(await page.$$eval(".framework .scroll", (all) => all.every((e) => e.getBoundingClientRect().height > 0)));
  const pdf = await page.pdf({ format: "A4", printBackground: true, timeout: 30_000 });
  assert.equal(Buffer.from(pdf.subarray(0, 5)).toString(), "%PDF-");
  if (images) fs.writeFileSync(path.join(images, "report.pdf"), pdf);
  await page.emulateMediaType("screen");
  await page.click("#clear");
  passed(`prints (${Math.round(pdf.length / 1024)} KiB)`);

  // Light and dark.
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  const light = await ground();
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  assert.notEqual(await ground(), light);
  passed("is light and dark");

  // Several events that were found together.
  const several = await open("several");
  await several.click(".chunk > .row .open");
  const lines = await several.$$eval(".timeline tbody tr", (rows) => rows.map((row) => row.textContent));
  assert.equal(lines.length, 2);
  assert.match(lines[1], /\+\d+m \d+s/);
  assert.equal((await several.$$(".timeline .own")).length, 1);
  const burst = await open("hostile-several", "", (page) => page.evaluateOnNewDocument(() => { window.hit = 0; }));
  await burst.$$eval(".chunk > .row .open", (links) => links.forEach((link) => link.click()));
  await new Promise((done) => setTimeout(done, 200));
  assert.equal(await burst.evaluate(() => window.hit), 0);
  assert.equal((await burst.$$("main img, main script:not([type]), main svg[onload]")).length, 0);
  const together = await burst.$eval(".together .timeline", (element) => element.textContent);
  assert.ok(together.includes("<img src=x onerror=") && together.includes("\\u{202e}"), together);
  passed("shows a timeline of several events, and runs nothing that they say");

  // Nothing that an event says is run, and no script but the page's own is.
  assert.equal(found("hostile"), 1);
  const bad = await open("hostile", "", (page) => page.evaluateOnNewDocument(() => { window.hit = 0; }));
  await bad.$$eval(".chunk > .row .open", (links) => links.forEach((link) => link.click()));
  await bad.$$eval("details", (all) => all.forEach((part) => { part.open = true; }));
  await bad.focus("#find");
  await bad.keyboard.type("onerror");
  await new Promise((done) => setTimeout(done, 200));
  assert.equal(await bad.evaluate(() => window.hit), 0);
  assert.equal((await bad.$$("main img, main script:not([type])")).length, 0);
  const tells = await bad.$eval(".tree", (element) => element.textContent);
  assert.ok(tells.includes("<img src=x onerror=") && tells.includes("\\u{202e}"), tells);
  assert.ok(!/[\u202e\u2028\u0000]/.test(await bad.evaluate(() => document.body.innerText)));
  const before = wrong.length;
  await bad.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.hit = 2";
    document.body.append(script);
  });
  assert.equal(await bad.evaluate(() => window.hit), 0, "the policy lets no other script run");
  assert.equal(wrong.splice(before).length > 0, true, "and the browser says so");
  passed("runs nothing that an event says");

  // Many findings.
  const begun = performance.now();
  const many = await open("many");
  const loaded = performance.now() - begun;
  assert.equal(await many.$$eval(".chunk > .row", (rows) => rows.length), FINDINGS);
  const timed = (change) => many.evaluate(async (change) => {
    const begun = performance.now();
    const [id, value] = change;
    const element = document.getElementById(id);
    element.value = value;
    element.dispatchEvent(new Event(id === "find" ? "input" : "change"));
    if (id === "find") await new Promise((done) => setTimeout(done, 100));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - begun - (id === "find" ? 100 : 0);
  }, change);
  const times = {
    severity: await timed(["by-severity", "high"]),
    all: await timed(["by-severity", ""]),
    search: await timed(["find", "user-42 trail-1"]),
  };
  const hits = await shown(many);
  assert.ok(hits > 0 && hits < FINDINGS / 50, `${hits}`);
  const opened = performance.now();
  await many.evaluate(() => document.querySelector(".chunk > .row:not([hidden]) .open").click());
  times.open = performance.now() - opened;
  const told = Object.entries(times).map(([name, time]) => `${name} ${Math.round(time)} ms`);
  passed(`${FINDINGS} findings: loaded in ${Math.round(loaded)} ms, ${told.join(", ")}`);
  assert.ok(loaded < 15_000, "loading takes too long");
  for (const time of Object.values(times)) assert.ok(time < 2_000, `too slow: ${told}`);

  // Without a finding.
  const clean = await open("clean");
  assert.match(await clean.$eval(".verdict", (element) => element.textContent), /exit 0/);
  assert.equal((await clean.$$("#tools")).length, 0);
  passed("renders without a finding");

  const burstRow = await several.$eval(".chunk > .row[data-r=refused-sign-ins]", (row) => row.id);
  if (images) await pictures(open, images, anchor, burstRow);
  assert.deepEqual(wrong, []);
  await browser.close();
}

async function pictures(open, images, anchor, several) {
  const take = async (name, file, { scheme = "light", width = 1300, height = 900, hash = "", to }) => {
    const page = await open(file, hash, async (page) => {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.setViewport({ width, height });
    });
    if (to) await page.$eval(to, (element) => element.scrollIntoView());
    await new Promise((done) => setTimeout(done, 300));
    await page.screenshot({ path: path.join(images, `${name}.png`) });
  };
  await take("report", "quickstart", { height: 1100 });
  await take("report-dark", "quickstart", { scheme: "dark", hash: `#${anchor}`, height: 1000 });
  await take("report-charts", "many", { to: "#charts", height: 800 });
  await take("report-several", "several", { hash: `#${several}`, height: 1000 });
  await take("report-several-dark", "several", { scheme: "dark", hash: `#${several}`, height: 1000 });
  await take("report-several-narrow", "several", { width: 420, hash: `#${several}`, height: 1100 });
  await take("report-narrow", "quickstart", { width: 420, height: 900, to: "#findings" });
  await take("report-clean", "clean", {});
  await take("report-rest", "quickstart", { to: "#rules", height: 1300 });
}

if (task === "events") events();
else await check();
