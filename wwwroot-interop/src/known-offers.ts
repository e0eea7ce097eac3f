// The calls that are offered to this browser. Messages may come late, twice or out of order: versions tell.
import type { CallOffer } from './state';

/** So many withdrawn offers are remembered: none is believed again before its version has grown. */
const maxTombstones = 500;

export class KnownOffers {
  private readonly known = new Map<number, CallOffer>();
  private readonly versions = new Map<number, number>();

  /** Who lost their agent first, then the oldest. */
  inOrder(): CallOffer[] {
    return [...this.known.values()].sort((a, b) => Number(b.wasAnswered) - Number(a.wasAnswered)
      || Date.parse(a.waitingSince) - Date.parse(b.waitingSince) || a.callId - b.callId);
  }

  clear(): void {
    this.known.clear();
  }

  /** These are all that there are. */
  replace(offers: CallOffer[]): void {
    this.known.clear();
    for (const offer of offers) {
      this.known.set(offer.callId, offer);
      this.versions.set(offer.callId, offer.version);
    }
  }

  /** @returns false for one that comes late or twice. */
  add(offer: CallOffer): boolean {
    const seen = this.versions.get(offer.callId);
    if (seen !== undefined && offer.version < seen || this.known.get(offer.callId)?.version === offer.version) {
      return false;
    }
    this.noteVersion(offer.callId, offer.version);
    this.known.set(offer.callId, offer);
    return true;
  }

  /** Lets only a newer version of it come back. */
  remove(callId: number): void {
    const offer = this.known.get(callId);
    if (offer) {
      this.known.delete(callId);
      this.noteVersion(callId, offer.version + 1);
    }
  }

  noteVersion(callId: number, version: number): void {
    if (version > (this.versions.get(callId) ?? -1)) {
      this.versions.delete(callId); // Re-inserted at the end: the map keeps the order of the last messages.
      this.versions.set(callId, version);
      if (this.versions.size > maxTombstones) {
        this.versions.delete(this.versions.keys().next().value!);
      }
    }
  }
}
