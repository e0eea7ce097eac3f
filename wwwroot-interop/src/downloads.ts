// Downloads ask once in a while who is there. A browser that follows a download to a page of words would save that page as the file: so it
// is asked before the download begins.

/** Where the server says whether a download may begin (204) or must ask first. */
const question = '/prove/needed';

/** Asks before each download of a list. */
export function watchDownloads(): void {
  document.addEventListener('click', event => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[download]') : null;
    if (!link || link.dataset['asked'] !== undefined || !new URL(link.href).pathname.endsWith('/export.csv')) {
      return;
    }

    event.preventDefault();
    void begin(link);
  });
}

async function begin(link: HTMLAnchorElement): Promise<void> {
  const isProven = await fetch(question, { redirect: 'manual' }).then(answer => answer.status === 204, () => true);
  const { pathname, search } = new URL(link.href);
  const next = document.createElement('a');
  next.dataset['asked'] = '';
  next.href = isProven ? link.href : `/prove?returnUrl=${encodeURIComponent(pathname + search)}`;
  if (isProven) {
    next.download = '';
  } else {
    next.target = '_blank'; // a call in this page goes on
  }
  next.click();
}
