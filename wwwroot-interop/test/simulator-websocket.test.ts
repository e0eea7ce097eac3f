import { afterEach, describe, expect, it, vi } from 'vitest';

class Socket {
  static readonly OPEN = 1;
  constructor(readonly url: string | URL, readonly protocols?: string | string[]) {}
}

async function loadFor(host: string | undefined): Promise<typeof Socket> {
  vi.resetModules();
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('document', { currentScript: host === undefined ? null : { dataset: { host } } });
  await import('../src/simulator-websocket');
  return globalThis.WebSocket as unknown as typeof Socket;
}

describe('the simulator’s WebSocket', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('opens the signalling of the simulator as ws, and keeps the rest of the class', async () => {
    const Rewritten = await loadFor('localhost:5090');

    expect(new Rewritten('wss://localhost:5090/signal').url).toBe('ws://localhost:5090/signal');
    expect(Rewritten.OPEN).toBe(1);
    expect(new Rewritten('wss://localhost:5090/signal')).toBeInstanceOf(Socket);
  });

  it('leaves every other address alone', async () => {
    const Rewritten = await loadFor('localhost:5090');

    const others = [
      'wss://voice-js.roaming.twilio.com/signal', 'wss://localhost:5090/signal2', 'wss://localhost:5091/signal',
      'ws://localhost:5080/_blazor',
    ];
    for (const url of others) {
      expect(new Rewritten(url, ['p'])).toMatchObject({ url, protocols: ['p'] });
    }
  });

  it('changes nothing without the name of a host', async () => {
    expect(await loadFor(undefined)).toBe(Socket);
  });
});
