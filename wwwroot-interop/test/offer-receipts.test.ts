import { describe, expect, it } from 'vitest';
import { OfferReceipts, type OfferStage } from '../src/offer-receipts';
import type { CallOffer } from '../src/state';

const began = Date.parse('2026-06-17T12:00:00Z');

const offer = (callId: number): CallOffer => ({
  callId, version: 1, from: '+12025550123', fromName: null, line: '+14155550100',
  waitingSince: '2026-06-17T12:00:00Z', expiresAt: '2026-06-17T12:01:00Z', wasAnswered: false,
});

class Screen {
  painted = new Set<number>();
  audible = false;
  now = began;
  readonly reports: [number, OfferStage, number][] = [];
  private readonly frames: (() => void)[] = [];
  readonly receipts = new OfferReceipts({
    isPainted: callId => this.painted.has(callId),
    isAudible: () => this.audible,
    serverNow: () => this.now,
    report: (callId, stage, since) => void this.reports.push([callId, stage, since]),
    soon: run => void this.frames.push(run),
  });

  get isLooking(): boolean {
    return this.frames.length > 0;
  }

  frame(milliseconds: number): void {
    this.now += milliseconds;
    for (const run of this.frames.splice(0)) {
      run();
    }
  }
}

describe('what a screen reports of an offer', () => {
  it('is told once, when the pop-up stands and when the ring sounds', () => {
    const screen = new Screen();
    screen.receipts.update([offer(7)]);
    screen.frame(100);
    expect(screen.reports).toEqual([]);

    screen.painted.add(7);
    screen.frame(20);
    screen.audible = true;
    screen.frame(30);
    screen.frame(5000);

    expect(screen.reports).toEqual([[7, 'painted', 120], [7, 'audible', 150]]);
    expect(screen.isLooking).toBe(false);
  });

  it('says that the browser lets it make no sound', () => {
    const screen = new Screen();
    screen.painted.add(7);
    screen.receipts.update([offer(7)]);
    screen.frame(40);
    screen.frame(1500);

    expect(screen.reports).toEqual([[7, 'painted', 40], [7, 'blocked', 1540]]);
  });

  it('forgets an offer that is withdrawn and tells it again when it comes back', () => {
    const screen = new Screen();
    screen.painted.add(7);
    screen.audible = true;
    screen.receipts.update([offer(7)]);
    screen.frame(40);
    screen.receipts.update([]);
    screen.receipts.update([offer(7)]);
    screen.frame(60);

    expect(screen.reports.map(([, stage]) => stage)).toEqual(['painted', 'audible', 'painted', 'audible']);
  });

  it('stops looking when no offer is left', () => {
    const screen = new Screen();
    screen.receipts.update([offer(7)]);
    screen.receipts.update([]);
    screen.frame(16);

    expect(screen.isLooking).toBe(false);
    expect(screen.reports).toEqual([]);
  });
});
