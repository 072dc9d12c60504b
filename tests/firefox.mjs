// Drives Firefox through pages of the site, over WebDriver BiDi: `node firefox.mjs PROGRAM ADDRESS DESK PAGE...` prints JSON.
// Each page's first explorer is moved by keyboard, and the code switch and the first link that sets sliders are used; what is
// then to be seen, and every error, is for the test to judge. DESK is the function by which `test_desk.py` looks at a page.

import puppeteer from 'puppeteer-core';

const [program, site, desk, ...pages] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: program,
  headless: true,
  // No address but the site's can be reached.
  extraPrefsFirefox: { 'network.proxy.type': 1, 'network.proxy.http': '127.0.0.1', 'network.proxy.http_port': 9, 'network.proxy.ssl': '127.0.0.1', 'network.proxy.ssl_port': 9 },
});

// What cannot be seen together with an answer and a chart, on a laptop and on a low phone.
async function atDesk(page) {
  await page.evaluate("document.querySelectorAll('details.xp-fold').forEach(fold => { fold.open = true; })");
  const missed = {};
  for (const [width, height] of [[1280, 800], [390, 664]]) {
    await page.setViewport({ width, height });
    await new Promise(done => setTimeout(done, 400));
    const [missing, all] = await page.evaluate(`(${desk})()`);
    missed[`${width} x ${height}`] = { missing, all };
  }
  await page.setViewport({ width: 1280, height: 900 });
  return missed;
}

// Cells of code to be seen: at first, with the switch pressed, on the page loaded anew, and with the switch released.
async function code(page) {
  const seen = "[...document.querySelectorAll('article .cell_input')].filter(e => e.checkVisibility()).length";
  if (!await page.$('.xp-code-switch')) return null;
  const press = () => page.evaluate("document.querySelector('.xp-code-switch').click()"), counts = [await page.evaluate(seen)];
  await press();
  counts.push(await page.evaluate(seen));
  await page.reload({ waitUntil: 'load' });
  counts.push(await page.evaluate(seen));
  await press();
  counts.push(await page.evaluate(seen));
  return counts;
}

// The first link that sets sliders, by keyboard: what the explorer and the text say then, and after the way back.
async function set(page) {
  const link = await page.$('a.xp-set');
  if (!link) return null;
  const state = () => page.evaluate(() => {
    const id = document.querySelector('a.xp-set').dataset.set, { xpExplorer: explorer } = document.getElementById(id);
    const said = Object.fromEntries([...explorer.controls].map(([name, control]) => [name, control.say(explorer.settings[name])]));
    for (const { name, text } of explorer.readouts) said[name] = text;
    const texts = [...document.querySelectorAll(`[data-now^="${id}."]`)].map(e => [e.textContent, said[e.dataset.now.slice(id.length + 1)]]);
    return { search: explorer.address().search, texts, focus: document.activeElement.className };
  });
  const states = [];
  await page.evaluate("(() => { const link = document.querySelector('a.xp-set'); link.closest('details')?.setAttribute('open', ''); link.focus(); })()");
  const before = (await state()).search, search = () => state().then(one => one.search);
  const settled = async differs => {
    for (let i = 0; i < 200 && (await search() === before) === differs; i++) await new Promise(done => setTimeout(done, 50));
    await new Promise(done => setTimeout(done, 600));
    states.push(await state());
  };
  await settled(false);
  await page.keyboard.press('Enter');
  await settled(true);
  await page.evaluate('history.back()');
  await settled(false);
  return states;
}

const found = {};
for (const path of pages) {
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', error => errors.push(String(error)));
  page.on('console', line => { if (line.type() === 'error') errors.push(line.text()); });
  page.on('requestfailed', request => errors.push(`not loaded: ${request.url()}`));
  await page.goto(site + path, { waitUntil: 'load' });
  const slider = await page.$('.xp-explorer input[type=range]');
  let moved = null;
  if (slider) {
    await slider.scrollIntoView();
    await slider.focus();
    await slider.press(await slider.evaluate(e => e.value === e.min) ? 'End' : 'Home');
    const answer = () => page.evaluate(() => {
      const root = document.querySelector('.xp-explorer[data-live]');
      return root && root.querySelector('.xp-figure[data-live] svg path') && {
        id: root.id,
        settings: root.xpExplorer.settings,
        readouts: Object.fromEntries([...root.querySelectorAll('[data-readout]')].map(e => [e.dataset.readout, e.textContent])),
      };
    });
    await page.evaluate(() => document.querySelector('.xp-explorer .xp-figure').scrollIntoView());
    for (let i = 0; i < 200 && !(moved = await answer()); i++) await new Promise(done => setTimeout(done, 50));
  }
  found[path] = { title: await page.title(), moved, desk: slider && await atDesk(page), code: await code(page), set: await set(page), errors };
  await page.close();
}
await browser.close();
console.log(JSON.stringify(found));
