// Radzen's style sheet and script are three times the weight of everything else a desk loads, and only its charts and dialogs
// need them: they come when the first of these is shown. Not by their fingerprinted names: the publishing tools compress these
// files of a package under their plain names only.
const styles = '/_content/Radzen.Blazor/css/default-base.css';
const script = '/_content/Radzen.Blazor/Radzen.Blazor.min.js';

let loading: Promise<void> | null = null;

const loaded = (element: HTMLLinkElement | HTMLScriptElement): Promise<void> => new Promise((resolve, reject) => {
  element.addEventListener('load', () => resolve(), { once: true });
  element.addEventListener('error', () => { element.remove(); reject(new Error(`${element.outerHTML} could not be loaded.`)); }, { once: true });
});

/** Resolves when both are there. After a failure the next call tries again. */
export function loadRadzen(): Promise<void> {
  return loading ??= (async () => {
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: styles });
    const program = Object.assign(document.createElement('script'), { src: script });
    const both = Promise.all([loaded(link), loaded(program)]);
    document.head.insertBefore(link, document.head.querySelector('link[rel="stylesheet"]')); // Ours come after it, and win.
    document.head.append(program);
    await both;
  })().catch((error: unknown) => {
    loading = null;
    throw error;
  });
}
