// Simulator mode only, a classic script in front of the module:
//   <script src="/js/simulator-websocket.js" data-host="localhost:5090"></script>
// The Voice SDK always speaks wss: and takes the constructor when it is loaded. The simulator on loopback has no
// certificate, so this one address, and no other, is opened as ws:. Production never loads this file.
(() => {
  const host = (document.currentScript as HTMLScriptElement | null)?.dataset['host'];
  if (!host) {
    return;
  }

  const signalling = `wss://${host}/signal`;
  const Original = globalThis.WebSocket;
  globalThis.WebSocket = new Proxy(Original, {
    construct(target, [url, ...rest]: [string | URL, ...unknown[]], newTarget) {
      const address = String(url);
      return Reflect.construct(target, [address === signalling ? `ws://${host}/signal` : url, ...rest], newTarget) as WebSocket;
    },
  });
})();

export {}; // A module to the type checker; the bundle is a classic script.
