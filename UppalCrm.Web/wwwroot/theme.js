// Sets the theme before the first paint (a classic script in <head>), and is the switch for it: <theme-switch>.
// data-theme is always the theme that is seen, so that styles need not ask the system as well.
(() => {
  const last = 'uppalcrm.theme'; // of this browser: for the pages before sign-in, and for who has chosen nothing yet
  const user = document.querySelector('meta[name="uppalcrm-user"]')?.content;
  const place = user ? `${last}.${user}` : last; // several agents may share a desk and its browser
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const choices = [['auto', 'Auto'], ['light', 'Light'], ['dark', 'Dark']];

  function chosen() {
    try {
      const choice = localStorage.getItem(place) ?? localStorage.getItem(last);
      return choice === 'light' || choice === 'dark' ? choice : 'auto';
    } catch {
      return 'auto'; // Storage is switched off in this browser.
    }
  }

  function apply() {
    const choice = chosen();
    root.dataset.theme = choice === 'auto' ? (system.matches ? 'dark' : 'light') : choice;
    document.querySelectorAll('theme-switch').forEach(element => element.show?.(choice));
  }

  apply();
  system.addEventListener('change', apply);
  addEventListener('storage', event => { // chosen in another tab
    if (event.key === place) {
      apply();
    }
  });

  customElements.define('theme-switch', class extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) {
        return;
      }

      this.className = 'segments';
      this.setAttribute('role', 'radiogroup');
      this.setAttribute('aria-label', 'Theme');
      for (const [value, label] of choices) {
        const button = document.createElement('button');
        button.type = 'button';
        button.value = value;
        button.textContent = label;
        button.setAttribute('role', 'radio');
        this.append(button);
      }
      this.addEventListener('click', event => this.choose(event.target.closest('button')?.value));
      this.addEventListener('keydown', event => this.step(event));
      this.show(chosen());
    }

    choose(value) {
      if (!value) {
        return;
      }

      try {
        localStorage.setItem(place, value);
        localStorage.setItem(last, value);
      } catch {
        // Not remembered, and then not applied either: the choice is read back from there.
      }
      apply();
    }

    step(event) {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!by) {
        return;
      }

      event.preventDefault();
      const at = choices.findIndex(([value]) => value === chosen());
      this.choose(choices[(at + by + choices.length) % choices.length][0]);
      this.querySelector('[aria-checked="true"]')?.focus();
    }

    show(choice) {
      for (const button of this.querySelectorAll('button')) {
        button.setAttribute('aria-checked', String(button.value === choice));
        button.tabIndex = button.value === choice ? 0 : -1;
      }
    }
  });
})();
