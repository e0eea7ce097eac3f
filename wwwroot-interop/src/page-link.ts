// The page's circuit, as far as the browser half speaks to it. A tab has one circuit, so the newest attachment is the only one.
import type { Lifeboat } from './lifeboat';
import { PhoneTrouble } from './phone-errors';
import { timeBox } from './time-box';

/** The parts of a DotNetObjectReference that we use. */
export interface DotNetReference {
  invokeMethodAsync<T>(method: string, ...args: unknown[]): Promise<T>;
}

const probeEvery = 20_000;
const probeWithin = 5_000;

export class PageLink {
  private attached: { id: number; page: DotNetReference; missed: number } | null = null;
  private nextId = 1;

  constructor(private readonly lifeboat: Pick<Lifeboat, 'attached' | 'circuitDead' | 'isCircuitUp'>) {
    setInterval(() => void this.probe(), probeEvery);
  }

  /** @returns the id to detach with. */
  attach(page: DotNetReference): number {
    this.attached = { id: this.nextId++, page, missed: 0 };
    this.lifeboat.attached();
    return this.attached.id;
  }

  /** @returns false when another page is attached by now. */
  detach(id: number): boolean {
    const isMine = this.attached?.id === id;
    if (isMine) {
      this.attached = null;
    }
    return isMine;
  }

  /** A circuit that is gone does not answer, and need not: the next one attaches and reads the whole state. */
  tell(method: string, ...args: unknown[]): void {
    const to = this.attached;
    if (to && this.lifeboat.isCircuitUp) {
      try {
        to.page.invokeMethodAsync(method, ...args).catch(() => undefined);
      } catch {
        this.forget(to);
      }
    }
  }

  private forget(page: typeof this.attached): void {
    if (this.attached === page) {
      this.attached = null;
    }
  }

  /** A circuit can die without its connection closing. One that twice does not answer within five seconds is dead. */
  private async probe(): Promise<void> {
    const to = this.attached;
    if (!to || document.hidden || !this.lifeboat.isCircuitUp) {
      return;
    }

    try {
      await timeBox(to.page.invokeMethodAsync('OnProbe'), probeWithin, 'The page');
      to.missed = 0;
    } catch (error) {
      if (!(error instanceof PhoneTrouble)) {
        this.forget(to); // Disposed: its circuit has ended in order.
      } else if (this.attached === to && ++to.missed >= 2) {
        this.lifeboat.circuitDead();
      }
    }
  }
}
