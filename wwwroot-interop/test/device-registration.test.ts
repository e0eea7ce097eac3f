import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PhoneFixture, second } from './phone-fixture';
import { FakeDevice } from './support';

describe('registration with the carrier', () => {
  let world: PhoneFixture;
  beforeEach(() => {
    vi.useFakeTimers();
    world = new PhoneFixture();
  });
  afterEach(() => {
    world.phone.dispose();
    vi.useRealTimers();
  });

  it('is ready once the carrier has registered it', async () => {
    await world.ready();

    expect(world.phone.registration).toBe('ready');
    expect(world.tokens).toBe(1);
  });

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
    expect(world.phone.registration).toBe('ready');
  });

  it('that drops the registration makes the light say connecting, until it is back', async () => {
    await world.ready();

    world.device.emit('unregistered');
    expect(world.phone.registration).toBe('connecting');
    world.device.emit('registered');

    expect(world.phone.registration).toBe('ready');
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

  it('that is closed while it starts does not come up afterwards', async () => {
    world.phone.open();
    world.phone.close();
    await vi.advanceTimersByTimeAsync(60 * second);

    expect(world.phone.registration).toBe('down');
    expect(world.devices.every(device => device.destroyed)).toBe(true);
  });
});
