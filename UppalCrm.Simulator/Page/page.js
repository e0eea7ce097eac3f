// @ts-check
import { part, PhoneCard, setText, spaced } from './cards.js';
import { PhoneNetwork } from './network.js';
import { AgentsPanel, ConferencesPanel, LogPanel } from './panels.js';
import { isSource } from './sources.js';

const query = new URLSearchParams(location.search);
const asked = query.get('source');
const WAS_RUNNING = 'phone-network.running';

const network = new PhoneNetwork({
  monitor: query.get('monitor') !== '0',
  source: asked !== null && isSource(asked) ? asked : null,
  // Under automation the microphone is a file of tones, which the browser's noise treatment would take away.
  rawMicrophone: navigator.webdriver || query.get('autostart') === '1',
});

/** @type {Map<string, PhoneCard>} */
const cards = new Map();
const agents = new AgentsPanel(network);
const conferences = new ConferencesPanel(network);
const log = new LogPanel();

const LINK_WORDS = {
  off: 'Not started',
  connecting: 'Connecting…',
  open: 'Network is up',
  lost: 'Simulator away – reconnecting…',
  moved: 'Moved to another tab',
};

const MICROPHONE_WORDS = {
  refused: 'The microphone was refused, so phones speak test sounds. '
    + 'To talk yourself, allow the microphone in the address bar’s site settings, then:',
  missing: 'No microphone was found, so phones speak test sounds. To talk yourself, plug one in, then:',
  busy: 'Another program holds the microphone, so phones speak test sounds. Close that program, then:',
};

/**
 * Shows a text until it is read, or for ten seconds.
 * @param {string} text
 */
function complain(text) {
  const notice = document.createElement('p');
  notice.className = 'notice';
  notice.textContent = text;
  part(document, '#notices').append(notice);
  setTimeout(() => notice.remove(), 10_000);
}

async function start() {
  /** @type {HTMLButtonElement} */
  const button = part(document, '#start-button');
  button.disabled = true;
  setText(button, 'Starting…');
  const hint = part(document, '#start-hint');
  try {
    await network.start((step) => setText(hint, step));
    remember(true);
  } catch (error) {
    setText(hint, error instanceof Error ? error.message : String(error));
  } finally {
    button.disabled = false;
    setText(button, 'Start the phone network');
  }
  draw();
}

/** @param {boolean} running */
function remember(running) {
  try {
    if (running) {
      sessionStorage.setItem(WAS_RUNNING, 'yes');
    } else {
      sessionStorage.removeItem(WAS_RUNNING);
    }
  } catch {
    // Then a reload asks for a click.
  }
}

function wasRunning() {
  try {
    return sessionStorage.getItem(WAS_RUNNING) === 'yes';
  } catch {
    return false;
  }
}

function draw() {
  const started = network.engine !== null && network.status !== 'moved';
  document.body.dataset.phase = started ? 'running' : 'start';
  /** @type {HTMLElement} */ (part(document, '#start')).hidden = started;
  /** @type {HTMLElement} */ (part(document, '#network-view')).hidden = !started;

  /** @type {HTMLElement} */
  const light = part(document, '#link-light');
  light.dataset.status = network.status;
  setText(part(document, '#link-text'), LINK_WORDS[network.status]);

  if (network.status === 'moved') {
    remember(false);
    setText(part(document, '#start-title'), 'Moved to another tab');
    setText(part(document, '#start-hint'), 'Only one page at a time can be the network. The newest one took over.');
    setText(part(document, '#start-button'), 'Bring it back here');
  }
  drawBanner(started);

  const business = network.businessNumbers.map(spaced).join(', ');
  setText(part(document, '#business'), business && `Business number ${business}`);
  const numbers = part(document, '#business-numbers');
  if (numbers.childElementCount !== network.businessNumbers.length) {
    numbers.replaceChildren(...network.businessNumbers.map((number) => new Option(spaced(number), spaced(number))));
  }

  for (const [own, card] of cards) {
    if (!network.handsets.has(own)) {
      card.root.remove();
      cards.delete(own);
    }
  }
  for (const [own, handset] of network.handsets) {
    let card = cards.get(own);
    if (!card) {
      card = new PhoneCard(network, own, complain);
      cards.set(own, card);
      // A phone that is called, or was just added, comes first: at the end of the row a person would miss it.
      part(document, '#phones')[handset.readyMade ? 'append' : 'prepend'](card.root);
    }
    card.draw(handset);
  }

  agents.draw();
  conferences.draw();
  announceRinging();
  void log.look();
}

/** @param {boolean} started */
function drawBanner(started) {
  /** @type {HTMLElement} */
  const banner = part(document, '#banner');
  /** @type {HTMLElement} */
  const act = part(document, '#banner-act');
  const microphone = network.engine?.microphone ?? 'on';
  banner.hidden = !started || microphone === 'on' || query.has('source');
  if (microphone !== 'on') {
    setText(part(document, '#banner-text'), MICROPHONE_WORDS[microphone]);
    setText(act, 'Try the microphone again');
    act.hidden = false;
  }
}

/** @type {Set<string>} */
let rung = new Set();

function announceRinging() {
  const ringing = [...network.calls.values()].filter(({ state }) => state === 'ringing');
  const fresh = ringing.filter(({ leg }) => !rung.has(leg));
  rung = new Set(ringing.map(({ leg }) => leg));
  if (fresh.length > 0) {
    cards.get(fresh[0].own)?.root.scrollIntoView({ block: 'nearest' });
  }
  const names = fresh.map(({ own, other }) => `${network.handsets.get(own)?.name || spaced(own)} is called by ${spaced(other)}.`);
  if (names.length > 0) {
    setText(part(document, '#spoken'), names.join(' '));
  }
  const count = ringing.length === 1 ? 'Ringing' : `${ringing.length} ringing`;
  document.title = ringing.length > 0 ? `${count} – Phone network` : 'Phone network – simulator';
}

part(document, '#start-button').addEventListener('click', () => void start());
part(document, '#banner-act').addEventListener('click', () => void network.engine?.takeMicrophone());
part(document, '#volume').addEventListener('input', ({ target }) => {
  network.engine?.setVolume(Number(/** @type {HTMLInputElement} */ (target).value));
});
part(document, '#several').addEventListener('change', ({ target }) => {
  network.listenToSeveral = /** @type {HTMLInputElement} */ (target).checked;
});

/** @type {HTMLFormElement} */
const add = part(document, '#add');
/** @type {HTMLButtonElement} */
const addOpen = part(document, '#add-open');

/** @param {boolean} shown */
function showAdd(shown) {
  add.hidden = !shown;
  addOpen.setAttribute('aria-expanded', String(shown));
  /** @type {HTMLElement} */ (shown ? part(add, 'input') : addOpen).focus();
}

addOpen.addEventListener('click', () => showAdd(add.hidden !== false));
add.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') {
    showAdd(false);
  }
});
add.addEventListener('submit', (event) => {
  event.preventDefault();
  const fields = new FormData(add);
  try {
    const { own } = network.addPhone(String(fields.get('own')), String(fields.get('name')));
    setText(part(add, '#add-wrong'), '');
    add.reset();
    showAdd(false);
    draw();
    cards.get(own)?.focusFirst();
  } catch (error) {
    setText(part(add, '#add-wrong'), error instanceof Error ? error.message : String(error));
  }
});

// Several changes at once are drawn once. A hidden tab draws no frames, so this does not wait for an animation frame.
let drawing = false;
network.addEventListener('change', () => {
  if (!drawing) {
    drawing = true;
    queueMicrotask(() => {
      drawing = false;
      draw();
    });
  }
});
network.addEventListener('notice', (event) => complain(/** @type {CustomEvent<string>} */ (event).detail));
network.addEventListener('said', (event) => {
  const { own, text } = /** @type {CustomEvent<{own: string, text: string}>} */ (event).detail;
  setText(part(document, '#spoken'), `${network.handsets.get(own)?.name || spaced(own)} hears: ${text}`);
});
network.addEventListener('session', () => log.reset());

setInterval(() => cards.forEach((card) => card.tick()), 250);

let metersMoved = 0;
/** @param {number} now */
function moveMeters(now) {
  if (now - metersMoved > 50) {
    metersMoved = now;
    cards.forEach((card) => card.meter());
    agents.meter();
  }
  requestAnimationFrame(moveMeters);
}
requestAnimationFrame(moveMeters);

// For tests, and for a person at the console. A command that cannot be done throws an error that says why.
Object.defineProperty(window, 'network', {
  value: {
    /** Whether the server counts on this page for sound. */
    get ready() {
      return network.ready;
    },
    start,
    place: (/** @type {string} */ own, /** @type {string} */ to) => network.place(own, to),
    answer: (/** @type {string} */ legOrOwn) => network.answer(legOrOwn),
    reject: (/** @type {string} */ legOrOwn, /** @type {'busy' | 'rejected'} */ reason) => network.reject(legOrOwn, reason),
    hangup: (/** @type {string} */ legOrOwn) => network.hangup(legOrOwn),
    digits: (/** @type {string} */ legOrOwn, /** @type {string} */ digits) => network.digits(legOrOwn, digits),
    setSource: (/** @type {string} */ own, /** @type {string} */ source) => network.setSource(own, source),
    listen: (/** @type {string} */ own, /** @type {boolean} */ on) => network.listen(own, on),
    /** See SoundEngine.levels: dBFS by leg, for what it says and what it hears. */
    levels: (/** @type {number[] | undefined} */ tones) => ({ legs: network.engine?.levels(tones) ?? {} }),
    state: () => network.state(),
  },
});

draw();
if (query.get('autostart') === '1' || wasRunning()) {
  void start();
}
