import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PhoneFixture, second } from './phone-fixture';

describe('softphone', () => {
  let world: PhoneFixture;
  beforeEach(() => {
    vi.useFakeTimers();
    world = new PhoneFixture();
  });
  afterEach(() => {
    world.phone.dispose();
    vi.useRealTimers();
  });

  it('joins a conference by name as the agent, and counts from when it opened', async () => {
    await world.inCall();

    expect(world.device.calls[0]!.params).toEqual({ conference: 'conf-5', participant: 'agent' });
    expect(world.phone.call).toMatchObject({ phase: 'open', startedAt: new Date().toISOString() });
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
    expect(world.phone.registration).toBe('ready');
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
    expect(world.phone.registration).toBe('ready');
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

  it('says quality warnings while they hold', async () => {
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
});
