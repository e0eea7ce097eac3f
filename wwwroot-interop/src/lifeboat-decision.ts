// What to do when the page's circuit is interrupted or gone. Pure.

/** `gone`: refused or crashed; it will not come back. */
export type Circuit = 'up' | 'down' | 'gone';

export interface Situation {
  circuit: Circuit;
  /** A call is up in this very document. */
  callHere: boolean;
  /** A fresh page has been opened in a frame over this one. */
  framed: boolean;
  /** The page in the frame has a circuit of its own. */
  adopted: boolean;
  /** Nobody is typing in the framed page, and nothing rings. */
  idle: boolean;
  /** The node behind this page is going, and nobody is writing in it. */
  leaving: boolean;
}

export type Step = 'nothing' | 'panel' | 'reload' | 'frame' | 'leave';

/** What to do now. Nothing that ends a call is ever among it. */
export function decide(now: Situation): Step {
  if (now.framed) {
    return !now.adopted ? 'panel' : !now.callHere && now.idle ? 'leave' : 'nothing';
  }
  switch (now.circuit) {
    case 'up': return now.leaving && !now.callHere && now.idle ? 'reload' : 'nothing';
    case 'down': return 'panel';
    case 'gone': return now.callHere ? 'frame' : 'reload';
  }
}
