import { expect, it } from 'vitest';
import { whenActive } from '../src/notices';

class ComingWorker extends EventTarget {
  state = 'installing';

  becomes(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

it('a first visit waits with its notifications until the worker is active', async () => {
  const coming = new ComingWorker();
  const registration = { active: null, installing: coming, waiting: null } as unknown as ServiceWorkerRegistration;
  let ready = false;
  void whenActive(registration).then(() => { ready = true; });

  coming.becomes('installed');
  await Promise.resolve();
  expect(ready).toBe(false);

  coming.becomes('activated');
  await expect.poll(() => ready).toBe(true);
});

it('a later visit does not wait', async () => {
  const registration = { active: {}, installing: null, waiting: null } as unknown as ServiceWorkerRegistration;

  expect(await whenActive(registration)).toBe(registration);
});
