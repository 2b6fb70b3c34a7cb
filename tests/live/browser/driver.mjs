// Drives a headless Chromium for the live suite: one JSON command per line in, one JSON answer per line out, in order.
//
//   {"do":"open","page":"ann","url":"http://…","width":1280,"height":800}       → {"ok":null}
//   {"do":"click","page":"ann","role":"button","name":"Park"}                   → {"ok":null}
//   {"do":"text","page":"ann","role":"status","name":"","within":[["row","701"]]} → {"ok":"what is shown"}
//   {"do":"count","page":"nobody","role":"row","name":""}                       → {"error":"no page nobody"}
//
// `role` and `name` are the ARIA role and the accessible name: the whole name, or "" for any. Of the parts in `within`,
// each in the one before, the name need only hold the text. `limit` is a command's time in ms. The first line out tells
// the browser's version. With --sound=FILE the microphone hears that WAV file, over and over. The host pbx.test is this very
// machine, under a name that browsers do not trust as they trust 127.0.0.1. The end of stdin ends all.

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const LIMIT = 20_000;
// Playwright's own limit comes first: its message tells what was looked for.
const MARGIN = 1_000;
const END_LIMIT = 5_000;

const { values: options } = parseArgs({ options: { sound: { type: 'string' } } });

// A page may use the microphone unasked, so WebRTC does not hide addresses behind mDNS names either.
const flags = [
  '--no-sandbox',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
  '--host-resolver-rules=MAP pbx.test 127.0.0.1',
];
if (options.sound) flags.push(`--use-file-for-fake-audio-capture=${options.sound}`);

const pages = new Map();

const pageOf = ({ page }) => pages.get(page)?.page ?? fail(`no page ${page}`);

function fail(message) {
  throw new Error(message);
}

function located(command) {
  const parts = command.within ?? [];
  const around = parts.reduce((at, [role, name]) => at.getByRole(role, { name }), pageOf(command));
  const { role, name } = command;
  return around.getByRole(role, name ? { name, exact: true } : {});
}

// One of several may be seen; all must be gone.
const seen = (command, state) => located(command).filter({ visible: true }).first().waitFor({ state });

async function open({ page: name, url, width, height, limit = LIMIT }) {
  if (pages.has(name)) fail(`page ${name} is open already`);
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
  });
  pages.set(name, { page, errors });
  await page.goto(url, { timeout: limit });
}

async function close(command) {
  await pageOf(command).context().close();
  pages.delete(command.page);
}

const commands = {
  open,
  close,
  click: (command) => located(command).click(),
  fill: (command) => located(command).fill(command.text),
  press: (command) => located(command).press(command.key),
  key: (command) => pageOf(command).keyboard.press(command.key),
  dark: (command) => pageOf(command).emulateMedia({ colorScheme: command.on ? 'dark' : 'light' }),
  resize: ({ width, height, ...command }) => pageOf(command).setViewportSize({ width, height }),
  reload: async (command) => void (await pageOf(command).reload()),
  text: (command) => located(command).innerText(),
  count: (command) => located(command).count(),
  await_seen: (command) => seen(command, 'visible'),
  await_gone: (command) => seen(command, 'hidden'),
  evaluate: (command) => pageOf(command).evaluate(command.script),
  screenshot: async (command) => void (await pageOf(command).screenshot({ path: command.file })),
  offline: (command) => pageOf(command).context().setOffline(command.on),
  errors: (command) => pageOf(command) && pages.get(command.page).errors,
};

async function run(command) {
  const limit = command.limit ?? LIMIT;
  const does = Object.hasOwn(commands, command.do) ? commands[command.do] : fail(`no command ${command.do}`);
  pages.get(command.page)?.page.setDefaultTimeout(limit);
  const done = does(command);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${limit} ms`)), limit + MARGIN);
  });
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

async function answerTo(line) {
  try {
    return { ok: (await run(JSON.parse(line))) ?? null };
  } catch (error) {
    return { error: error.message };
  }
}

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags, timeout: LIMIT });
say({ ok: browser.version() });
for await (const line of createInterface({ input: process.stdin })) say(await answerTo(line));
// A browser that hangs is killed, as Playwright does when this process exits.
setTimeout(() => process.exit(1), END_LIMIT).unref();
await browser.close();
process.exit(0);
