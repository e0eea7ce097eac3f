import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PhoneFixture, second } from './phone-fixture';
import { FakeDevice } from './support';

describe('microphone', () => {
  let world: PhoneFixture;
  beforeEach(() => {
    vi.useFakeTimers();
    world = new PhoneFixture();
  });
  afterEach(() => {
    world.phone.dispose();
    vi.useRealTimers();
  });

  it('tells an agent who speaks while muted which keys open the microphone, and no longer once it is open', async () => {
    await world.inCall();
    expect(world.monitors).toEqual([]); // nobody listens while everybody is heard

    world.phone.setMuted(true);
    await world.speak();
    expect(world.phone.call!.mutedHint).toBe('You are muted. Press Ctrl+Shift+M to be heard.');

    world.phone.setMuted(false);
    expect(world.phone.call!.mutedHint).toBeNull();
    expect(world.monitors.map(monitor => monitor.open)).toEqual([false]);
  });

  it('names the button where the shortcut is switched off', async () => {
    await world.inCall();
    world.muteKeys = '';
    world.phone.setMuted(true);

    await world.speak();

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
    expect(world.phone.problem).toMatchObject({ code: '31402', message: 'No microphone is connected.' });

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
    expect(world.phone.problem).toMatchObject({ code: 'unplugged', message: 'The microphone was unplugged; another one is used now.' });
  });

  it('switches to another microphone when the one in use is unplugged', async () => {
    await world.ready();
    const chosen: string[] = [];
    world.device.audio = {
      isOutputSelectionSupported: false, availableInputDevices: new Map([["default", {}]]), availableOutputDevices: new Map(),
      speakerDevices: { set: async () => undefined },
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
    expect(world.phone.problem?.message).toContain('unplugged');
    expect(world.phone.call?.phase).toBe('open');
  });

  it('says how to cure a refused microphone, and forgets it when it is granted', async () => {
    world.microphoneError = Object.assign(new Error('denied'), { name: 'NotAllowedError' });
    expect((await world.phone.checkMicrophone()).message).toContain('allow it');
    expect(world.phone.problem?.code).toBe('31401');

    world.microphoneError = null;
    await world.phone.checkMicrophone();

    expect(world.phone.problem).toBeNull();
  });

  it('says within two seconds that the permission was taken away between calls, and that it is back', async () => {
    await world.ready();
    world.permission = 'denied';
    await vi.advanceTimersByTimeAsync(2 * second);
    expect(world.phone.problem?.code).toBe('31401');

    world.permission = 'granted';
    await vi.advanceTimersByTimeAsync(2 * second);
    expect(world.phone.problem).toBeNull();
  });

  it('says so, too, where the browser goes back to asking', async () => {
    await world.ready();
    await vi.advanceTimersByTimeAsync(second);
    world.permission = 'prompt';

    await vi.advanceTimersByTimeAsync(2 * second);

    expect(world.phone.problem).toMatchObject({ code: '31401', message: 'The microphone’s permission was taken away.' });
  });

  it('believes a browser that does not tell of permissions', async () => {
    world.permission = null;
    await world.ready();

    await vi.advanceTimersByTimeAsync(5 * second);

    expect(world.phone.problem).toBeNull();
  });
});
