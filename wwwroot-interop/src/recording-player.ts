// <recording-player>: wires what the page has drawn (UppalCrm.Web/Calls/RecordingPlayer.razor) to its <audio>. Everything happens
// in the browser: the length is known before the sound is fetched, and a circuit that is gone stops no playing.
//   [data-play] button · [data-seek] range of seconds · [data-speed] select · [data-at] time so far · [data-trouble] words

/** `1:05`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const speedKey = 'uppalcrm.playback-speed';
let playing: HTMLAudioElement | null = null;

export function defineRecordingPlayer(): void {
  if (customElements.get('recording-player')) {
    return;
  }

  customElements.define('recording-player', class extends HTMLElement {
    private ending = new AbortController();

    connectedCallback(): void {
      this.ending = new AbortController();
      const { signal } = this.ending;
      // Blazor puts an element into the page before its children: they are there when the batch is done.
      queueMicrotask(() => {
        if (!signal.aborted) {
          this.wire(signal);
        }
      });
    }

    private wire(signal: AbortSignal): void {
      const audio = this.querySelector('audio')!;
      const play = this.querySelector<HTMLButtonElement>('[data-play]')!;
      const seek = this.querySelector<HTMLInputElement>('[data-seek]')!;
      const speed = this.querySelector<HTMLSelectElement>('[data-speed]')!;
      const at = this.querySelector<HTMLElement>('[data-at]')!;
      const trouble = this.querySelector<HTMLElement>('[data-trouble]')!;

      const draw = (): void => {
        const length = Number(seek.max);
        at.textContent = clock(Number(seek.value));
        seek.style.setProperty('--played', `${length > 0 ? Number(seek.value) / length * 100 : 0}%`);
        seek.setAttribute('aria-valuetext', `${clock(Number(seek.value))} of ${clock(length)}`);
      };
      const follow = (): void => {
        seek.value = String(audio.currentTime);
        draw();
      };

      const remembered = localStorage.getItem(speedKey);
      if (remembered && [...speed.options].some(option => option.value === remembered)) {
        speed.value = remembered;
      }
      audio.playbackRate = audio.defaultPlaybackRate = Number(speed.value);

      play.addEventListener('click', () => {
        if (audio.paused) {
          trouble.textContent = '';
          // Moved before the first play: nothing was loaded that could have been moved.
          const from = Number(seek.value);
          if (audio.error) {
            audio.load(); // play() alone asks for nothing again after an error.
          }
          if (audio.readyState === 0 && from > 0 && from < Number(seek.max)) {
            audio.addEventListener('loadedmetadata', () => { audio.currentTime = from; }, { once: true, signal });
          }
          audio.play().catch(() => this.toggleAttribute('data-playing', false)); // The error event says why.
        } else {
          audio.pause();
        }
      }, { signal });
      seek.addEventListener('input', () => {
        if (audio.readyState > 0) {
          audio.currentTime = Number(seek.value);
        }
        draw();
      }, { signal });
      speed.addEventListener('change', () => {
        audio.playbackRate = audio.defaultPlaybackRate = Number(speed.value);
        localStorage.setItem(speedKey, speed.value);
      }, { signal });

      audio.addEventListener('play', () => {
        if (playing !== audio) {
          playing?.pause(); // Two recordings at once are heard by nobody.
          playing = audio;
        }
        this.toggleAttribute('data-playing', true);
        play.setAttribute('aria-label', 'Pause');
      }, { signal });
      for (const stopped of ['pause', 'ended', 'error']) {
        audio.addEventListener(stopped, () => {
          this.toggleAttribute('data-playing', false);
          play.setAttribute('aria-label', 'Play');
        }, { signal });
      }
      audio.addEventListener('timeupdate', follow, { signal });
      audio.addEventListener('ended', () => { seek.value = '0'; draw(); }, { signal });
      audio.addEventListener('loadedmetadata', () => {
        if (Number.isFinite(audio.duration) && audio.duration > 0) {
          seek.max = String(audio.duration);
          draw();
        }
      }, { signal });
      audio.addEventListener('error', () => {
        trouble.textContent = 'The recording cannot be played now. It may not be ready yet: try again in a minute.';
      }, { signal });
      draw();
    }

    disconnectedCallback(): void {
      this.ending.abort();
      const audio = this.querySelector('audio');
      audio?.pause();
      if (playing === audio) {
        playing = null;
      }
    }
  });
}
