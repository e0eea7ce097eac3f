// <elapsed-time since="2026-06-17T12:00:00Z" format="mm:ss">: how long something lasts, counted in the browser from the
// server's clock, so that no circuit is troubled once a second. Formats: mm:ss (90 minutes read 90:00), h:mm:ss; without one,
// mm:ss within the first hour and h:mm:ss after it. With `until` it stands still: the length of something that is over.
// With `warn` or `alarm` (seconds) data-age says when that was passed: a long call is marked without the server.
import { serverNow } from './times';

export function elapsed(milliseconds: number, format: string | null): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60), seconds % 60];
  return format === 'h:mm:ss' || (format !== 'mm:ss' && h > 0) ? `${h}:${two(m % 60)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

/** `alarm`, `warn` or nothing, by the seconds that the attributes name. */
export function ageOf(milliseconds: number, warn: string | null, alarm: string | null): 'warn' | 'alarm' | null {
  const passed = (seconds: string | null) => seconds !== null && seconds !== '' && milliseconds >= Number(seconds) * 1000;
  return passed(alarm) ? 'alarm' : passed(warn) ? 'warn' : null;
}

interface Ticking {
  draw(): void;
}

const ticking = new Set<Ticking>();
let timer: ReturnType<typeof setTimeout> | undefined;

// All of them turn together, just after the server's second does: a column of times that blink one after another is a restless board.
function tickOn(): void {
  timer = ticking.size === 0 ? undefined : setTimeout(() => {
    ticking.forEach(each => each.draw());
    tickOn();
  }, 1000 - serverNow() % 1000 + 5);
}

export function defineElapsed(): void {
  if (customElements.get('elapsed-time')) {
    return;
  }

  customElements.define('elapsed-time', class extends HTMLElement implements Ticking {
    static readonly observedAttributes = ['since', 'until', 'format', 'warn', 'alarm'];

    connectedCallback(): void {
      // It changes each second; a screen reader that is on it reads it, and is not told of every change.
      this.setAttribute('role', 'timer');
      ticking.add(this);
      if (timer === undefined) {
        tickOn();
      }
      this.draw();
    }

    disconnectedCallback(): void {
      ticking.delete(this);
    }

    attributeChangedCallback(): void {
      this.draw();
    }

    draw(): void {
      const since = Date.parse(this.getAttribute('since') ?? '');
      const end = Date.parse(this.getAttribute('until') ?? '');
      const lasted = (Number.isNaN(end) ? serverNow() : end) - since;
      const text = Number.isNaN(since) ? '' : elapsed(lasted, this.getAttribute('format'));
      if (this.textContent !== text) {
        this.textContent = text;
      }
      const age = ageOf(lasted, this.getAttribute('warn'), this.getAttribute('alarm'));
      if (age === null) {
        delete this.dataset['age'];
      } else {
        this.dataset['age'] = age;
      }
    }
  });
}
