import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Attention } from '../src/attention';

describe('attention', () => {
  let looked: { focus: boolean; active: unknown };
  let front: (() => void)[];
  let attention: Attention;
  const field = (changes: object = {}) =>
    ({ tagName: 'INPUT', type: 'text', value: 'Ada', isConnected: true, closest: () => ({}), ...changes }) as unknown as EventTarget;

  beforeEach(() => {
    vi.useFakeTimers();
    looked = { focus: true, active: null };
    front = [];
    attention = new Attention(
      { hasFocus: () => looked.focus, get activeElement() { return looked.active as Element | null; } },
      () => new Promise(resolve => front.push(resolve)));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is free where the agent looks and does nothing', async () => {
    expect(await attention.isFree()).toBe(true);
  });

  it('is not free while a field is typed in, nor while one that was typed in waits to be saved', async () => {
    looked.active = field();
    expect(await attention.isFree()).toBe(false);

    looked.active = null; // the agent pressed Accept, and so left the field
    attention.typed(field());
    expect(await attention.isFree()).toBe(false);
  });

  it.each([
    ['one that has gone', { isConnected: false }],
    ['one that is empty again', { value: '' }],
    ['a search', { type: 'search' }],
    ['one outside of the page itself', { closest: () => null }],
  ])('is free again after %s', async (_, changes) => {
    attention.typed(field(changes));

    expect(await attention.isFree()).toBe(true);
  });

  it('is not free where nobody looks', async () => {
    looked.focus = false;

    const free = attention.isFree();
    await vi.advanceTimersByTimeAsync(1000);

    expect(await free).toBe(false);
  });

  it('waits for a page that a notification is bringing to the front', async () => {
    looked.focus = false;
    const free = attention.isFree();
    await vi.advanceTimersByTimeAsync(200);

    looked.focus = true;
    front[0]!();

    expect(await free).toBe(true);
  });
});
