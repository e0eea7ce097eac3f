// @ts-check
import { ringbackTone, sayNotes } from './sound.js';
import { bufferOf, RAMP, Wire } from './wire.js';

/**
 * @typedef {import('./channel.js').Channel} Channel
 * @typedef {import('./engine.js').Play} Play
 */

/** How many fetched sounds are kept. */
const KEPT = 16;

/** Plays music, announcements and ringing to channels, as the server asks for them. */
export class Player {
  /**
   * @param {AudioContext} context
   * @param {(text: string) => void} notice told of a sound that cannot be played, in words for a person
   */
  constructor(context, notice) {
    this.context = context;
    this.notice = notice;
    /** @type {Map<string, Promise<AudioBuffer>>} */
    this.sounds = new Map();
  }

  /**
   * Plays a sound to a channel, in place of the one before.
   * @param {Channel} channel
   * @param {Play | null} play null for none
   */
  play(channel, play) {
    if (channel.playing?.id === play?.id) {
      return;
    }
    channel.playing?.stop();
    channel.playing = null;
    if (!play) {
      return;
    }

    let stopped = false;
    /** @type {AudioBufferSourceNode | null} */
    let sounding = null;
    /** @type {Wire | null} */
    let wire = null;
    channel.playing = {
      id: play.id,
      stop: () => {
        stopped = true;
        wire?.cut();
        sounding?.stop(this.context.currentTime + 2 * RAMP);
      },
    };

    this.soundOf(play).then(
      (buffer) => {
        if (stopped) {
          return;
        }
        const times = play.loop === true || play.loop === 0 ? Infinity : Math.max(1, Number(play.loop ?? 1));
        sounding = new AudioBufferSourceNode(this.context, { buffer, loop: times > 1 });
        wire = new Wire(sounding, channel.heard);

        // After a reload, or for a channel that comes later, music goes on at the place that it has reached.
        const passed = play.kind === 'say' ? 0 : Math.max(0, (Date.now() - (play.startedAt ?? Date.now())) / 1000);
        sounding.start(0, times === Infinity || passed < buffer.duration ? passed % buffer.duration : 0);
        if (Number.isFinite(times)) {
          sounding.stop(this.context.currentTime + Math.max(0, times * buffer.duration - passed));
        }
      },
      (/** @type {Error} */ error) => this.notice(`A sound could not be played: ${error.message}`),
    );
  }

  /**
   * @param {Play} play
   * @returns {Promise<AudioBuffer>}
   */
  async soundOf(play) {
    const rate = this.context.sampleRate;
    switch (play.kind) {
      case 'ringback':
        return this.kept('ringback', async () => bufferOf(this.context, ringbackTone(rate)));
      case 'say':
        return this.kept('say', async () => bufferOf(this.context, sayNotes(rate)));
      default: {
        const url = new URL(play.url ?? '', location.href);
        if (url.origin !== location.origin) {
          throw new Error('it is not on the simulator.');
        }
        return this.kept(url.href, async () => {
          const answer = await fetch(url);
          if (!answer.ok) {
            throw new Error(`the simulator answered ${answer.status}.`);
          }
          return this.context.decodeAudioData(await answer.arrayBuffer());
        });
      }
    }
  }

  /**
   * @param {string} key
   * @param {() => Promise<AudioBuffer>} make
   */
  kept(key, make) {
    let sound = this.sounds.get(key);
    if (!sound) {
      sound = make();
      this.sounds.set(key, sound);
      sound.catch(() => this.sounds.delete(key)); // The next one to play it tries again.
      if (this.sounds.size > KEPT) {
        this.sounds.delete(/** @type {string} */ (this.sounds.keys().next().value));
      }
    }
    return sound;
  }
}
