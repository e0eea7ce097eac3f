// Tells the server, once for each offer, when this screen showed it and whether it rang, in milliseconds since the
// carrier's request: a missed call then explains itself.
import type { CallOffer } from './state';

export type OfferStage = 'painted' | 'audible' | 'blocked';

/** What can be seen of the page. */
export interface Screen {
  /** The pop-up of this call stands in the page, and the page is in front. */
  isPainted(callId: number): boolean;
  /** Runs after the next frame, or soon where no frame comes. */
  soon(run: () => void): void;
}

export interface ReceiptWorld extends Screen {
  /** The ring sounds now. */
  isAudible(): boolean;
  /** Milliseconds since 1970 by the server's clock. */
  serverNow(): number;
  report(callId: number, stage: OfferStage, sinceMs: number): void;
}

/** A browser that has not been allowed to sound after this many milliseconds is reported as blocked. */
const blockedAfter = 1500;
/** A page that shows no pop-ups is not looked at for ever. */
const givenUpAfter = 10_000;

export class OfferReceipts {
  private readonly told = new Map<number, Set<OfferStage>>();
  private readonly seenAt = new Map<number, number>();
  private offers: CallOffer[] = [];
  private looking = false;

  constructor(private readonly world: ReceiptWorld) {}

  /** @param offers All that this browser is offered now. */
  update(offers: CallOffer[]): void {
    this.offers = offers;
    for (const callId of this.seenAt.keys()) {
      if (!offers.some(offer => offer.callId === callId)) {
        this.seenAt.delete(callId);
        this.told.delete(callId);
      }
    }
    for (const { callId } of offers.filter(offer => !this.seenAt.has(offer.callId))) {
      this.seenAt.set(callId, this.world.serverNow());
    }
    this.look();
  }

  private look(): void {
    if (this.looking || !this.offers.some(offer => !this.isDone(offer))) {
      return;
    }
    this.looking = true;
    this.world.soon(() => {
      this.looking = false;
      for (const offer of this.offers) {
        this.note(offer);
      }
      this.look();
    });
  }

  private note(offer: CallOffer): void {
    const since = Math.max(0, Math.round(this.world.serverNow() - Date.parse(offer.waitingSince)));
    if (this.world.isPainted(offer.callId)) {
      this.tell(offer, 'painted', since);
    }
    if (this.world.isAudible()) {
      this.tell(offer, 'audible', since);
    } else if (this.ageOf(offer) > blockedAfter) {
      this.tell(offer, 'blocked', since);
    }
  }

  private tell(offer: CallOffer, stage: OfferStage, since: number): void {
    const told = this.told.get(offer.callId) ?? new Set<OfferStage>();
    this.told.set(offer.callId, told);
    const isSaid = told.has(stage) || (stage === 'blocked' && told.has('audible'));
    if (!isSaid) {
      told.add(stage);
      this.world.report(offer.callId, stage, since);
    }
  }

  private isDone(offer: CallOffer): boolean {
    const told = this.told.get(offer.callId);
    const isToldAll = told !== undefined && told.has('painted') && (told.has('audible') || told.has('blocked'));
    return isToldAll || this.ageOf(offer) > givenUpAfter;
  }

  private ageOf(offer: CallOffer): number {
    return this.world.serverNow() - (this.seenAt.get(offer.callId) ?? 0);
  }
}
