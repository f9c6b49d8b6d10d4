// Types of what the tests use of bootstrap.mjs.

interface SystemProgram {
  readonly program: string;
  readonly package: string;
  readonly service?: string;
}
type Perform = (command: string, args: readonly string[], whenItFails: string) => void;

export const systemPrograms: {
  readonly start: readonly SystemProgram[];
  readonly test: readonly SystemProgram[];
};
/** @returns false when the unit is somebody else's matter already */
export function keepFromStarting(
  service: string,
  perform?: Perform,
  sudo?: readonly string[],
  folder?: string,
): boolean;
