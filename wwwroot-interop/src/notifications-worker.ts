// The service worker behind the desktop notifications (notices.ts). It only passes a click on to the tabs.
interface WorkerClient {
  readonly visibilityState: string;
  postMessage(message: unknown): void;
  focus(): Promise<unknown>;
}

interface NoticeEvent extends Event {
  readonly action: string;
  readonly notification: { readonly data: { callId: number } | null; close(): void };
  waitUntil(work: Promise<unknown>): void;
}

interface Worker {
  readonly clients: {
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<WorkerClient[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, handler: (event: never) => void): void;
}

const worker = globalThis as unknown as Worker;

worker.addEventListener('install', () => void worker.skipWaiting());

worker.addEventListener('notificationclick', (event: NoticeEvent) => {
  event.notification.close();
  const callId = event.notification.data?.callId;
  event.waitUntil((async () => {
    const tabs = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
    if (tabs.length === 0) {
      await worker.clients.openWindow('/');
      return;
    }
    const action = event.action === 'accept' || event.action === 'decline' ? event.action : 'open';
    for (const tab of tabs) {
      tab.postMessage({ kind: 'uppalcrm-notice', action, callId });
    }
    if (action !== 'decline') {
      await (tabs.find(tab => tab.visibilityState === 'visible') ?? tabs[0]!).focus();
    }
  })());
});
