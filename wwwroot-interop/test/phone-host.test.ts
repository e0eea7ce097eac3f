import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PhoneHost, type PhoneHostWorld } from '../src/phone-host';
import type { ActiveCall, CallAction } from '../src/state';
import { anOffer, FakeBroadcast, FakeAudio, FakeDevice, FakeHub, FakeLocks, FakeStorage } from './support';

const second = 1000;
const command = (action: CallAction, callId: number | null = null, value: string | null = null) => ({ action, callId, value });
const aCall = (callId: number, changes: Partial<ActiveCall> = {}): ActiveCall => ({
  callId, conference: `conf-${callId}`, isConnected: true, isHeld: false, otherParty: '+12025550111', otherName: 'Maya Chen',
  mayReturn: false, outlivesLeg: false, isAwaited: false, ...changes,
});

/** One browser: its tabs share locks, a channel, and what is remembered. */
class Browser {
  readonly broadcast = new FakeBroadcast();
  readonly locks = new FakeLocks();
  readonly storage = new FakeStorage();

  constructor(readonly id: string) {}

  tab(name: string, changes: Partial<PhoneHostWorld> = {}): Tab {
    return new Tab(this, name, changes);
  }
}

class Tab {
  hubs: FakeHub[] = [];
  devices: FakeDevice[] = [];
  audio = new FakeAudio();
  microphoneError: unknown = null;
  serverIsDown = false;
  private testRings = 0;
  shown: number[] = [];
  readonly host: PhoneHost;
  private readonly channel: BroadcastChannel;

  constructor(browser: Browser, name: string, changes: Partial<PhoneHostWorld>) {
    this.channel = browser.broadcast.channel() as unknown as BroadcastChannel;
    this.host = new PhoneHost({
      user: 'agent_7',
      browser: browser.id,
      lock: { locks: browser.locks, channel: this.channel, tab: name },
      serverAnswers: async () => true,
      createHub: () => {
        const hub = new FakeHub();
        hub.refuses = this.serverIsDown;
        hub.answers['Accept'] = { won: true, conferenceName: 'conf-1', message: null };
        hub.answers['Join'] = { won: true, conferenceName: 'conf-1', message: null };
        this.hubs.push(hub);
        return hub;
      },
      phone: {
        createDevice: async () => {
          const device = new FakeDevice();
          this.devices.push(device);
          return device;
        },
        requestToken: async () => ({ token: 't', lifetime: 3600 * second, options: {} }),
        tryMicrophone: async () => { if (this.microphoneError) throw this.microphoneError; },
        hasMicrophone: async () => true,
        microphonePermission: async () => null,
        openLevelMonitor: () => ({ close: () => undefined }),
        muteKeys: () => 'Ctrl+Shift+M',
      },
      devices: { chosen: () => 'default', choose: () => undefined },
      ring: {
        createContext: () => this.audio as unknown as AudioContext,
        document: { hidden: false, title: 'Desk' },
        notices: { show: offer => this.shown.push(offer.callId), withdraw: () => undefined },
      },
      storage: browser.storage,
      session: new FakeStorage(),
      isSupported: true,
      screen: { isPainted: () => false, soon: () => undefined },
      hostTab: null,
      ...changes,
    });
    this.host.open();
  }

  /** As a browser does with a tab that has long been in the background. */
  freeze(): void {
    this.channel.onmessage = null;
  }

  get hub(): FakeHub {
    return this.hubs.at(-1)!;
  }

  /** Beside the test ring of the shift's start. */
  get rings(): boolean {
    return this.audio.sounding > this.testRings;
  }

  get status(): string {
    return this.host.state().status;
  }

  snapshot(changes: object = {}): void {
    this.hub.says('Snapshot', { serverTime: new Date().toISOString(), offers: [], activeCall: null, ...changes });
  }

  async onShift(): Promise<this> {
    await settle();
    expect(await this.host.ask('startShift')).toEqual({ done: true, message: null });
    this.testRings = this.audio.sounding;
    await settle();
    this.snapshot();
    return this;
  }

  async inCall(): Promise<this> {
    await this.onShift();
    const accepted = this.host.carryOut(command('accept', 1));
    await settle();
    this.devices[0]!.calls[0]!.answer();
    expect((await accepted).done).toBe(true);
    this.hub.says('ActiveCallChanged', aCall(1));
    return this;
  }
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('phone host', () => {
  let browser: Browser;
  beforeEach(() => {
    vi.useFakeTimers();
    browser = new Browser('b1');
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const asked = (changes: object = {}) => ({
    callId: 7, from: 'Lee Okafor', number: '', name: null, isConsult: false, isInternal: true, ...changes,
  });

  it('rings for what a colleague asks, and stops when it is taken or withdrawn', async () => {
    const tab = await browser.tab('a').onShift();
    tab.snapshot({ transfer: asked() });
    expect(tab.rings).toBe(true);

    tab.snapshot();
    expect(tab.rings).toBe(false);

    tab.snapshot({ transfer: asked() });
    tab.hub.answers['AcceptTransfer'] = { won: true, conferenceName: 'conf-7', message: null, intent: 'i' };
    void tab.host.ask('shortcut', 'accept'); // before any offer
    await settle();
    expect(tab.hub.asked('AcceptTransfer')).toEqual([[7]]);
    expect(tab.rings).toBe(false);
  });

  it('takes a button of a notification for the colleague’s request', async () => {
    const tab = await browser.tab('a').onShift();
    tab.snapshot({ transfer: asked() });
    await tab.host.carryOut(command('decline', 7));
    expect(tab.hub.asked('DeclineTransfer')).toEqual([[7]]);
    expect(tab.hub.asked('Decline')).toEqual([]);
  });

  it('is off until the shift is started, then ready and audible', async () => {
    const tab = browser.tab('a');
    await settle();
    expect(tab.status).toBe('off');

    await tab.onShift();

    expect(tab.host.state()).toMatchObject({ status: 'ready', audible: true, shiftStarted: true });
    expect(tab.hub.asked('ReportPhone').at(-1)).toEqual(['ready']);
  });

  it('does not start a shift without a microphone, and says how to cure it', async () => {
    const tab = browser.tab('a');
    await settle();
    tab.microphoneError = { name: 'NotAllowedError' };

    expect((await tab.host.ask('startShift')).message).toContain('address bar');
    expect(tab.status).toBe('noMicrophone');
  });

  it('is started by the press that brings a call from the agent’s other machine', async () => {
    const tab = browser.tab('b');
    await settle();
    const joined = tab.host.carryOut(command('join', 1));
    await settle();
    tab.snapshot();
    await vi.advanceTimersByTimeAsync(100);
    tab.devices[0]!.calls[0]!.answer();

    expect(await joined).toEqual({ done: true, message: null });
    expect(tab.status).toBe('onCall');
    expect(tab.hub.asked('Join')).toEqual([[1]]);
  });

  it('leaves a call on the agent’s other machine when this one refuses the microphone, and says so', async () => {
    const tab = browser.tab('b');
    await settle();
    tab.microphoneError = { name: 'NotAllowedError' };

    expect((await tab.host.carryOut(command('join', 1))).message).toContain('address bar');
    expect(tab.hubs.flatMap(hub => hub.asked('Join'))).toEqual([]);
  });

  it('takes the shift up again after a reload, without a click', async () => {
    const before = await browser.tab('a').onShift();
    before.host.close();

    const after = browser.tab('a2');
    await settle();
    after.snapshot();
    await settle();

    expect(after.status).toBe('ready');
  });

  it('rings when a call is offered, falls silent when it is accepted, and joins the winner’s conference', async () => {
    const tab = await browser.tab('a').onShift();
    tab.hub.says('CallOffered', anOffer(1));
    expect(tab.rings).toBe(true);

    const accepted = tab.host.carryOut(command('accept', 1));
    expect(tab.rings).toBe(false);
    await settle();
    tab.devices[0]!.calls[0]!.answer();

    expect(await accepted).toEqual({ done: true, message: null });
    expect(tab.devices[0]!.calls[0]!.params).toEqual({ conference: 'conf-1', participant: 'agent' });
    expect(tab.status).toBe('onCall');
  });

  it('tells the loser who answered, and rings on for other calls', async () => {
    const tab = await browser.tab('a').onShift();
    tab.hub.says('CallOffered', anOffer(1));
    tab.hub.says('CallOffered', anOffer(2));
    tab.hub.answers['Accept'] = { won: false, conferenceName: null, message: 'Dana answered this call.' };

    const answer = await tab.host.carryOut(command('accept', 1));
    tab.hub.says('OfferWithdrawn', 1);

    expect(answer).toEqual({ done: false, message: 'Dana answered this call.' });
    expect(tab.rings).toBe(true);
    expect(tab.devices[0]!.calls).toHaveLength(0);
  });

  it('claims once when accept is pressed twice', async () => {
    const tab = await browser.tab('a').onShift();

    void tab.host.carryOut(command('accept', 1));
    void tab.host.carryOut(command('accept', 1));
    await settle();

    expect(tab.hub.asked('Accept')).toHaveLength(1);
  });

  it('gives a claim back at once when the microphone is refused', async () => {
    const tab = await browser.tab('a').onShift();
    const accepted = tab.host.carryOut(command('accept', 1));
    await settle();

    tab.devices[0]!.calls[0]!.emit('error', { code: 31401, message: 'denied' });

    expect((await accepted).message).toContain('microphone');
    expect(tab.hub.asked('Release')).toEqual([[1, 'The browser was not allowed to use the microphone.']]);
    expect(tab.status).toBe('noMicrophone');
  });

  it('stops ringing when the server has not been heard for ten seconds', async () => {
    const tab = await browser.tab('a').onShift();
    tab.hub.says('CallOffered', anOffer(1));

    await vi.advanceTimersByTimeAsync(12 * second);

    expect([tab.rings, tab.status]).toEqual([false, 'serverLost']);
  });

  it('keeps the call while the server is away', async () => {
    const tab = await browser.tab('a').inCall();

    tab.hub.drops();
    await vi.advanceTimersByTimeAsync(60 * second);

    expect(tab.status).toBe('onCall');
    expect(tab.devices[0]!.calls[0]!.hangUps).toBe(0);
  });

  it('hangs up by the carrier and by the server', async () => {
    const tab = await browser.tab('a').inCall();

    await tab.host.carryOut(command('hangUp', 1));
    await settle();

    expect(tab.devices[0]!.calls[0]!.state).toBe('closed');
    expect(tab.hub.asked('HangUp')).toEqual([[1]]);
    expect(tab.host.state().call).toBeNull();
  });

  it('hangs up the call that was meant and not the next one', async () => {
    const tab = await browser.tab('a').inCall();

    await tab.host.carryOut(command('hangUp', 4));

    expect(tab.hub.asked('HangUp')).toEqual([[4]]); // nobody's here; the server knows whether it is still the agent's
    expect(tab.devices[0]!.calls[0]!.hangUps).toBe(0);
    await tab.host.carryOut(command('hangUp', 1));
    expect(tab.devices[0]!.calls[0]!.hangUps).toBe(1);
  });

  it('hangs up with the server dead, and tells the server later', async () => {
    const tab = await browser.tab('a').inCall();
    tab.serverIsDown = true;
    tab.hub.drops();

    await tab.host.carryOut(command('hangUp', 1));
    expect(tab.host.state().call).toBeNull();
    tab.serverIsDown = false;
    await vi.advanceTimersByTimeAsync(4 * second);
    tab.snapshot({ activeCall: aCall(1) });
    await settle();

    expect(tab.hub.asked('HangUp')).toEqual([[1]]);
  });

  it('ends a call from a browser that is not the phone, without becoming it', async () => {
    const tab = await browser.tab('a').onShift();
    tab.hub.says('PhoneElsewhere', 'b2');

    await tab.host.carryOut(command('hangUp', 1));

    expect(tab.hub.asked('HangUp')).toEqual([[1]]);
    expect(tab.hub.stopped).toBe(true);
    expect(tab.status).toBe('inAnotherBrowser');
  });

  it('does not end the call that a supervisor leaves', async () => {
    const tab = await browser.tab('a').onShift();
    void tab.host.ask('connectSupervisor', 1, 'conf-1', 'listen', 'i-1');
    await settle();
    tab.devices[0]!.calls[0]!.answer();

    await tab.host.carryOut(command('hangUp', 1));

    expect(tab.devices[0]!.calls[0]!.state).toBe('closed');
    expect(tab.hub.asked('HangUp')).toEqual([]);
  });

  describe('where the customer stays when the phone is lost', () => {
    const kept = (changes: Partial<ActiveCall> = {}) => aCall(1, { mayReturn: true, outlivesLeg: true, ...changes });

    it('joins again without a click after a reload, as muted as before', async () => {
      const before = await browser.tab('a').inCall();
      await before.host.carryOut(command('mute', 1));
      before.host.close();

      const after = browser.tab('a2');
      await settle();
      after.snapshot({ activeCall: kept({ isAwaited: true }) });
      await settle();
      const [call] = after.devices[0]!.calls;
      call!.answer();
      await settle();

      expect(call!.params).toEqual({ conference: 'conf-1', participant: 'agent' });
      expect(after.host.state().call).toMatchObject({ phase: 'open', muted: true });
    });

    it('joins again also when the server does not know yet that the leg is gone', async () => {
      (await browser.tab('a').inCall()).host.close();
      const after = browser.tab('a2');
      await settle();
      after.snapshot({ activeCall: kept() });
      await settle();
      expect(after.devices[0]?.calls ?? []).toHaveLength(0); // it may have ended just now

      await vi.advanceTimersByTimeAsync(2 * second);

      expect(after.devices[0]!.calls).toHaveLength(1);
    });

    it('does not fetch a call that is up on another machine', async () => {
      const tab = await new Browser('b2').tab('z').onShift();
      tab.hub.says('ActiveCallChanged', kept());
      await vi.advanceTimersByTimeAsync(10 * second);
      expect(tab.devices[0]!.calls).toHaveLength(0);

      tab.hub.says('ActiveCallChanged', kept({ isConnected: false, isAwaited: true }));
      await settle();
      expect(tab.devices[0]!.calls).toHaveLength(1);
    });

    it('tries again when it could not join, and does not give the call away', async () => {
      const tab = await browser.tab('a').onShift();
      tab.hub.says('ActiveCallChanged', kept({ isConnected: false, isAwaited: true }));
      await settle();
      tab.devices[0]!.calls[0]!.emit('error', { code: 53000, message: 'signalling' });
      await settle();

      await vi.advanceTimersByTimeAsync(4 * second);

      expect(tab.hub.asked('Release')).toHaveLength(0);
      expect(tab.devices.at(-1)!.calls.length + tab.devices[0]!.calls.length).toBeGreaterThan(1);
    });

    it('does not come back to a call that it hung up, until that is taken back', async () => {
      const tab = await browser.tab('a').inCall();
      tab.hub.says('ActiveCallChanged', kept());
      await tab.host.carryOut(command('hangUp', 1));
      tab.devices[0]!.calls[0]!.emit('disconnect');
      await vi.advanceTimersByTimeAsync(4 * second);
      expect(tab.devices[0]!.calls).toHaveLength(1);

      tab.hub.answers['UndoHangUp'] = { won: true, conferenceName: 'conf-1', message: null };
      const undone = tab.host.carryOut(command('undoHangUp', 1));
      await settle();
      tab.devices[0]!.calls[1]!.answer();

      expect(await undone).toEqual({ done: true, message: null });
    });
  });

  describe('with two tabs', () => {
    it('has one phone: the other mirrors it and says where it is', async () => {
      const first = await browser.tab('a').onShift();
      const other = browser.tab('b');
      await settle();

      expect(other.host.state()).toMatchObject({ status: 'inAnotherTab', canBringHere: true });
      expect(other.devices).toHaveLength(0);
      expect(first.status).toBe('ready');
    });

    it('accepts and hangs up from either', async () => {
      const first = await browser.tab('a').onShift();
      const other = browser.tab('b');
      await settle();

      const accepted = other.host.carryOut(command('accept', 1));
      await settle();
      first.devices[0]!.calls[0]!.answer();
      expect((await accepted).done).toBe(true);
      await settle();
      expect(other.host.state().call).toMatchObject({ callId: 1, phase: 'open' });

      await other.host.carryOut(command('hangUp', 1));
      expect(first.host.state().call).toBeNull();
    });

    it('answers a shortcut pressed in the other by the call that is offered', async () => {
      const first = await browser.tab('a').onShift();
      first.hub.says('CallOffered', anOffer(2));
      first.hub.says('CallOffered', anOffer(1));
      const other = browser.tab('b');
      await settle();

      expect((await other.host.ask('shortcut', 'hold')).done).toBe(false);
      void other.host.ask('shortcut', 'accept');
      await settle();

      expect(first.hub.asked('Accept')).toEqual([[1]]);
    });

    it('ends the call at the server when the tab with the phone does not answer', async () => {
      const first = await browser.tab('a').inCall();
      const other = browser.tab('b');
      await settle();
      first.freeze();

      const ended = other.host.carryOut(command('hangUp', 1));
      await vi.advanceTimersByTimeAsync(21 * second);

      expect((await ended).done).toBe(false);
      expect(other.hub.asked('HangUp')).toEqual([[1]]);
    });

    it('brings the phone over when asked, but not out of a call', async () => {
      const first = await browser.tab('a').inCall();
      const other = browser.tab('b');
      await settle();
      expect((await other.host.bringHere()).message).toContain('in a call');
      first.devices[0]!.calls[0]!.end();

      expect((await other.host.bringHere()).done).toBe(true);
      await settle();
      other.snapshot();
      await settle();

      expect(other.status).toBe('ready');
      expect(first.devices[0]!.destroyed).toBe(true);
      expect(first.status).toBe('inAnotherTab');
    });

    it('goes on in the second when the first is closed', async () => {
      const first = await browser.tab('a').onShift();
      const other = browser.tab('b');
      await settle();

      first.host.close();
      await settle();
      other.snapshot();
      await settle();

      expect(other.status).toBe('ready');
    });
  });

  describe('with another browser', () => {
    it('puts the phone down there and does not fetch it back by reconnecting', async () => {
      const tab = await browser.tab('a').onShift();

      tab.hub.says('PhoneElsewhere', 'b2');
      await vi.advanceTimersByTimeAsync(60 * second);

      expect(tab.host.state()).toMatchObject({ status: 'inAnotherBrowser', canBringHere: true });
      expect(tab.hubs).toHaveLength(1);
      expect(tab.devices[0]!.destroyed).toBe(true);
    });

    it('keeps a call that is up until it is over', async () => {
      const tab = await browser.tab('a').inCall();

      tab.hub.says('PhoneElsewhere', 'b2');
      expect(tab.status).toBe('onCall');
      tab.devices[0]!.calls[0]!.end();

      expect(tab.status).toBe('inAnotherBrowser');
    });

    it('fetches the phone back when asked', async () => {
      const tab = await browser.tab('a').onShift();
      tab.hub.says('PhoneElsewhere', 'b2');

      await tab.host.bringHere();
      await settle();
      tab.snapshot();
      await settle();

      expect(tab.status).toBe('ready');
      expect(tab.hubs).toHaveLength(2);
    });
  });

  it('shows the phone of the page around it as its own, when it is a fresh page in its frame', async () => {
    await browser.tab('a').inCall();
    const inside = browser.tab('inside', { hostTab: 'a' });
    await settle();

    expect(inside.host.state()).toMatchObject({ status: 'onCall', canBringHere: false, call: { callId: 1 } });
    expect(inside.host.holdsCall).toBe(false);
  });
});
