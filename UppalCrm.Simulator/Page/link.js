// @ts-check

/**
 * The wire to the simulator: JSON both ways, recorded sound one way. It comes back by itself when the simulator does,
 * until another page takes over or it is closed.
 */
export class PhoneLink {
  /**
   * @param {{message: (message: any) => void, status: (status: 'connecting' | 'open' | 'lost' | 'moved') => void}} listener
   */
  constructor(listener) {
    this.listener = listener;
    this.url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/phone`;
    this.ended = false;
    this.wait = 200;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retry = undefined;
    this.connect();
  }

  connect() {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.listener.status('connecting');
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = () => {
      if (this.ended || socket !== this.socket) {
        return;
      }
      this.listener.status('lost');
      this.retry = setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(2000, this.wait * 1.6);
    };
  }

  /** @param {unknown} data */
  receive(data) {
    /** @type {any} */
    let message;
    try {
      message = JSON.parse(String(data));
    } catch {
      return; // Not of our protocol; the next message may be.
    }
    if (typeof message?.type !== 'string' || this.ended) {
      return;
    }

    if (message.type === 'moved') {
      this.close();
      this.listener.status('moved');
      return;
    }
    this.listener.message(message);
    if (message.type === 'hello') {
      this.wait = 200;
      this.listener.status('open');
    }
  }

  /**
   * @param {{type: string} & Record<string, unknown>} message
   * @returns {boolean} whether the simulator was there to send it to
   */
  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /**
   * Sound that cannot be sent is lost on purpose: the simulator puts silence in its place, and late sound would shift the rest.
   * @param {ArrayBuffer} frame
   */
  sendSound(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(frame);
    }
  }

  close() {
    this.ended = true;
    clearTimeout(this.retry);
    this.socket?.close();
  }
}
