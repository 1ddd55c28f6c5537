/** Sizes of panels, remembered on this machine. */
export class PanelSize {
  size = $state(0);
  readonly #name: string;

  constructor(name: string, usual: number) {
    this.#name = `panel.${name}`;
    const kept = Number(localStorage.getItem(this.#name));
    this.size = Number.isFinite(kept) && kept > 0 ? kept : usual;
  }

  set(size: number): void {
    this.size = size;
    localStorage.setItem(this.#name, String(size));
  }
}
