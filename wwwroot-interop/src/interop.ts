// The entry. Loaded once as a module by the page; .NET is given this very instance, under whatever address it came: one phone.
// It starts Blazor, and the phone of the user who is signed in: <meta name="uppalcrm-user" content="agent_7">.
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import * as self from './interop';
import { Attention } from './attention';
import { watchArrowLists } from './arrow-lists';
import { watchCallButtons } from './call-buttons';
import { watchCopying } from './copying';
import { watchDownloads } from './downloads';
import { defineElapsed } from './elapsed';
import { LevelWatch } from './level-watch';
import { openLevelMonitor } from './levels';
import { Lifeboat, type BlazorRuntime, type PageHandle } from './lifeboat';
import type { Hub, HubKind } from './hub';
import { openNotices, type NoticeClick } from './notices';
import type { PhoneCommands } from './owned-phone';
import { PageLink, type DotNetReference } from './page-link';
import { watchPhoneFields } from './phone-field';
import { PhoneHost } from './phone-host';
import { noPhone } from './phone-status';
import { requestToken } from './phone-token';
import { defineRecordingPlayer } from './recording-player';
import { Shortcuts, type Action, type Shortcut } from './shortcuts';
import {
  chooseDevice as rememberDevice, chosenDevice, hasMicrophone, listDevices, microphonePermission, tryMicrophone,
} from './sound-devices';
import { done, refused, type CallCommand, type DeviceKind, type PhoneAnswer, type PhoneState, type SupervisorMode } from './state';
import { defineTimes } from './times';
import { createVoiceDevice } from './voice-sdk';

declare global {
  interface Window {
    Blazor?: BlazorRuntime;
    uppalcrm?: PageHandle & { module(): typeof self };
  }
}

const tab = crypto.randomUUID();
const notSignedIn = 'You are not signed in.';

let phone: PhoneHost | null = null;
let user: string | null = null;
let shortcutKeys: Shortcuts | null = null;

const attention = new Attention(document, () => new Promise(resolve => window.addEventListener('focus', () => resolve(), { once: true })));
const notices = openNotices(noticeClicked);
const lifeboat = new Lifeboat({
  blazor: window.Blazor!,
  document,
  host: hostPage(),
  reload: () => location.reload(),
  goTo: address => location.replace(address),
  address: () => location.href,
  hasWork: () => attention.hasWork(),
  isSignedOut,
}, () => page.tell('OnState', state()));
const page = new PageLink(lifeboat);
const level = new LevelWatch(() => phone?.holdsCall ?? false, microphone => page.tell('OnLevel', microphone));

// For the pages of calls and contacts.
export { dayBounds } from './days';
export { saveFile } from './save-file';

// What .NET calls (UppalCrm.Web/Softphone/AgentPhone.cs).

export function attach(circuit: DotNetReference): { attachment: number; state: PhoneState } {
  level.stop();
  return { attachment: page.attach(circuit), state: state() };
}

export function detach(attachment: number): void {
  if (page.detach(attachment)) {
    level.stop();
  }
}

const ask = async <K extends keyof PhoneCommands>(what: K, ...args: Parameters<PhoneCommands[K]>): Promise<PhoneAnswer> =>
  phone ? phone.ask(what, ...args) : refused(notSignedIn);

export function startShift(): Promise<PhoneAnswer> {
  void notices.ask();
  return ask('startShift');
}

export const endShift = () => ask('endShift');
export const connectSupervisor = (callId: number, conference: string, mode: SupervisorMode, intent: string) =>
  ask('connectSupervisor', callId, conference, mode, intent);
export const leave = () => ask('leave');
export const testRing = () => ask('testRing');
export const bringHere = async (): Promise<PhoneAnswer> => phone ? phone.bringHere() : refused(notSignedIn);
export const devices = listDevices;

export async function chooseDevice(kind: DeviceKind, deviceId: string): Promise<PhoneAnswer> {
  const answer = await ask('chooseDevice', kind, deviceId);
  if (kind === 'microphone') {
    await level.microphoneChosen();
  }
  return answer;
}

export const watchLevel = (on: boolean): Promise<PhoneAnswer> => level.watch(on);

/** The agent looks at this very tab, and would lose nothing if it showed something else. */
export const mayPop = async (): Promise<PhoneAnswer> => await attention.isFree() ? done : refused('The agent is busy elsewhere.');

export const shortcuts = (): Shortcut[] => shortcutKeys?.list() ?? [];
export const setShortcut = (action: string, keys: string): PhoneAnswer => shortcutKeys?.set(action, keys) ?? refused(notSignedIn);
export const resetShortcuts = (): PhoneAnswer => shortcutKeys?.reset() ?? refused(notSignedIn);

// The phone of this page.

function state(): PhoneState {
  return phone?.state() ?? noPhone('off', notSignedIn);
}

/** The user who is signed in on this page; enhanced navigation may have changed it. */
function readUser(): void {
  const name = document.querySelector<HTMLMetaElement>('meta[name="uppalcrm-user"]')?.content || null;
  if (name === user) {
    return;
  }

  phone?.close();
  user = name;
  phone = name ? createPhone(name) : null;
  shortcutKeys = name ? new Shortcuts(localStorage, name, pressed) : null;
  lifeboat.setPhone(phone);
  phone?.open();
}

function createPhone(name: string): PhoneHost {
  const created = new PhoneHost({
    user: name,
    browser: browserId(),
    lock: { locks: navigator.locks as LockManager | undefined, channel: new BroadcastChannel(`uppalcrm-phone-${name}`), tab },
    createHub,
    serverAnswers: async () => (await fetch('/health/live', { cache: 'no-store', redirect: 'error' })).ok,
    phone: {
      createDevice: createVoiceDevice,
      requestToken,
      tryMicrophone,
      hasMicrophone,
      microphonePermission,
      openLevelMonitor,
      muteKeys: () => shortcutKeys?.keysFor('mute') ?? '',
    },
    devices: { chosen: chosenDevice, choose: rememberDevice },
    ring: { createContext: () => new AudioContext(), document, notices },
    screen: {
      isPainted: callId => !document.hidden && document.querySelector(`[data-call-action="accept"][data-call="${callId}"]`) !== null,
      soon: run => document.hidden ? void setTimeout(run, 250) : void requestAnimationFrame(() => setTimeout(run)),
    },
    storage: localStorage,
    session: sessionStorage,
    isSupported: 'RTCPeerConnection' in window && navigator.mediaDevices !== undefined,
    hostTab: hostPage()?.tab ?? null,
  });
  created.listen({
    changed: now => {
      lifeboat.look();
      page.tell('OnState', now);
      level.phoneChanged();
    },
    level: microphone => level.level(microphone),
    nodeLeaving: withinMs => lifeboat.nodeLeaving(withinMs),
  });
  return created;
}

/** A question that only somebody who is signed in gets an answer to; others are sent to the sign-in page. */
async function isSignedOut(): Promise<boolean> {
  const answer = await fetch('/prove/needed', { cache: 'no-store', redirect: 'manual' });
  return answer.type === 'opaqueredirect' || answer.status === 401;
}

function createHub(kind: HubKind): Hub {
  const connection = new HubConnectionBuilder()
    .withUrl(`/hubs/calls?intents=1${kind === 'phone' ? `&device=${browserId()}.${tab}` : ''}`,
      { transport: HttpTransportType.WebSockets, skipNegotiation: true })
    .configureLogging(LogLevel.None) // live.ts reconnects and says so; the console need not.
    .build();
  connection.serverTimeoutInMilliseconds = 30_000;
  connection.keepAliveIntervalInMilliseconds = 10_000;
  return connection;
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

/** The page of which this page is the fresh copy in a frame (lifeboat.ts). */
function hostPage(): PageHandle | null {
  try {
    return window.parent !== window ? window.parent.uppalcrm ?? null : null;
  } catch {
    return null; // Another origin's page: none of ours.
  }
}

// What the page and the browser tell.

function pressed(action: Action): void {
  if (action === 'dialpad' || action === 'offer' || action === 'sheet') {
    page.tell('OnShortcut', action);
  } else {
    void ask('shortcut', action).then(answer => {
      if (action === 'hangUp' && !answer.done) {
        page.tell('OnShortcut', action); // There is no call to end, but perhaps a wrap-up.
      }
    });
  }
}

function noticeClicked({ action, callId }: NoticeClick): void {
  if (phone?.isOwner && action !== 'open') {
    carryOut({ action, callId, value: null });
  }
}

function carryOut(command: CallCommand): void {
  if (command.action !== 'dismiss' || state().refusals.length > 0) {
    void phone?.carryOut(command);
  }
}

function wake(): void {
  phone?.wake();
  lifeboat.wake();
}

window.uppalcrm = { tab, adopted: isAdopted => lifeboat.adoptedByFrame(isAdopted), module: () => self };
defineElapsed();
defineRecordingPlayer();
defineTimes();
watchPhoneFields(document, async () => (await import('./numbers')).asYouType);
watchCallButtons(document, carryOut);
watchArrowLists(document);
watchCopying(document, navigator.clipboard as Clipboard | undefined);
watchDownloads();
readUser();
void lifeboat.start();
window.Blazor!.addEventListener('enhancedload', readUser);

for (const gesture of ['pointerdown', 'keydown']) {
  document.addEventListener(gesture, () => phone?.gesture(), { capture: true, passive: true });
}
document.addEventListener('input', event => attention.typed(event.target), { capture: true, passive: true });
document.addEventListener('keydown', event => {
  // The library's dialog hears keys only while it has the focus: a click beside its fields would make it deaf to Escape.
  if (event.key === 'Escape' && !document.activeElement?.closest('.mud-dialog')) {
    document.querySelector<HTMLElement>('.mud-dialog .mud-button-close')?.click();
  }
  if (shortcutKeys?.handle(event)) {
    event.preventDefault();
  }
});
document.addEventListener('visibilitychange', () => {
  phone?.visibilityChanged();
  if (!document.hidden) {
    wake();
  }
});
navigator.mediaDevices?.addEventListener('devicechange', () => {
  phone?.devicesChanged();
  page.tell('OnDevicesChanged');
});
window.addEventListener('storage', event => { // shortcuts changed in another tab
  if (user && event.key === Shortcuts.placeOf(user)) {
    shortcutKeys = new Shortcuts(localStorage, user, pressed);
  }
});
window.addEventListener('online', wake);
window.addEventListener('pageshow', wake);
window.addEventListener('pagehide', () => {
  phone?.bye();
  hostPage()?.adopted(false);
});
