import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PhoneTrouble } from '../src/phone-errors';
import { hour, PhoneFixture, second } from './phone-fixture';

describe('phone tokens', () => {
  let world: PhoneFixture;
  beforeEach(() => {
    vi.useFakeTimers();
    world = new PhoneFixture();
  });
  afterEach(() => {
    world.phone.dispose();
    vi.useRealTimers();
  });

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
