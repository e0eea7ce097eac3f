// @ts-check
import { withoutNoiseAndTones } from './sdp.js';

/**
 * @typedef {import('./channel.js').Channel} Channel
 * @typedef {'connecting' | 'connected' | 'failed' | 'closed'} MediaState
 */

/** The peer connections to the agents' Voice SDKs, one for each of their channels. */
export class Peers {
  /**
   * @param {AudioContext} context
   * @param {{find: (leg: string) => Channel | undefined, open: (leg: string) => Channel}} channels
   * @param {(leg: string, state: MediaState, detail?: string) => void} report told how an agent's media is
   */
  constructor(context, channels, report) {
    this.context = context;
    this.channels = channels;
    this.report = report;
  }

  /**
   * Answers an agent's Voice SDK. An offer for a leg that has a peer connection replaces it: that is how the SDK restarts ICE.
   * @param {string} leg
   * @param {string} offer
   * @returns {Promise<string | null>} the answer with every candidate in it, or null when a newer offer overtook this one
   */
  async answer(leg, offer) {
    return this.connect(leg, async (peer, speak) => {
      await peer.setRemoteDescription({ type: 'offer', sdp: withoutNoiseAndTones(offer) });
      speak();
      await peer.setLocalDescription(await peer.createAnswer());
    });
  }

  /**
   * Offers a connection to an agent's Voice SDK that is being called. Its answer goes to {@link accept}.
   * @param {string} leg
   * @returns {Promise<string | null>} the offer with every candidate in it, or null when the leg has ended in the meantime
   */
  async offer(leg) {
    return this.connect(leg, async (peer, speak) => {
      speak();
      const known = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [];
      const spoken = known.filter(({ mimeType }) => !/\/(CN|telephone-event)$/i.test(mimeType));
      peer.getTransceivers()[0].setCodecPreferences(spoken);
      await peer.setLocalDescription(await peer.createOffer());
    });
  }

  /**
   * @param {string} leg
   * @param {string} answer
   */
  async accept(leg, answer) {
    const peer = this.channels.find(leg)?.peer;
    if (peer?.signalingState === 'have-local-offer') {
      await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    }
  }

  /**
   * @param {string} leg
   * @param {RTCPeerConnectionState} state
   */
  reportState(leg, state) {
    switch (state) {
      case 'connected':
      case 'closed':
        this.report(leg, state);
        break;
      case 'failed':
        this.report(leg, state, 'No sound came through between the two pages.');
        break;
      default:
        this.report(leg, 'connecting', state);
    }
  }

  /**
   * @param {string} leg
   * @param {(peer: RTCPeerConnection, speak: () => void) => Promise<void>} describe ends with a local description set; calls
   *   `speak` to add what the agent is to hear
   */
  async connect(leg, describe) {
    const channel = this.channels.open(leg);
    const { output } = channel;
    if (!output) {
      throw new Error('A phone has no peer connection.');
    }

    const before = channel.peer;
    const peer = new RTCPeerConnection({ iceServers: [] });
    channel.peer = peer;
    const current = () => channel.peer === peer && this.channels.find(leg) === channel;
    peer.onconnectionstatechange = () => {
      if (current()) {
        this.reportState(leg, peer.connectionState);
      }
    };
    peer.ontrack = ({ track }) => {
      if (current()) {
        this.hear(channel, track);
      }
    };
    this.report(leg, 'connecting');

    try {
      // With its stream: without an msid in our description the SDK has no remote stream at all.
      await describe(peer, () => peer.addTrack(output.stream.getAudioTracks()[0], output.stream));
      await gathered(peer);
    } catch (error) {
      peer.close();
      if (!current()) {
        return null;
      }
      this.report(leg, 'failed', error instanceof Error ? error.message : String(error));
      throw error;
    }

    before?.close();
    if (!current()) {
      peer.close();
      return null;
    }
    const described = peer.localDescription?.sdp ?? '';
    if (!described.includes('a=candidate:')) {
      this.report(leg, 'failed', 'This browser offers no network address for sound. Allow the microphone on the phone-network page.');
    }
    return described;
  }

  /**
   * @param {Channel} channel
   * @param {MediaStreamTrack} track what the agent says
   */
  hear(channel, track) {
    const stream = new MediaStream([track]);
    // Chromium feeds a remote track to Web Audio only while some media element plays it.
    channel.sink ??= new Audio();
    channel.sink.muted = true;
    channel.sink.srcObject = stream;
    channel.sink.play().catch(() => {}); // The next track replaced it before it began.
    channel.speak(new MediaStreamAudioSourceNode(this.context, { mediaStream: stream }));
  }
}

/** @param {RTCPeerConnection} peer */
async function gathered(peer) {
  if (peer.iceGatheringState !== 'complete') {
    await new Promise((resolve) => {
      const deadline = setTimeout(resolve, 3000); // A slow interface must not delay the agent: go on with the candidates so far.
      peer.addEventListener('icegatheringstatechange', () => {
        if (peer.iceGatheringState === 'complete') {
          clearTimeout(deadline);
          resolve(undefined);
        }
      });
    });
  }
}
