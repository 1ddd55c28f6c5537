import { untrack } from "svelte";
import type { Desk } from "../../state/desk.svelte";

/** Where the asset at hand stands in the library that is shown, asked anew whenever another one comes to hand. */
export function revealed(desk: Desk): { readonly value: number | null } {
  let value = $state<number | null>(null);
  const bring = async (id: string): Promise<void> => {
    const place = await desk.library.placeOf(id);
    if (desk.assetId === id) value = place;
  };
  $effect(() => {
    const id = desk.assetId;
    untrack(() => {
      if (id === null) return;
      // Not to know where it stands leaves the list where it is.
      bring(id).catch(() => undefined);
    });
  });
  return {
    get value() {
      return value;
    },
  };
}
