/** What is remembered on this machine under a name, if it is one of those there are. */
export function kept<T extends string>(name: string, among: readonly T[]): T | null {
  const value = localStorage.getItem(name);
  return among.find((each) => each === value) ?? null;
}
