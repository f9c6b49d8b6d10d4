interface FileOutcome {
  readonly name: string;
  readonly status: 'passed' | 'failed';
  readonly assertionResults: readonly { readonly status: string }[];
}

export function filesToRepeat(files: readonly FileOutcome[], root: string): string[];
export function replaced(files: readonly FileOutcome[], later: readonly FileOutcome[]): FileOutcome[];
export function countsOf(files: readonly FileOutcome[]): { passed: number; failed: number; skipped: number };
