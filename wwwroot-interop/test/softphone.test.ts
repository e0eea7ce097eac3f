import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Softphone, type PhoneToken } from '../src/softphone';
import type { PhoneCall } from '../src/state';
import { PhoneTrouble } from '../src/phone-errors';
import { FakeDevice } from './support';

const second = 1000;
const hour = 3600 * second;

class World {
  devices: FakeDevice[] = [];
  tokens = 0;
  lifetime = hour;
  tokenError: Error | null = null;
  microphoneError: unknown = null;
  microphones = 1;
  muteKeys = 'Ctrl+Shift+M';
  monitors: { hears: (decibels: number) => void; open: boolean }[] = [];
  nextDevice = () => new FakeDevice();
  released: [number, string][] = [];
  ended: { call: PhoneCall; asked: boolean }[] = [];

  readonly phone = new Softphone({
    createDevice: async () => {
      const device = this.nextDevice();
      this.devices.push(device);
      return device;
    },
    requestToken: async (): Promise<PhoneToken> => {
      if (this.tokenError) throw this.tokenError;
      return { token: `token-${++this.tokens}`, identity: 'agent_7', lifetime: this.lifetime, options: {} };
    },
    tryMicrophone: async () => { if (this.microphoneError) throw this.microphoneError; },
    serverNow: () => Date.now(),
    hasMicrophone: async () => this.microphones > 0,
    openLevelMonitor: (_track, _every, onLoudness) => {
      const monitor = { hears: onLoudness, open: true };
      this.monitors.push(monitor);
      return { close: () => { monitor.open = false; } };
    },
    muteKeys: () => this.muteKeys,
    remembered: () => 'default',
    remember: () => undefined,
  }, {
    changed: () => undefined,
    released: (callId, reason) => this.released.push([callId, reason]),
    ended: (call, asked) => this.ended.push({ call, asked }),
    levels: () => undefined,
  });

  get device(): FakeDevice {
    return this.devices.at(-1)!;
  }

  async ready(): Promise<this> {
    this.phone.open();
    await vi.advanceTimersByTimeAsync(0);
    return this;
  }

  async inCall(): Promise<this> {
    await this.ready();
    const joined = this.phone.connect({ callId: 5, conference: 'conf-5', role: 'agent' });
    await vi.advanceTimersByTimeAsync(0);
    this.device.calls[0]!.answer();
    expect(await joined).toEqual({ done: true, message: null });
    return this;
  }
}

describe('softphone', () => {
  let world: World;
  beforeEach(() => {
    vi.useFakeTimers();
    world = new World();
  });
  afterEach(() => {
    world.phone.dispose();
    vi.useRealTimers();
  });

  /** Half a second of speech, as the level monitor of a muted call hears it. */
  async function speak(): Promise<void> {
    for (let i = 0; i < 6; i++) {
      await vi.advanceTimersByTimeAsync(100);
      world.monitors.at(-1)?.hears(-25);
    }
  }

  it('tells an agent who speaks while muted which keys open the microphone, and no longer once it is open', async () => {
    await world.inCall();
    expect(world.monitors).toEqual([]); // nobody listens while everybody is heard

    world.phone.setMuted(true);
    await speak();
    expect(world.phone.call!.mutedHint).toBe('You are muted. Press Ctrl+Shift+M to be heard.');

    world.phone.setMuted(false);
    expect(world.phone.call!.mutedHint).toBeNull();
    expect(world.monitors.map(monitor => monitor.open)).toEqual([false]);
  });

  it('names the button where the shortcut is switched off', async () => {
    await world.inCall();
    world.muteKeys = '';
    world.phone.setMuted(true);

    await speak();

    expect(world.phone.call!.mutedHint).toBe('You are muted. Press Unmute to be heard.');
  });

  it('stops listening to a muted microphone when the call ends', async () => {
    await world.inCall();
    world.phone.setMuted(true);

    world.device.calls[0]!.end();

    expect(world.monitors.map(monitor => monitor.open)).toEqual([false]);
  });

  it('mutes all the same where the microphone cannot be listened to', async () => {
    await world.inCall();
    world.device.calls[0]!.getLocalStream = () => undefined as never;

    expect(world.phone.setMuted(true)).toEqual({ done: true, message: null });
    expect(world.monitors).toEqual([]);
  });

  it('says at once that the last microphone was pulled out between calls, and that one is back', async () => {
    await world.ready();
    world.microphones = 0;
    await world.phone.devicesChanged();
    expect(world.phone.problem).toMatchObject({ code: '31402', words: 'No microphone is connected.' });

    world.microphones = 1;
    await world.phone.devicesChanged();
    expect(world.phone.problem).toBeNull();
  });

  it('takes a microphone that comes back into the call that goes on without one', async () => {
    const set: string[] = [];
    const known = new Map<string, unknown>();
    world.nextDevice = () => Object.assign(new FakeDevice(), { audio: {
      availableInputDevices: known, availableOutputDevices: new Map(), speakerDevices: { set: async () => undefined },
      setInputDevice: async (id: string) => { if (!known.has(id)) throw new Error('none'); set.push(id); },
      unsetInputDevice: async () => undefined, incoming() {}, outgoing() {}, disconnect() {}, isOutputSelectionSupported: false,
    } });
    await world.inCall();
    world.microphones = 0;
    world.device.calls[0]!.track.dispatchEvent(new Event('ended'));
    await vi.advanceTimersByTimeAsync(2 * second);
    expect(world.phone.problem).toMatchObject({ code: '31402' });

    world.microphones = 1;
    const changed = world.phone.devicesChanged();
    await vi.advanceTimersByTimeAsync(500);
    known.set('usb', {}); // The SDK learns of it later than we do; and not every browser has one called 'default'.
    await vi.advanceTimersByTimeAsync(500);
    await changed;

    expect(set).toEqual(['usb']);
    expect(world.phone.problem).toMatchObject({ code: 'unplugged', words: 'The microphone was unplugged; another one is used now.' });
  });

  it('is ready once the carrier has registered it', async () => {
    await world.ready();

    expect(world.phone.line).toBe('ready');
    expect(world.tokens).toBe(1);
  });

  it('joins a conference by name as the agent, and counts from when it opened', async () => {
    await world.inCall();

    expect(world.device.calls[0]!.params).toEqual({ conference: 'conf-5', participant: 'agent' });
    expect(world.phone.call).toMatchObject({ phase: 'open', carrierSid: 'CA1', startedAt: new Date().toISOString() });
  });

  it('joins as a supervisor in the mode asked for', async () => {
    await world.ready();

    void world.phone.connect({ callId: 5, conference: 'conf-5', role: 'supervisor', mode: 'whisper' });
    await vi.advanceTimersByTimeAsync(0);

    expect(world.device.calls[0]!.params).toEqual({ conference: 'conf-5', participant: 'supervisor', mode: 'whisper' });
  });

  it('refuses a second call and does not touch the first', async () => {
    await world.inCall();

    const answer = await world.phone.connect({ callId: 6, conference: 'conf-6', role: 'agent' });

    expect(answer.done).toBe(false);
    expect(world.phone.call?.callId).toBe(5);
    expect(world.device.calls).toHaveLength(1);
  });

  it('takes a call asked for twice once', async () => {
    await world.inCall();

    expect(await world.phone.connect({ callId: 5, conference: 'conf-5', role: 'agent' })).toEqual({ done: true, message: null });
    expect(world.device.calls).toHaveLength(1);
  });

  it('gives a claimed call back when the microphone is refused, and says how to cure it', async () => {
    await world.ready();
    const joined = world.phone.connect({ callId: 5, conference: 'conf-5', role: 'agent' });
    await vi.advanceTimersByTimeAsync(0);

    world.device.calls[0]!.emit('error', { code: 31401, message: 'denied' });

    expect((await joined).message).toContain('address bar');
    expect(world.released).toEqual([[5, 'The browser was not allowed to use the microphone.']]);
    expect(world.phone.call).toBeNull();
    expect(world.phone.problem?.code).toBe('31401');
  });

  it('gives a claimed call back when there is no microphone, also when connect() itself fails', async () => {
    await world.ready();
    world.device.connectError = { code: 31402, message: 'none' };

    const answer = await world.phone.connect({ callId: 5, conference: 'conf-5', role: 'agent' });

    expect(answer.done).toBe(false);
    expect(world.released.map(([callId]) => callId)).toEqual([5]);
  });

  it('does not give back the call of another agent when a supervisor cannot join', async () => {
    await world.ready();
    world.device.connectError = { code: 31402, message: 'none' };

    await world.phone.connect({ callId: 5, conference: 'conf-5', role: 'supervisor', mode: 'listen' });

    expect(world.released).toEqual([]);
  });

  it('gives a call back when the carrier closes the leg before it opened', async () => {
    await world.ready();
    const joined = world.phone.connect({ callId: 5, conference: 'conf-5', role: 'agent' });
    await vi.advanceTimersByTimeAsync(0);

    world.device.calls[0]!.end();

    expect((await joined).done).toBe(false);
    expect(world.released).toHaveLength(1);
    expect(world.ended).toHaveLength(0);
  });

  it('gives up joining after twenty seconds and makes a new device, because the old one is stuck', async () => {
    await world.ready();
    const joined = world.phone.connect({ callId: 5, conference: 'conf-5', role: 'agent' });
    await vi.advanceTimersByTimeAsync(0);
    const first = world.device;
    first.calls[0]!.stuck = true;

    await vi.advanceTimersByTimeAsync(22 * second);

    expect((await joined).done).toBe(false);
    expect(first.destroyed).toBe(true);
    expect(world.devices).toHaveLength(2);
    expect(world.phone.line).toBe('ready');
    expect(world.released).toHaveLength(1);
  });

  it('ends the call when this side hangs up', async () => {
    await world.inCall();

    world.phone.hangUp();

    expect(world.phone.call).toBeNull();
    expect(world.ended).toMatchObject([{ asked: true, call: { callId: 5 } }]);
    expect(world.devices).toHaveLength(1);
  });

  it('ends the call when the other side does', async () => {
    await world.inCall();

    world.device.calls[0]!.end();

    expect(world.phone.call).toBeNull();
    expect(world.ended).toMatchObject([{ asked: false }]);
  });

  it('makes a new device when hang-up has no end within five seconds', async () => {
    await world.inCall();
    const first = world.device;
    first.calls[0]!.stuck = true;

    world.phone.hangUp();
    expect(world.phone.call?.phase).toBe('ending');
    await vi.advanceTimersByTimeAsync(7 * second);

    expect(world.phone.call).toBeNull();
    expect(first.destroyed).toBe(true);
    expect(world.phone.line).toBe('ready');
    expect(world.ended).toHaveLength(1);
  });

  it('notices a call that closed without saying so, and makes a new device', async () => {
    await world.inCall();
    const first = world.device;

    first.calls[0]!.state = 'closed';
    await vi.advanceTimersByTimeAsync(5 * second);

    expect(world.phone.call).toBeNull();
    expect(first.destroyed).toBe(true);
    expect(world.phone.problem?.code).toBe('lost');
    expect(world.ended).toHaveLength(1);
  });

  it('ends on the screen when the server says so, and the SDK’s later word changes nothing', async () => {
    await world.inCall();
    const call = world.device.calls[0]!;
    call.stuck = true;

    world.phone.endedByServer(5);
    expect(world.phone.call).toBeNull();
    expect(call.hangUps).toBeGreaterThan(0);
    call.end();

    expect(world.ended).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(7 * second);
    expect(world.devices).toHaveLength(1);
  });

  it('keeps the mute of a call that is still connecting', async () => {
    await world.ready();
    void world.phone.connect({ callId: 5, conference: 'conf-5', role: 'agent' });
    world.phone.setMuted(true);
    await vi.advanceTimersByTimeAsync(0);

    world.device.calls[0]!.answer();

    expect(world.device.calls[0]!.muted).toBe(true);
    expect(world.phone.call).toMatchObject({ muted: true });
  });

  it('sends digits at once and nothing else', async () => {
    await world.inCall();

    expect(world.phone.sendDigits('12#').done).toBe(true);
    expect(world.phone.sendDigits('12; drop').done).toBe(false);

    expect(world.device.calls[0]!.sent).toBe('12#');
  });

  it('says quality warnings in words while they hold', async () => {
    await world.inCall();
    const call = world.device.calls[0]!;

    call.emit('warning', 'high-jitter', {});
    expect(world.phone.call?.warnings).toEqual(['The network is unsteady: the sound may crackle.']);
    call.emit('warning-cleared', 'high-jitter');

    expect(world.phone.call?.warnings).toEqual([]);
  });

  it('shows reconnecting and comes back', async () => {
    await world.inCall();
    const call = world.device.calls[0]!;

    call.emit('reconnecting', { code: 53001 });
    expect(world.phone.call?.phase).toBe('reconnecting');
    call.emit('reconnected');

    expect(world.phone.call?.phase).toBe('open');
  });

  it('switches to another microphone when the one in use is unplugged', async () => {
    await world.ready();
    const chosen: string[] = [];
    world.device.audio = {
      isOutputSelectionSupported: false, availableInputDevices: new Map([["default", {}]]), availableOutputDevices: new Map(), speakerDevices: { set: async () => undefined },
      incoming: () => undefined, outgoing: () => undefined, disconnect: () => undefined,
      setInputDevice: async (id: string) => { chosen.push(id); }, unsetInputDevice: async () => undefined,
    };
    const joined = world.phone.connect({ callId: 5, conference: 'conf-5', role: 'agent' });
    await vi.advanceTimersByTimeAsync(0);
    world.device.calls[0]!.answer();
    await joined;

    world.device.calls[0]!.track.dispatchEvent(new Event('ended'));
    await vi.advanceTimersByTimeAsync(0);

    expect(chosen).toEqual(['default']);
    expect(world.phone.problem?.words).toContain('unplugged');
    expect(world.phone.call?.phase).toBe('open');
  });

  describe('tokens', () => {
    it('are renewed at three quarters of their life, call or no call', async () => {
      await world.inCall();

      await vi.advanceTimersByTimeAsync(0.75 * hour - second);
      expect(world.device.tokens).toEqual([]);
      await vi.advanceTimersByTimeAsync(2 * second);

      expect(world.device.tokens).toEqual(['token-2']);
      expect(world.phone.call?.phase).toBe('open');
    });

    it('are asked for again with backoff, and the danger is told only in the last minute', async () => {
      world.lifetime = 600 * second;
      await world.ready();
      world.tokenError = new PhoneTrouble('token', 'The server gave no token.');

      await vi.advanceTimersByTimeAsync(500 * second);
      expect(world.phone.tokenInDanger).toBe(false);
      await vi.advanceTimersByTimeAsync(60 * second);
      expect(world.phone.tokenInDanger).toBe(true);
      expect(world.phone.problem?.code).toBe('token');

      world.tokenError = null;
      await vi.advanceTimersByTimeAsync(60 * second);
      expect(world.phone.tokenInDanger).toBe(false);
      expect(world.phone.problem).toBeNull();
      expect(world.device.tokens).toEqual(['token-2']);
    });

    it('that came due while the machine slept are renewed when it wakes', async () => {
      await world.ready();

      vi.setSystemTime(Date.now() + 0.9 * hour);
      world.phone.wake();
      await vi.advanceTimersByTimeAsync(0);

      expect(world.device.tokens).toEqual(['token-2']);
    });

    it('are renewed when the carrier says that one has expired', async () => {
      await world.ready();

      world.device.emit('error', { code: 20104, message: 'expired' });
      await vi.advanceTimersByTimeAsync(0);

      expect(world.device.tokens).toEqual(['token-2']);
    });
  });

  describe('the carrier', () => {
    it('that never answers the registration is tried again with a new device', async () => {
      world.nextDevice = () => {
        const device = new FakeDevice();
        if (world.devices.length === 0) device.registering = new Promise(() => undefined);
        return device;
      };
      world.phone.open();

      await vi.advanceTimersByTimeAsync(17 * second);

      expect(world.devices).toHaveLength(2);
      expect(world.devices[0]!.destroyed).toBe(true);
      expect(world.phone.line).toBe('ready');
    });

    it('that drops the registration makes the light say connecting, until it is back', async () => {
      await world.ready();

      world.device.emit('unregistered');
      expect(world.phone.line).toBe('connecting');
      world.device.emit('registered');

      expect(world.phone.line).toBe('ready');
    });

    it('gone for 45 seconds is met by a new device, but never during a call', async () => {
      await world.inCall();
      world.device.emit('unregistered');

      await vi.advanceTimersByTimeAsync(60 * second);
      expect(world.devices).toHaveLength(1);
      world.device.calls[0]!.end();
      await vi.advanceTimersByTimeAsync(2 * second);

      expect(world.devices).toHaveLength(2);
    });
  });

  it('says how to cure a refused microphone, and forgets it when it is granted', async () => {
    world.microphoneError = Object.assign(new Error('denied'), { name: 'NotAllowedError' });
    expect((await world.phone.checkMicrophone()).message).toContain('allow it');
    expect(world.phone.problem?.code).toBe('31401');

    world.microphoneError = null;
    await world.phone.checkMicrophone();

    expect(world.phone.problem).toBeNull();
  });

  it('that is closed while it starts does not come up afterwards', async () => {
    world.phone.open();
    world.phone.close();
    await vi.advanceTimersByTimeAsync(60 * second);

    expect(world.phone.line).toBe('down');
    expect(world.devices.every(device => device.destroyed)).toBe(true);
  });
});
