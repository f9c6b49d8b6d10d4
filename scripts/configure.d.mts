// Types of what the tests use of configure.mjs.

export const secretNames: readonly string[];
export const choices: Readonly<Record<string, string>>;
export function environmentFile(before: string, make?: () => string): string;
export function configure(folder: string): void;
