import { describe, expect, it, vi } from 'vitest';
import { PhoneLock, type LockWorld, type Wish } from '../src/phone-lock';
import type { PhoneState } from '../src/state';
import { FakeBroadcast, FakeLocks } from './support';

const state = (detail: string) => ({ status: 'ready', detail } as PhoneState);
const settle = () => new Promise(resolve => setTimeout(resolve, 0));

class Tab {
  log: string[] = [];
  busy = false;
  readonly lock: PhoneLock;

  constructor(readonly name: string, broadcast: FakeBroadcast, locks: FakeLocks) {
    const world: LockWorld = { locks, channel: broadcast.channel() as unknown as LockWorld['channel'], tab: name };
    this.lock = new PhoneLock('phone', world, {
      lockAcquired: () => this.log.push('lockAcquired'),
      lockLost: () => this.log.push('lockLost'),
      tabOpened: () => this.lock.publish(state('hello')),
      mirrored: (mirrored, owner) => this.log.push(`${owner}: ${mirrored.detail}`),
      asked: async (wish: Wish) => `${name} did ${wish.what}`,
      mayYield: () => !this.busy,
    });
  }
}

function tabs(count: number): Tab[] {
  const broadcast = new FakeBroadcast();
  const locks = new FakeLocks();
  return Array.from({ length: count }, (_, i) => new Tab('abc'[i]!, broadcast, locks));
}

describe('phone lock', () => {
  it('elects one tab, and the next when that one goes', async () => {
    const [a, b] = tabs(2) as [Tab, Tab];
    a.lock.open();
    b.lock.open();
    expect([a.lock.isOwner, b.lock.isOwner]).toEqual([true, false]);

    a.lock.close();
    await settle();

    expect(b.lock.isOwner).toBe(true);
    expect(b.log).toContain('lockAcquired');
  });

  it('tells a tab that opens later how the phone is', async () => {
    const [a, b] = tabs(2) as [Tab, Tab];
    a.lock.open();
    b.lock.open();

    await settle();

    expect(b.log).toEqual(['a: hello']);
  });

  it('carries a wish to the owner and its answer back', async () => {
    const [a, b] = tabs(2) as [Tab, Tab];
    a.lock.open();
    b.lock.open();

    expect(await b.lock.ask({ what: 'hangUp', args: [] })).toBe('a did hangUp');
  });

  it('brings the phone to the tab that asks, also past one that waits before it', async () => {
    const [a, b, c] = tabs(3) as [Tab, Tab, Tab];
    for (const tab of [a, b, c]) tab.lock.open();

    expect(await c.lock.take()).toBe(true);
    await settle();

    expect([a, b, c].map(tab => tab.lock.isOwner)).toEqual([false, false, true]);
    expect(a.log).toContain('lockLost');
  });

  it('leaves the phone with a tab that is in a call', async () => {
    const [a, b] = tabs(2) as [Tab, Tab];
    a.lock.open();
    b.lock.open();
    a.busy = true;

    expect(await b.lock.take()).toBe(false);

    expect(a.lock.isOwner).toBe(true);
    expect(a.log).not.toContain('lockLost');
  });

  it('takes the phone from a tab that does not answer', async () => {
    const [a, b] = tabs(2) as [Tab, Tab];
    a.lock.open();
    b.lock.open();
    await settle();
    vi.useFakeTimers();
    try {
      (a.lock as unknown as { world: LockWorld }).world.channel.onmessage = null; // Frozen.

      const taken = b.lock.take();
      await vi.advanceTimersByTimeAsync(2000);

      expect(await taken).toBe(true);
      expect(a.log).toContain('lockLost');
    } finally {
      vi.useRealTimers();
    }
  });

  it('mirrors nothing to the owner and publishes nothing from the others', async () => {
    const [a, b] = tabs(2) as [Tab, Tab];
    a.lock.open();
    b.lock.open();
    await settle();

    b.lock.publish(state('false'));
    a.lock.publish(state('true'));
    await settle();

    expect(a.log).toEqual(['lockAcquired']);
    expect(b.log.at(-1)).toBe('a: true');
  });
});
