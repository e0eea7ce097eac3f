// Times that tick and read by the browser's own clock and time zone, so that no circuit is troubled once a second.
//   <remaining-time until="2026-06-17T12:00:00Z">   0:42, down to 0:00; data-soon is set for the last ten seconds
//   <local-time at="2026-06-17T12:00:00Z">          14:00 today, 16 Jun 14:00 before; the whole date in its title

/** Milliseconds by which the server's clock is ahead of ours, from the moment the page's first byte came. */
function serverAhead(): number {
  const said = Date.parse(document.querySelector<HTMLMetaElement>('meta[name="server-time"]')?.content ?? '');
  if (Number.isNaN(said)) {
    return 0;
  }
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return said - (performance.timeOrigin + (navigation?.responseStart ?? 0));
}

let ahead: number | null = null;

/** Milliseconds since 1970 by the server's clock. */
export const serverNow = (): number => Date.now() + (ahead ??= serverAhead());

/** `1:05`, `1:02:03`; never below `0:00`. */
export function remaining(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// What lays out a date takes a hundred times as long to make as to use, and a page has fifty times.
const formats = new Map<string, Intl.DateTimeFormat>();

function format(at: Date, options: Intl.DateTimeFormatOptions, locale?: string): string {
  const key = JSON.stringify([locale, at.getTimezoneOffset(), options]); // who travels with the page open reads the new place's time
  let known = formats.get(key);
  if (known === undefined) {
    formats.set(key, known = new Intl.DateTimeFormat(locale, options));
  }
  return known.format(at);
}

/** The time today, day and time before that, the year too when it is another one. */
export function local(at: Date, now: Date, locale?: string): string {
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  if (at.toDateString() === now.toDateString()) {
    return format(at, time, locale);
  }
  const rest = at.getFullYear() === now.getFullYear() ? time : { year: 'numeric' as const };
  return format(at, { day: 'numeric', month: 'short', ...rest }, locale);
}

const ticking = new Set<{ draw(): void }>();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(element: { draw(): void }, on: boolean): void {
  if (on) {
    ticking.add(element);
    timer ??= setInterval(() => ticking.forEach(each => each.draw()), 250);
  } else if (ticking.delete(element) && ticking.size === 0) {
    clearInterval(timer);
    timer = undefined;
  }
}

export function defineTimes(): void {
  if (customElements.get('remaining-time')) {
    return;
  }

  customElements.define('remaining-time', class extends HTMLElement {
    static readonly observedAttributes = ['until'];

    connectedCallback(): void { tick(this, true); this.draw(); }
    disconnectedCallback(): void { tick(this, false); }
    attributeChangedCallback(): void { this.draw(); }

    draw(): void {
      const left = Date.parse(this.getAttribute('until') ?? '') - serverNow();
      const text = Number.isNaN(left) ? '' : remaining(left);
      if (this.textContent !== text) {
        this.textContent = text;
      }
      this.toggleAttribute('data-soon', left < 10_000);
    }
  });

  customElements.define('local-time', class extends HTMLElement {
    static readonly observedAttributes = ['at'];

    connectedCallback(): void { this.draw(); }

    // An element is given its attributes before it is put into the page.
    attributeChangedCallback(): void {
      if (this.isConnected) {
        this.draw();
      }
    }

    private draw(): void {
      const at = new Date(this.getAttribute('at') ?? '');
      if (Number.isNaN(at.getTime())) {
        return;
      }
      this.textContent = local(at, new Date());
      this.title = at.toLocaleString();
    }
  });
}
