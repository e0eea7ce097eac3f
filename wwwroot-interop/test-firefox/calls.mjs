// A call out and a call in, in Firefox: the desk in one tab, the phone network in another, as a person has them.
// Reads {crm, network, ourNumber, customer, email, password, ears} from standard input and writes what it measured to standard output.
import { text } from 'node:stream/consumers';
import puppeteer from 'puppeteer-core';

const LONGEST = 60_000; // A busy machine is not a fault of the page.
const { crm, network, ourNumber, customer, email, password, ears } = JSON.parse(await text(process.stdin));

/**
 * Looks until it is so.
 * @template T
 * @param {() => Promise<T>} look
 * @param {string} what
 * @returns {Promise<T>} the first result that is neither null, false nor undefined
 */
async function until(look, what) {
  const end = Date.now() + LONGEST;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) {
      return seen;
    }
    if (Date.now() > end) {
      throw new Error(`${what}: not within ${LONGEST / 1000} s.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Presses the first visible button within an element whose name matches, when it is there. */
async function pressed(page, pattern, within) {
  const button = await page.evaluateHandle((source, selector) => {
    const name = (element) => (element.getAttribute('aria-label') ?? element.textContent).trim().replace(/\s+/g, ' ');
    return [...document.querySelectorAll(`${selector} button`)].find((element) =>
      element.checkVisibility() && !element.disabled && new RegExp(source).test(name(element))) ?? null;
  }, pattern, within);
  const element = button.asElement();
  if (!element) {
    return false;
  }
  await element.click();
  return true;
}

const press = (page, pattern, within = 'body') => until(() => pressed(page, pattern, within), `The button ${pattern} is there`);
const callInHand = '[aria-label="Call in hand"]';
const field = (page, name) => page.locator(`::-p-aria([name="${name}"][role="textbox"])`).setTimeout(LONGEST);
const inCall = (page) => until(() => page.evaluate((panel) => {
  return document.querySelector(panel)?.innerText.includes('In call') ?? false;
}, callInHand), 'The desk is in call');

const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: process.env.FIREFOX || '/usr/bin/firefox-esr',
  headless: true,
  protocolTimeout: 2 * LONGEST,
  extraPrefsFirefox: {
    'media.navigator.permission.disabled': true, // Allows the microphone without a question that nobody would answer.
    // The microphone hums one steady tone, which noise suppression would take away.
    'media.getusermedia.audio.processing.noise.enabled': false,
    'media.getusermedia.audio.processing.aec.enabled': false,
    'media.getusermedia.audio.processing.agc.enabled': false,
    'media.peerconnection.ice.loopback': true, // The machine may have no other network.
    'network.proxy.type': 0,
  },
});

const [phones] = await browser.pages();
const desk = await browser.newPage();
try {
  const measured = {};

  // The phone network: its button is pressed, and its sound begins, however long this browser takes.
  await phones.bringToFront();
  await phones.goto(`${network}?source=tone:1000&monitor=0`);
  const started = Date.now();
  await press(phones, '^Start the phone network$');
  await until(() => phones.evaluate(() => window.network.ready), 'The phone network is ready');
  measured.soundBeganAfterMs = Date.now() - started;
  measured.microphone = await phones.evaluate(() => window.network.state().microphone);

  // The desk.
  await desk.bringToFront();
  await desk.setViewport({ width: 1280, height: 900 });
  await desk.evaluateOnNewDocument(ears);
  await desk.goto(`${crm}/login`);
  await field(desk, 'E-mail').fill(email);
  await desk.locator('input[type=password]').fill(password);
  await press(desk, '^Sign in$');
  await until(async () => !desk.url().includes('/login'), 'Signed in');
  await press(desk, '^Start shift$');
  await until(() => desk.evaluate(() => [...document.querySelectorAll('button')].some((button) =>
    (button.getAttribute('aria-label') ?? button.textContent).trim().startsWith('Phone: Phone ready'))), 'The phone is ready');

  const phoneState = () => phones.evaluate(
    (own) => window.network.state().phones.find((phone) => phone.own === own && phone.state !== 'ended')?.state ?? 'idle', customer);
  const heard = async () => ({
    deskHearsDb: await until(() => desk.evaluate(async () => {
      const level = await window.toneLevel(1000);
      return level > -80 ? level : null;
    }), 'The desk hears the customer'),
    phoneHearsDb: await until(() => phones.evaluate((own) => {
      const phone = window.network.state().phones.find((one) => one.own === own && one.state !== 'ended');
      const level = phone && window.network.levels([440]).legs[phone.leg]?.hears.peaks[440];
      return level > -80 ? level : null;
    }, customer), 'The customer hears the agent'),
  });

  // A call out. The agent ends it.
  await field(desk, 'Number to dial').fill(customer);
  await press(desk, '^Call$');
  await until(async () => await phoneState() === 'ringing', 'The customer’s phone rings');
  await phones.evaluate((own) => window.network.answer(own), customer);
  await inCall(desk);
  measured.out = await heard();
  await press(desk, '^(End|Hang up)', callInHand);
  await until(async () => await phoneState() === 'idle', 'The customer’s call ends');
  await until(async () => {
    await pressed(desk, '^Finish$', 'body');
    return desk.evaluate(() => document.querySelector('[placeholder="Number to dial"]')?.checkVisibility() === true);
  }, 'Wrap-up is finished');

  // A call in. The customer ends it.
  await phones.evaluate((own, to) => window.network.place(own, to), customer, ourNumber);
  await press(desk, '^Accept');
  await inCall(desk);
  measured.in = await heard();
  await phones.evaluate((own) => window.network.hangup(own), customer);
  await until(() => desk.evaluate((panel) => document.querySelector(panel) === null, callInHand), 'The desk’s call ends');

  console.log(JSON.stringify(measured));
} catch (error) {
  const says = async (page) => (await page.evaluate(() => document.body.innerText).catch(() => '?')).slice(0, 1500);
  console.error(`${error.stack}\n\nThe phone network says:\n${await says(phones)}\n\nThe desk says:\n${await says(desk)}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
