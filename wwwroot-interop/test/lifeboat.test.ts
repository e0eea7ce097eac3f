import { describe, expect, it } from 'vitest';
import { Lifeboat, type LifeboatWorld } from '../src/lifeboat';
import { decide, type Circuit, type Situation } from '../src/lifeboat-decision';
import type { LifeboatPhone } from '../src/lifeboat-panel';

const situation = (changes: Partial<Situation>): Situation =>
  ({ circuit: 'up', callHere: false, framed: false, adopted: false, idle: true, leaving: false, ...changes });

describe('lifeboat', () => {
  it('does nothing while the circuit is up', () => {
    expect(decide(situation({}))).toBe('nothing');
    expect(decide(situation({ callHere: true }))).toBe('nothing');
  });

  it('shows the panel while the circuit is interrupted', () => {
    expect(decide(situation({ circuit: 'down' }))).toBe('panel');
    expect(decide(situation({ circuit: 'down', callHere: true }))).toBe('panel');
  });

  it('loads the page again when the circuit was refused and no call is up', () => {
    expect(decide(situation({ circuit: 'gone' }))).toBe('reload');
  });

  it('opens a fresh page over this one when the circuit was refused during a call', () => {
    expect(decide(situation({ circuit: 'gone', callHere: true }))).toBe('frame');
  });

  it('keeps the panel until the fresh page is alive', () => {
    expect(decide(situation({ circuit: 'gone', callHere: true, framed: true }))).toBe('panel');
    expect(decide(situation({ circuit: 'gone', callHere: true, framed: true, adopted: true }))).toBe('nothing');
  });

  it('makes way after the call, but not while the agent types or something rings', () => {
    expect(decide(situation({ circuit: 'gone', framed: true, adopted: true, idle: false }))).toBe('nothing');
    expect(decide(situation({ circuit: 'gone', framed: true, adopted: true }))).toBe('leave');
  });

  it('moves to another node when this one is going: without a call, and not while something rings', () => {
    expect(decide(situation({ leaving: true }))).toBe('reload');
    expect(decide(situation({ leaving: true, callHere: true }))).toBe('nothing');
    expect(decide(situation({ leaving: true, idle: false }))).toBe('nothing');
  });

  it('never loads or leaves the document that holds a call, whatever else is true', () => {
    for (const circuit of ['up', 'down', 'gone'] satisfies Circuit[]) {
      for (const bits of Array(16).keys()) {
        const step = decide({
          circuit, callHere: true, framed: (bits & 1) > 0, adopted: (bits & 2) > 0, idle: (bits & 4) > 0, leaving: (bits & 8) > 0,
        });
        expect(['reload', 'leave']).not.toContain(step);
      }
    }
  });

  it.each([
    { kept: true, callHere: false, then: 'up' },
    { kept: false, callHere: false, then: 'gone' },
    { kept: true, callHere: true, then: 'gone' },
  ])('goes on with what a refused circuit left behind, and never during a call: $kept, $callHere', async ({ kept, callHere, then }) => {
    let handler: { onConnectionDown(): void } | null = null;
    const dataset: DOMStringMap = {};
    const world = {
      blazor: {
        start: (options: { circuit: { reconnectionHandler: { onConnectionDown(): void } } }) => {
          handler = options.circuit.reconnectionHandler;
          return Promise.resolve();
        },
        reconnect: () => Promise.resolve(false),
        resumeCircuit: () => Promise.resolve(kept),
      },
      document: { documentElement: { dataset }, getElementById: () => null },
      host: { tab: '', adopted: () => undefined }, // in a frame, no panel is drawn
      reload: () => undefined,
    } as unknown as LifeboatWorld;
    const lifeboat = new Lifeboat(world, () => undefined);
    lifeboat.setPhone({ hearsServer: true, holdsCall: false, ringing: [] } as unknown as LifeboatPhone);
    lifeboat.setPhone({ hearsServer: true, holdsCall: callHere, ringing: [] } as unknown as LifeboatPhone);
    await lifeboat.start();

    handler!.onConnectionDown();
    await Promise.resolve().then(() => undefined).then(() => undefined).then(() => undefined);

    lifeboat.dispose();
    expect(dataset['circuit']).toBe(then);
  });

  it.each([
    { signedOut: true, callHere: false, then: 'gone' },
    { signedOut: false, callHere: false, then: 'down' },
    { signedOut: true, callHere: true, then: 'down' },
  ])('makes way for the sign-in page when somebody was signed out, and never during a call: $signedOut, $callHere', async step => {
    let handler: { onConnectionDown(): void } | null = null;
    const dataset: DOMStringMap = {};
    const world = {
      blazor: {
        start: (options: { circuit: { reconnectionHandler: { onConnectionDown(): void } } }) => {
          handler = options.circuit.reconnectionHandler;
          return Promise.resolve();
        },
        reconnect: () => Promise.reject(new Error('401')),
      },
      document: { documentElement: { dataset }, getElementById: () => null },
      host: { tab: '', adopted: () => undefined }, // in a frame, no panel is drawn
      reload: () => undefined,
      isSignedOut: () => Promise.resolve(step.signedOut),
    } as unknown as LifeboatWorld;
    const lifeboat = new Lifeboat(world, () => undefined);
    lifeboat.setPhone({ hearsServer: true, holdsCall: false, ringing: [] } as unknown as LifeboatPhone);
    lifeboat.setPhone({ hearsServer: true, holdsCall: step.callHere, ringing: [] } as unknown as LifeboatPhone);
    await lifeboat.start();

    handler!.onConnectionDown();
    await new Promise(resolve => setTimeout(resolve));

    lifeboat.dispose();
    expect(dataset['circuit']).toBe(step.then);
  });

  it('tells styles when a server that was heard is not heard any more, and nothing before it was', () => {
    const dataset: DOMStringMap = {};
    const phone = { hearsServer: false, holdsCall: false, ringing: [] } as unknown as LifeboatPhone & { hearsServer: boolean };
    const lifeboat = new Lifeboat({ document: { documentElement: { dataset } } } as unknown as LifeboatWorld, () => undefined);

    const seen = [false, true, false, true].map(heard => {
      Object.assign(phone, { hearsServer: heard });
      lifeboat.setPhone(phone);
      return dataset['server'];
    });

    lifeboat.dispose();
    expect(seen).toEqual([undefined, 'heard', 'lost', 'heard']);
    expect(dataset['circuit']).toBe('up');
  });
});
