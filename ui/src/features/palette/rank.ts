/** Something the palette can do or open. */
export interface Offer {
  id: string;
  label: string;
  group: string;
  keys: string | undefined;
  run: () => void;
}

/** Offers that hold every typed word, those that begin with it first. */
export function ranked(offers: readonly Offer[], typed: string, most: number): Offer[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const scored: { offer: Offer; score: number }[] = [];
  for (const offer of offers) {
    const label = offer.label.toLowerCase();
    const all = `${label} ${offer.group.toLowerCase()}`;
    if (!words.every((word) => all.includes(word))) continue;
    const first = words[0] ?? "";
    const score = label.startsWith(first) ? 0 : label.includes(` ${first}`) ? 1 : label.includes(first) ? 2 : 3;
    scored.push({ offer, score });
  }
  return scored
    .sort((a, b) => a.score - b.score)
    .slice(0, most)
    .map(({ offer }) => offer);
}
