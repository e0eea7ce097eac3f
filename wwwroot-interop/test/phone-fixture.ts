// A softphone on fakes: what it asks of the browser, the server and the SDK is answered here, and what it reports is kept.
import { expect, vi } from 'vitest';
import { Softphone } from '../src/softphone';
import type { PhoneCall } from '../src/state';
import type { PhoneToken } from '../src/token-source';
import { FakeDevice } from './support';

export const second = 1000;
export const hour = 3600 * second;

export class PhoneFixture {
  devices: FakeDevice[] = [];
  tokens = 0;
  lifetime = hour;
  tokenError: Error | null = null;
  microphoneError: unknown = null;
  microphones = 1;
  permission: PermissionState | null = 'granted';
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
      return { token: `token-${++this.tokens}`, lifetime: this.lifetime, options: {} };
    },
    tryMicrophone: async () => { if (this.microphoneError) throw this.microphoneError; },
    serverNow: () => Date.now(),
    hasMicrophone: async () => this.microphones > 0,
    microphonePermission: async () => this.permission,
    openLevelMonitor: (_track, _every, onLoudness) => {
      const monitor = { hears: onLoudness, open: true };
      this.monitors.push(monitor);
      return { close: () => { monitor.open = false; } };
    },
    muteKeys: () => this.muteKeys,
    microphone: () => 'default',
    speaker: () => 'default',
  }, {
    changed: () => undefined,
    released: (callId, reason) => this.released.push([callId, reason]),
    ended: (call, asked) => this.ended.push({ call, asked }),
    level: () => undefined,
  });

  get device(): FakeDevice {
    return this.devices.at(-1)!;
  }

  /** Half a second of speech, as the level monitor of a muted call hears it. */
  async speak(): Promise<void> {
    for (let i = 0; i < 6; i++) {
      await vi.advanceTimersByTimeAsync(100);
      this.monitors.at(-1)?.hears(-25);
    }
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
