// Desktop notifications of offers, through a small service worker: only a worker's notification may have buttons, and
// it can be withdrawn from any tab. The worker caches nothing and handles no request.
import type { Ringing } from './state';
import type { Notices } from './ring';

export interface NoticeClick {
  kind: 'uppalcrm-notice';
  action: 'accept' | 'decline' | 'open';
  callId: number;
}

const tagOf = (callId: number) => `uppalcrm-call-${callId}`;

/** @param clicked A button of a notification was pressed, or the notification itself. Every tab hears it. */
export function openNotices(clicked: (click: NoticeClick) => void): Notices & { ask(): Promise<void> } {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const supported = workers !== undefined && 'Notification' in window;
  const registration = supported
    ? workers.register('/js/notifications-worker.js').then(whenActive).catch(() => null)
    : Promise.resolve(null);

  workers?.addEventListener('message', event => {
    const click = event.data as NoticeClick | undefined;
    if (click?.kind === 'uppalcrm-notice') {
      clicked(click);
    }
  });
  workers?.startMessages();

  const shown = new Map<number, boolean>();
  return {
    /** To be called from a click or a key. An answer is not waited for by anybody: without it there is only the ring. */
    async ask() {
      if (supported && Notification.permission === 'default') {
        await Notification.requestPermission().catch(() => 'denied');
      }
    },
    show({ callId, who, body }: Ringing) {
      shown.set(callId, true);
      void registration.then(async worker => {
        if (worker && Notification.permission === 'granted' && shown.has(callId)) {
          await worker.showNotification(who, {
            body,
            tag: tagOf(callId),
            requireInteraction: true,
            silent: true, // The ring is ours.
            data: { callId },
            actions: [{ action: 'accept', title: 'Accept' }, { action: 'decline', title: 'Decline' }],
          } as NotificationOptions);
          if (!shown.has(callId)) {
            await close(worker, callId); // Taken while it was being shown.
          }
        }
      }).catch(() => undefined);
    },
    withdraw(callId: number) {
      shown.delete(callId);
      void registration.then(worker => worker && close(worker, callId)).catch(() => undefined);
    },
  };
}

/** A registration shows nothing before its worker is active; on the first visit that is a moment after it was made. */
export async function whenActive(registration: ServiceWorkerRegistration): Promise<ServiceWorkerRegistration> {
  const coming = registration.installing ?? registration.waiting;
  if (!registration.active && coming) {
    await new Promise<void>(resolve => {
      const look = () => {
        if (coming.state === 'activated' || coming.state === 'redundant') {
          coming.removeEventListener('statechange', look);
          resolve();
        }
      };
      coming.addEventListener('statechange', look);
      look();
    });
  }
  return registration;
}

async function close(worker: ServiceWorkerRegistration, callId: number): Promise<void> {
  for (const notice of await worker.getNotifications({ tag: tagOf(callId) })) {
    notice.close();
  }
}
