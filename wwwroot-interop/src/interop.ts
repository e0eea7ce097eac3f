// The entry. Loaded once as a module by the page, and imported by .NET from the same address: one instance, one phone.
// It starts Blazor, and the desk of whoever is signed in: <meta name="uppalcrm-user" content="agent_7">.
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { Attention } from './attention';
import { Desk } from './desk';
import { openEar, openLevelMeter, type LevelMeter } from './levels';
import { Lifeboat, type BlazorScript, type PageHandle } from './lifeboat';
import type { Hub } from './live';
import { openNotices, type NoticeClick } from './notices';
import type { PhoneToken, TokenOptions, VoiceDevice } from './softphone';
import { Shortcuts, type Action, type Shortcut } from './shortcuts';
import {
  done, refused, type AcceptAnswer, type DeviceKind, type DialAnswer, type PhoneAnswer, type SoftphoneState, type SupervisorMode,
} from './state';
import { timeBox } from './time-box';
import { defineElapsed } from './elapsed';
import { defineRecordingPlayer } from './recording-player';
import { defineTimes } from './times';
import { watchPhoneFields } from './phone-field';
import { PhoneTrouble, problemOf } from './words';

declare global {
  interface Window {
    Blazor?: BlazorScript;
    uppalcrm?: PageHandle;
  }
}

interface DotNetReference {
  invokeMethodAsync<T>(method: string, ...args: unknown[]): Promise<T>;
}

const tab = crypto.randomUUID();
const notSignedIn = 'You are not signed in.';
const off: SoftphoneState = {
  light: 'off', detail: notSignedIn, shiftStarted: false, audible: false, ringing: false, canBringHere: false, call: null, problem: null,
};

let desk: Desk | null = null;
let user: string | null = null;
let shortcutKeys: Shortcuts | null = null;
let attached: { id: number; page: DotNetReference; missed: number } | null = null;
let nextAttachment = 1;
let meter: LevelMeter | null = null;
let watching = false;
let callWasUp = false;
let lastLevels = 0;

// For the pages of calls and contacts.
export { dayBounds } from './days';
export { saveFile } from './save-file';

// What .NET calls (UppalCrm.Web/Softphone/AgentPhone.cs). A tab has one circuit, so the newest attachment is the only one.

export function attach(page: DotNetReference): { attachment: number; state: SoftphoneState } {
  attached = { id: nextAttachment++, page, missed: 0 };
  watching = false;
  lifeboat.attached();
  return { attachment: attached.id, state: desk?.state() ?? off };
}

export function detach(attachment: number): void {
  if (attached?.id === attachment) {
    attached = null;
    void watchLevels(false);
  }
}

const ask = (what: (desk: Desk) => Promise<PhoneAnswer>): Promise<PhoneAnswer> =>
  desk ? what(desk) : Promise.resolve(refused(notSignedIn));

export function startShift(): Promise<PhoneAnswer> {
  void notices.ask();
  return ask(desk => desk.startShift());
}

export const endShift = (): Promise<PhoneAnswer> => ask(desk => desk.endShift());
export const decline = (callId: number): Promise<PhoneAnswer> => ask(desk => desk.decline(callId));
export const connect = (callId: number, conference: string): Promise<PhoneAnswer> => ask(desk => desk.connect(callId, conference));
export const connectSupervisor = (callId: number, conference: string, mode: SupervisorMode): Promise<PhoneAnswer> =>
  ask(desk => desk.connectSupervisor(callId, conference, mode));
export const hangUp = (callId: number | null = null): Promise<PhoneAnswer> => ask(desk => desk.hangUp(callId));
export const setMuted = (muted: boolean): Promise<PhoneAnswer> => ask(desk => desk.setMuted(muted));
export const sendDigits = (digits: string): Promise<PhoneAnswer> => ask(desk => desk.sendDigits(digits));
export const bringHere = (): Promise<PhoneAnswer> => ask(desk => desk.bringHere());
export const testRing = (): Promise<PhoneAnswer> => ask(desk => desk.testRing());

export const accept = (callId: number): Promise<AcceptAnswer> =>
  desk?.accept(callId) ?? Promise.resolve({ won: false, by: null, message: notSignedIn });

export const dial = (number: string): Promise<DialAnswer> =>
  desk?.dial(number) ?? Promise.resolve({ callId: null, error: notSignedIn });

export async function chooseDevice(kind: DeviceKind, deviceId: string): Promise<PhoneAnswer> {
  const answer = await ask(desk => desk.chooseDevice(kind, deviceId));
  if (kind === 'microphone' && meter) {
    await watchLevels(false);
    await watchLevels(true);
  }
  return answer;
}

export async function devices(): Promise<unknown> {
  const all = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
  const named = (kind: MediaDeviceKind, word: string) => {
    const list = all.filter(device => device.kind === kind && device.deviceId !== '' && device.deviceId !== 'communications')
      .map((device, index) => ({ id: device.deviceId, label: device.label || `${word} ${index + 1}` }));
    return list.some(device => device.id === 'default') ? list : [{ id: 'default', label: 'As the system chooses' }, ...list];
  };
  const microphones = named('audioinput', 'Microphone');
  const speakers = named('audiooutput', 'Speaker');
  const chosen = (kind: DeviceKind, list: { id: string }[]) => list.some(device => device.id === remembered(kind)) ? remembered(kind) : 'default';
  return {
    microphones,
    speakers,
    microphone: chosen('microphone', microphones),
    speaker: chosen('speaker', speakers),
    ringer: chosen('ringer', speakers),
    canChooseSpeaker: 'setSinkId' in HTMLMediaElement.prototype,
    granted: all.some(device => device.kind === 'audioinput' && device.label !== ''),
  };
}

/** Levels go to .NET only while a meter is shown: in a call from the call, otherwise from a microphone opened for it. */
export async function watchLevels(on: boolean): Promise<PhoneAnswer> {
  watching = on;
  meter?.close();
  meter = null;
  if (!on || desk?.holdsCall) {
    return done;
  }

  try {
    const opened = await openLevelMeter(remembered('microphone'), level => {
      if (!desk?.holdsCall) {
        tellLevels(level, 0);
      }
    });
    if (watching && !meter) {
      meter = opened;
    } else {
      opened.close();
    }
    return done;
  } catch (error) {
    const problem = problemOf(error);
    return refused(`${problem.words} ${problem.cure}`);
  }
}

/** The agent looks at this very tab, and would lose nothing if it showed something else. */
export const mayPop = async (): Promise<PhoneAnswer> => await attention.isFree() ? done : refused('The agent is busy elsewhere.');

export const shortcuts = (): Shortcut[] => shortcutKeys?.list() ?? [];
export const setShortcut = (action: string, keys: string): PhoneAnswer => shortcutKeys?.set(action, keys) ?? refused(notSignedIn);
export const resetShortcuts = (): PhoneAnswer => shortcutKeys?.reset() ?? refused(notSignedIn);

export const formatAsYouType = async (text: string, country: string) => (await import('./numbers')).asYouType(text, country);
export const parseNumber = async (text: string, country: string) => (await import('./numbers')).parse(text, country);
export const parseNumbers = async (texts: string[], country: string) => (await import('./numbers')).parseMany(texts, country);

// The browser as the desk sees it.

function remembered(kind: DeviceKind): string {
  return localStorage.getItem(`uppalcrm.device.${kind}`) ?? 'default';
}

function browserId(): string {
  const place = 'uppalcrm.browser';
  let id = localStorage.getItem(place);
  if (!id) {
    id = crypto.randomUUID();
    localStorage.setItem(place, id);
  }
  return id;
}

async function requestToken(): Promise<PhoneToken> {
  const cure = 'Check the network; the phone asks again by itself.';
  let response: Response;
  try {
    response = await fetch('/api/twilio/token', { method: 'POST', redirect: 'manual', headers: { Accept: 'application/json' } });
  } catch {
    throw new PhoneTrouble('token', 'The phone’s access token could not be fetched: the server cannot be reached.', cure);
  }

  if (response.type === 'opaqueredirect' || response.status === 401) {
    throw new PhoneTrouble('token', 'You have been signed out.', 'Sign in again.');
  }

  if (!response.ok) {
    const words = await response.json().then((problem: { detail?: string; title?: string }) => problem.detail ?? problem.title, () => undefined);
    throw new PhoneTrouble('token', words ?? `The server gave no access token for the phone (${response.status}).`, cure);
  }

  const answer = await response.json() as { token: string; identity: string; expiresAt: string; options?: TokenOptions };
  // Both times are the server's, so neither clock's error matters.
  const now = Date.parse(response.headers.get('Date') ?? '') || Date.now();
  return { token: answer.token, identity: answer.identity, lifetime: Date.parse(answer.expiresAt) - now, options: answer.options ?? {} };
}

const soundNames = ['disconnect', 'incoming', 'outgoing', ...Array.from('0123456789hs', key => `dtmf${key}`)];

async function createDevice(token: string, options: TokenOptions): Promise<VoiceDevice> {
  const { Device } = await import('@twilio/voice-sdk'); // Only now: a page's first paint does not pay for it.
  const known = {
    closeProtection: 'A call is up. Leaving this page ends it.',
    maxCallSignalingTimeoutMs: 30_000,
    codecPreferences: ['opus', 'pcmu'],
    enableImprovedSignalingErrorPrecision: true,
    tokenRefreshMs: 60_000,
    logLevel: 5, // Silent: what goes wrong is said to the agent, in words, and a lost line is tried once a second.
    // Our own key tones: nothing is fetched from another host, and the page's policy need not allow one.
    sounds: { ...Object.fromEntries(soundNames.map(name => [name, `${location.origin}/js/sounds/${name}.wav`])), ...options.sounds },
    ...(options.edge ? { edge: options.edge } : {}),
    ...(options.chunderw ? { chunderw: options.chunderw } : {}),
    ...(options.publishEvents === undefined ? {} : { publishEvents: options.publishEvents }),
  };
  return new Device(token, known as ConstructorParameters<typeof Device>[1]) as unknown as VoiceDevice;
}

function createHub(): Hub {
  const connection = new HubConnectionBuilder()
    .withUrl(`/hubs/calls?device=${browserId()}.${tab}`, { transport: HttpTransportType.WebSockets, skipNegotiation: true })
    .configureLogging(LogLevel.None) // live.ts reconnects and says so; the console need not.
    .build();
  connection.serverTimeoutInMilliseconds = 30_000;
  connection.keepAliveIntervalInMilliseconds = 10_000;
  return connection;
}

function openDesk(name: string): Desk {
  const opened = new Desk({
    user: name,
    browser: browserId(),
    lock: { locks: navigator.locks as LockManager | undefined, channel: new BroadcastChannel(`uppalcrm-phone-${name}`), tab },
    createHub,
    phone: {
      createDevice,
      requestToken,
      async tryMicrophone(deviceId) {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: deviceId === 'default' ? true : { deviceId: { ideal: deviceId } } });
        for (const track of stream.getTracks()) {
          track.stop();
        }
      },
      hasMicrophone: async () => (await navigator.mediaDevices.enumerateDevices()).some(device => device.kind === 'audioinput'),
      openEar,
      muteKeys: () => shortcutKeys?.keysFor('mute') ?? '',
      remembered,
      remember: (kind, deviceId) => localStorage.setItem(`uppalcrm.device.${kind}`, deviceId),
    },
    ring: { createContext: () => new AudioContext(), document, notices },
    storage: localStorage,
    session: sessionStorage,
    isHidden: () => document.hidden,
    isSupported: 'RTCPeerConnection' in window && navigator.mediaDevices !== undefined,
    hostTab: hostPage()?.tab ?? null,
  });
  opened.listen({
    changed: state => {
      lifeboat.look();
      tellPage('OnState', state);
      if (watching && callWasUp !== opened.holdsCall) {
        void watchLevels(true); // In a call the call tells the levels; after it the meter opens the microphone itself.
      }
      callWasUp = opened.holdsCall;
    },
    levels: tellLevels,
  });
  return opened;
}

// The page of which this page is the fresh copy in a frame (lifeboat.ts).
function hostPage(): PageHandle | null {
  try {
    return window.parent !== window ? window.parent.uppalcrm ?? null : null;
  } catch {
    return null; // Another origin's page: none of ours.
  }
}

function tellLevels(microphone: number, speaker: number): void {
  const now = performance.now();
  if (watching && now - lastLevels >= 100) {
    lastLevels = now;
    tellPage('OnLevels', microphone, speaker);
  }
}

/** A circuit that is gone does not answer, and need not: whoever comes next attaches and reads the whole state. */
function tellPage(method: string, ...args: unknown[]): void {
  const to = attached;
  if (to && lifeboat.isCircuitUp) {
    try {
      to.page.invokeMethodAsync(method, ...args).catch(() => undefined);
    } catch {
      forget(to);
    }
  }
}

function forget(page: typeof attached): void {
  if (attached === page) {
    attached = null;
  }
}

const probeEvery = 20_000;
const probeWithin = 5_000;

/** A circuit can die without its connection closing. One that twice does not answer within five seconds is dead. */
async function probe(): Promise<void> {
  const to = attached;
  if (!to || document.hidden || !lifeboat.isCircuitUp) {
    return;
  }

  try {
    await timeBox(to.page.invokeMethodAsync('OnProbe'), probeWithin, 'The page');
    to.missed = 0;
  } catch (error) {
    if (!(error instanceof PhoneTrouble)) {
      forget(to); // Disposed: its circuit has ended in order.
    } else if (attached === to && ++to.missed >= 2) {
      lifeboat.circuitDead();
    }
  }
}

function pressed(action: Action): void {
  const first = desk?.offers[0] ?? null;
  const call = desk?.state().call ?? null;
  if (action === 'accept') {
    if (first) void desk!.accept(first.callId);
  } else if (action === 'decline') {
    if (first) void desk!.decline(first.callId);
  } else if (action === 'mute') {
    if (call) void desk!.toggleMuted();
  } else if (action === 'hangUp' && call) {
    void desk!.hangUp();
  } else {
    tellPage('OnShortcut', action);
  }
}

function noticeClicked(click: NoticeClick): void {
  if (desk?.isOwner) {
    if (click.action === 'accept') {
      void desk.accept(click.callId);
    } else if (click.action === 'decline') {
      void desk.decline(click.callId);
    }
  }
}

/** Whoever is signed in on this page; enhanced navigation may have changed it. */
function readUser(): void {
  const name = document.querySelector<HTMLMetaElement>('meta[name="uppalcrm-user"]')?.content || null;
  if (name === user) {
    return;
  }

  desk?.close();
  user = name;
  desk = name ? openDesk(name) : null;
  shortcutKeys = name ? new Shortcuts(localStorage, name, pressed) : null;
  lifeboat.carry(desk);
  desk?.open();
}

const attention = new Attention(document, () => new Promise(resolve => window.addEventListener('focus', () => resolve(), { once: true })));
const notices = openNotices(noticeClicked);
const lifeboat = new Lifeboat({
  blazor: window.Blazor!,
  document,
  host: hostPage(),
  reload: () => location.reload(),
  goTo: address => location.replace(address),
  address: () => location.href,
}, () => tellPage('OnState', desk?.state() ?? off));
window.uppalcrm = { tab, adopted: isAdopted => lifeboat.adoptedByFrame(isAdopted) };

defineElapsed();
defineRecordingPlayer();
defineTimes();
watchPhoneFields(document, async () => (await import('./numbers')).asYouType);
readUser();
void lifeboat.start();
window.Blazor!.addEventListener('enhancedload', readUser);

for (const gesture of ['pointerdown', 'keydown']) {
  document.addEventListener(gesture, () => desk?.gesture(), { capture: true, passive: true });
}
document.addEventListener('input', event => attention.typed(event.target), { capture: true, passive: true });
// A press of End counts in whatever state the page is. Blazor drops a click whose component is being replaced in that moment,
// as it is when another page has just been asked for; the component does hear of all others, and says the same once more.
document.addEventListener('click', event => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-hang-up]') : null;
  if (button) {
    void desk?.hangUp(Number(button.dataset['hangUp']));
  }
}, { capture: true });
document.addEventListener('keydown', event => {
  if (shortcutKeys?.handle(event)) {
    event.preventDefault();
  }
});
document.addEventListener('visibilitychange', () => {
  desk?.visibilityChanged();
  if (!document.hidden) {
    wake();
  }
});
navigator.mediaDevices?.addEventListener('devicechange', () => {
  desk?.devicesChanged();
  tellPage('OnDevicesChanged');
});
window.addEventListener('storage', event => { // shortcuts changed in another tab
  if (user && event.key === Shortcuts.placeOf(user)) {
    shortcutKeys = new Shortcuts(localStorage, user, pressed);
  }
});
window.addEventListener('online', wake);
window.addEventListener('pageshow', wake);
window.addEventListener('pagehide', () => {
  desk?.bye();
  hostPage()?.adopted(false);
});
setInterval(() => void probe(), probeEvery);

function wake(): void {
  desk?.wake();
  lifeboat.wake();
}
