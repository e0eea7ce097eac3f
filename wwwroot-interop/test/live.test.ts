import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HubKind } from '../src/hub';
import { Live } from '../src/live';
import type { ActiveCall } from '../src/state';
import { anOffer, FakeHub } from './support';

const second = 1000;
const aCall = (callId: number): ActiveCall => ({
  callId, conference: `conf-${callId}`, isConnected: true, isHeld: false, otherParty: '+12025550111', otherName: null,
  mayReturn: false, outlivesLeg: false, isAwaited: false,
});

describe('live', () => {
  let hubs: FakeHub[];
  let live: Live;
  let ended: number[];
  let elsewhere: string[];
  let refusals: number;
  let kinds: HubKind[];
  let answers: boolean;

  const hub = () => hubs.at(-1)!;
  const snapshot = (changes: object = {}) =>
    hub().says('Snapshot', { serverTime: new Date().toISOString(), offers: [], activeCall: null, ...changes });

  beforeEach(() => {
    vi.useFakeTimers();
    hubs = [];
    ended = [];
    elsewhere = [];
    refusals = 0;
    kinds = [];
    answers = false;
    live = new Live(kind => {
      kinds.push(kind);
      const made = new FakeHub();
      made.refuses = refusals-- > 0;
      hubs.push(made);
      return made;
    }, {
      changed: () => undefined,
      callEnded: callId => ended.push(callId),
      phoneElsewhere: browser => elsewhere.push(browser),
      nodeLeaving: () => undefined,
      heard: () => undefined,
    }, () => 'ready', async () => answers);
  });
  afterEach(() => {
    live.dispose();
    vi.useRealTimers();
  });

  const connected = async () => {
    live.open();
    await vi.advanceTimersByTimeAsync(0);
    snapshot();
  };

  it('knows a network that lets pages through and no WebSocket from a server that is down', async () => {
    refusals = 3;
    answers = true;
    live.open();
    await vi.advanceTimersByTimeAsync(0);
    expect(live.isSocketBlocked).toBe(false); // once may happen to anybody

    await vi.advanceTimersByTimeAsync(2 * second);
    expect(live.isSocketBlocked).toBe(true);

    await vi.advanceTimersByTimeAsync(20 * second);
    expect(live.isSocketBlocked).toBe(false);
  });

  it('does not blame the network while the server answers nothing', async () => {
    refusals = 99;
    live.open();

    await vi.advanceTimersByTimeAsync(60 * second);

    expect(live.isSocketBlocked).toBe(false);
  });

  it('takes what the snapshot says for the whole truth', async () => {
    await connected();
    hub().says('CallOffered', anOffer(1));

    snapshot({ offers: [anOffer(3), anOffer(2)] });

    expect(live.offers.map(offer => offer.callId)).toEqual([2, 3]);
  });

  it('reconnects for ever, sooner than ten seconds each time', async () => {
    refusals = 30;
    live.open();

    await vi.advanceTimersByTimeAsync(300 * second);
    expect(hubs.length).toBeGreaterThan(30);
    snapshot();

    expect(live.isHeard).toBe(true);
  });

  it('comes back after a drop', async () => {
    await connected();
    hub().drops();
    expect(live.isHeard).toBe(false);

    await vi.advanceTimersByTimeAsync(2 * second);

    expect(hubs).toHaveLength(2);
    expect(live.isHeard).toBe(true);
  });

  it('is not heard any more ten seconds after the last word, though the socket seems open', async () => {
    await connected();
    await vi.advanceTimersByTimeAsync(4 * second);
    hub().says('Heartbeat', new Date().toISOString());
    await vi.advanceTimersByTimeAsync(9 * second);
    expect(live.isHeard).toBe(true);

    await vi.advanceTimersByTimeAsync(2 * second);

    expect(live.isHeard).toBe(false);
  });

  it('replaces a socket that is open and dumb', async () => {
    await connected();

    await vi.advanceTimersByTimeAsync(20 * second);

    expect(hubs.length).toBeGreaterThan(1);
    expect(hubs[0]!.stopped).toBe(true);
  });

  it('drops an offer that comes late, after it was withdrawn', async () => {
    await connected();
    hub().says('CallOffered', anOffer(1, { version: 3 }));
    hub().says('OfferWithdrawn', 1, 'taken', 'Dana');

    hub().says('CallOffered', anOffer(1, { version: 3 }));

    expect(live.offers).toEqual([]);
  });

  it('takes a call offered again after a lease ran out', async () => {
    await connected();
    hub().says('CallOffered', anOffer(1, { version: 1 }));
    hub().says('OfferWithdrawn', 1, 'taken', 'Dana');

    hub().says('CallOffered', anOffer(1, { version: 3 }));

    expect(live.offers).toHaveLength(1);
  });

  it('silences a declined call here and tells the server', async () => {
    await connected();
    hub().says('CallOffered', anOffer(1));

    await live.decline(1);

    expect(live.offers).toEqual([]);
    expect(hub().asked('Decline')).toEqual([[1]]);
  });

  it('drops an offer whose end was lost, by the server’s clock', async () => {
    await connected();
    hub().says('CallOffered', anOffer(1, { expiresAt: new Date(Date.now() + 5 * second).toISOString() }));

    for (let i = 0; i < 4; i++) {
      await vi.advanceTimersByTimeAsync(3 * second);
      hub().says('Heartbeat', new Date().toISOString());
    }

    expect(live.offers).toEqual([]);
  });

  it('keeps the server’s time when this machine’s clock is wrong', async () => {
    await connected();

    hub().says('Heartbeat', new Date(Date.now() + 600 * second).toISOString());

    expect(Math.round((live.serverNow() - Date.now()) / second)).toBe(600);
  });

  it('says that a call is over only when it was there', async () => {
    await connected();
    hub().says('ActiveCallChanged', null);
    expect(ended).toEqual([]);

    hub().says('ActiveCallChanged', aCall(5));
    hub().says('ActiveCallChanged', null);

    expect(ended).toEqual([5]);
  });

  it('hears of the end of a call by the snapshot after an outage', async () => {
    await connected();
    hub().says('ActiveCallChanged', aCall(5));
    hub().drops();
    await vi.advanceTimersByTimeAsync(2 * second);

    snapshot();

    expect(ended).toEqual([5]);
  });

  it('sends a hang-up again that the server could not hear', async () => {
    await connected();
    hub().says('ActiveCallChanged', aCall(5));
    refusals = 1; // the connection for the hang-up itself
    hub().drops();
    await live.hangUp(5);
    await vi.advanceTimersByTimeAsync(2 * second);

    snapshot({ activeCall: aCall(5) });
    await vi.advanceTimersByTimeAsync(0);

    expect(hub().asked('HangUp')).toEqual([[5]]);
  });

  it('tells how the phone is when it changes and every ten seconds, moved by heartbeats rather than timers', async () => {
    await connected();
    expect(hub().asked('ReportPhone')).toHaveLength(1);

    for (let i = 0; i < 5; i++) {
      await vi.advanceTimersByTimeAsync(4 * second);
      hub().says('Heartbeat', new Date().toISOString());
    }

    expect(hub().asked('ReportPhone')).toHaveLength(2);
  });

  it('gives a command a connection of its own while its own is down, and closes it', async () => {
    await connected();
    hub().drops();

    await live.decline(1);

    expect(kinds).toEqual(['phone', 'command']);
    expect(hub().asked('Decline')).toEqual([[1]]);
    expect(hub().stopped).toBe(true);
  });

  it('refuses at once to claim while the server is away', async () => {
    await connected();
    refusals = 1;
    hub().drops();

    await expect(live.accept(1)).rejects.toThrow();
  });
});
