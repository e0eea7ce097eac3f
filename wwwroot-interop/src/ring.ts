// One ring for all offers: sound, desktop notification, flashing title. It needs a live reason: the sound is scheduled
// only ten seconds ahead and each message from the server extends it, so a lost server makes it fall silent by itself,
// even in a hidden tab whose timers the browser has slowed.
import type { AskedTransfer, CallOffer, Ringing } from './state';
import { silence } from './live';
import { readable } from './phone-errors';

export interface RingWorld {
  createContext(): AudioContext;
  document: Pick<Document, 'hidden' | 'title'>;
  notices: Notices;
}

/** Desktop notifications; withdrawn by call. */
export interface Notices {
  show(ringing: Ringing): void;
  withdraw(callId: number): void;
}

/** How an offer rings. */
export function ofOffer(offer: CallOffer): Ringing {
  const { callId, fromName, from, line } = offer;
  return {
    callId, who: fromName ?? readable(from), does: 'is calling', to: readable(line),
    body: fromName ? `${readable(from)} calls ${readable(line)}` : `calls ${readable(line)}`,
  };
}

/** How a colleague's request rings. */
export function ofTransfer({ callId, from, number, name, isConsult, isInternal }: AskedTransfer): Ringing {
  const about = name ?? readable(number);
  return {
    callId, who: from, does: isInternal ? 'is calling' : 'asks for you', to: '',
    body: isInternal ? 'calls you' : isConsult ? `wants to talk with you about ${about}` : `asks you to take ${about}`,
  };
}

const loopSeconds = 3;

/** One period of the ring: two soft bursts, then a rest; a warble of 440 and 554 Hz, so that it is heard in an office. */
export function ringSamples(rate: number): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.round(rate * loopSeconds));
  for (const burst of [0, 0.55]) {
    const length = Math.round(rate * 0.4);
    const start = Math.round(rate * burst);
    for (let i = 0; i < length; i++) {
      const t = i / rate;
      const swell = Math.min(1, t / 0.02, (length - i) / rate / 0.06);
      const warble = Math.floor(t / 0.05) % 2 === 0 ? 440 : 554.37;
      samples[start + i] = 0.35 * swell * (Math.sin(2 * Math.PI * warble * t) + 0.3 * Math.sin(4 * Math.PI * warble * t));
    }
  }
  return samples;
}

export class Ring {
  private context: AudioContext | null = null;
  private source: AudioBufferSourceNode | null = null;
  private gain: GainNode | null = null;
  private ringer = 'default';
  private offers: Ringing[] = [];
  private announced = new Set<number>();
  private title: { base: string; flash: string; timer: ReturnType<typeof setInterval> } | null = null;

  /** @param changed Called when `isRinging` or `isAudible` has changed. */
  constructor(private readonly world: RingWorld, private readonly changed: () => void) {}

  /** Sound is unlocked: a ring would be heard. */
  get isAudible(): boolean {
    return this.context?.state === 'running';
  }

  get isRinging(): boolean {
    return this.source !== null && this.offers.length > 0;
  }

  /** To be called from a click or a key: browsers let a page sound only then. */
  async unlock(): Promise<boolean> {
    try {
      if (!this.context) {
        this.context = this.world.createContext();
        this.context.onstatechange = () => this.changed();
        await this.useRinger();
      }
      if (this.context.state !== 'running') {
        // Without a click resume() stays pending for ever; the state's change is heard when a click comes.
        await Promise.race([this.context.resume(), new Promise(resolve => setTimeout(resolve, 500))]);
      }
    } catch {
      // No sound device: the offer still shows, notifies and flashes.
    }
    this.changed();
    return this.isAudible;
  }

  async setRinger(deviceId: string): Promise<void> {
    this.ringer = deviceId;
    await this.useRinger();
  }

  /**
   * Rings for these offers, or stops. The ring does not start over for a second caller.
   * @param offers Those that may ring here now; empty when silent for any reason.
   */
  update(offers: Ringing[]): void {
    const before = this.isRinging;
    this.offers = offers;
    if (offers.length > 0) {
      this.sound();
    } else {
      this.hush();
    }
    this.flash();
    this.announce();
    if (before !== this.isRinging) {
      this.changed();
    }
  }

  /** The server was heard: the ring may go on for another ten seconds. */
  heard(): void {
    if (this.source && this.gain && this.context && this.offers.length > 0) {
      this.promise(this.context, this.gain);
    }
  }

  /** Rings for `seconds`, to try the ringer. */
  test(seconds = 2): boolean {
    const { context } = this;
    if (!context || context.state !== 'running') {
      return false;
    }
    if (this.offers.length === 0) {
      const { source } = this.start(context);
      source.stop(context.currentTime + seconds);
    }
    return true;
  }

  /** The page came to the front or went to the back. */
  visibilityChanged(): void {
    this.flash();
    this.announce();
  }

  dispose(): void {
    this.update([]);
    void this.context?.close().catch(() => undefined);
    this.context = null;
  }

  private sound(): void {
    const { context } = this;
    if (!context || context.state !== 'running' || this.source) {
      return;
    }
    const { source, gain } = this.start(context);
    this.source = source;
    this.gain = gain;
    this.promise(context, gain);
  }

  private start(context: AudioContext): { source: AudioBufferSourceNode; gain: GainNode } {
    const buffer = context.createBuffer(1, context.sampleRate * loopSeconds, context.sampleRate);
    buffer.copyToChannel(ringSamples(context.sampleRate), 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.loop = true;
    const gain = context.createGain();
    source.connect(gain).connect(context.destination);
    source.start();
    return { source, gain };
  }

  /** Loud until ten seconds from now, then silent, unless promised again. The audio clock keeps it, not a timer. */
  private promise(context: AudioContext, gain: GainNode): void {
    gain.gain.cancelScheduledValues(context.currentTime);
    gain.gain.setValueAtTime(1, context.currentTime);
    gain.gain.setValueAtTime(0, context.currentTime + silence / 1000);
  }

  private hush(): void {
    this.source?.stop();
    this.source?.disconnect();
    this.gain?.disconnect();
    this.source = this.gain = null;
  }

  private async useRinger(): Promise<void> {
    const context = this.context as (AudioContext & { setSinkId?(id: string): Promise<void> }) | null;
    try {
      await context?.setSinkId?.(this.ringer === 'default' ? '' : this.ringer);
    } catch {
      // The chosen ringer is gone: the system's own rings instead, which beats silence.
      await context?.setSinkId?.('').catch(() => undefined);
    }
  }

  private flash(): void {
    const first = this.offers[0];
    if (first && this.world.document.hidden) {
      const flash = `☎ ${first.who} ${first.does}`;
      if (!this.title) {
        const timer = setInterval(() => {
          const { document } = this.world;
          if (!this.title) {
            return;
          }
          if (document.title === this.title.flash) {
            document.title = this.title.base;
          } else {
            this.title.base = document.title; // The page may have renamed itself meanwhile.
            document.title = this.title.flash;
          }
        }, 1000);
        this.title = { base: this.world.document.title, flash, timer };
      }
    } else if (this.title) {
      clearInterval(this.title.timer);
      if (this.world.document.title === this.title.flash) {
        this.world.document.title = this.title.base;
      }
      this.title = null;
    }
  }

  private announce(): void {
    const now = new Set(this.offers.map(offer => offer.callId));
    for (const callId of this.announced) {
      if (!now.has(callId) || !this.world.document.hidden) {
        this.world.notices.withdraw(callId);
        this.announced.delete(callId);
      }
    }
    if (this.world.document.hidden) {
      for (const offer of this.offers) {
        if (!this.announced.has(offer.callId)) {
          this.announced.add(offer.callId);
          this.world.notices.show(offer);
        }
      }
    }
  }
}
