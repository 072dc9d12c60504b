// Drives Firefox through pages of the site, over WebDriver BiDi: `node firefox.mjs PROGRAM ADDRESS PAGE...` prints JSON.
// Each page's first explorer is moved by keyboard; what it then shows, and every error, is for the test to judge.

import puppeteer from 'puppeteer-core';

const [program, site, ...pages] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: program,
  headless: true,
  // No address but the site's can be reached.
  extraPrefsFirefox: { 'network.proxy.type': 1, 'network.proxy.http': '127.0.0.1', 'network.proxy.http_port': 9, 'network.proxy.ssl': '127.0.0.1', 'network.proxy.ssl_port': 9 },
});
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
    await slider.press('Home');
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
  found[path] = { title: await page.title(), moved, errors };
  await page.close();
}
await browser.close();
console.log(JSON.stringify(found));
